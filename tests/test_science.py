"""The programs in examples/science against SciPy, closed forms and, in full, other libraries.

Each has its value and gradient checked, recorded and compiled, against a way of computing the same
that has nothing in common with it; then it is run as its reader would.
"""

import itertools
import math
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import autograd_lite as ag

np = pytest.importorskip("numpy", reason="the programs of science need NumPy (extra [test])")
pytest.importorskip("scipy", reason="the programs of science need SciPy (extra [test])")

FOLDER = Path(__file__).parent.parent / "examples" / "science"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


def pytest_generate_tests(metafunc):
    """Both engines with --everything, in a usual run the one that is in use."""
    if "engine" in metafunc.fixturenames:
        engines = {"python": ag.PythonValue, "native": ag.NativeValue}
        if not metafunc.config.getoption("--everything"):
            engines = {ag.backend: engines[ag.backend]}
        engines = {name: Value for name, Value in engines.items() if Value}
        metafunc.parametrize("engine", engines.values(), ids=engines, indirect=True, scope="module")


@pytest.fixture(scope="module")
def engine(request):
    before, ag.Value = ag.Value, request.param
    yield request.param
    ag.Value = before


def program(name):
    return import_module(f"examples.science.{name}")


def differences(f, x, step=1e-4):
    """What f says of its own slopes: a row for each x, of all of its results."""
    x, steps = np.asarray(x, float), step * np.eye(len(x))
    return np.array([np.subtract(f(x + h), f(x - h)) / (2.0 * step) for h in steps])


def agree(f, x, truth, rel=1e-9, slopes_rel=1e-6, slopes=None):
    """`f` and its gradient, recorded and compiled, are those of `truth`."""
    x = np.asarray(x, float)
    value, gradient = ag.value_and_grad(f)(x)
    slopes = differences(truth, x) if slopes is None else slopes
    assert value == pytest.approx(truth(x), rel=rel)
    assert gradient == pytest.approx(slopes, rel=slopes_rel, abs=slopes_rel * abs(slopes).max())
    compiled = ag.compile(f)
    for _ in range(2):  # traced, and replayed
        again, compiled_gradient = compiled.value_and_grad(x)
        assert again == pytest.approx(value, rel=1e-12)
        assert compiled_gradient == pytest.approx(gradient, rel=1e-9, abs=1e-9)


def test_lotka_volterra(engine):
    from scipy.integrate import solve_ivp

    example = program("lotka_volterra")

    def truth(logs):
        birth, hunt, death, feed, *start, error = np.exp(logs)
        slopes = lambda t, z: [(birth - hunt * z[1]) * z[0], (feed * z[0] - death) * z[1]]
        years = solve_ivp(slopes, (0, 20), start, "DOP853", t_eval=range(21), rtol=1e-8, atol=1e-8)
        off = np.log(years.y) - np.log([example.HARES, example.LYNXES])
        return 42 * logs[6] + (off**2).sum() / error**2 / 2.0

    agree(example.misfit, example.START, truth, 1e-4, 1e-3)  # ten steps a year are not exact


@pytest.mark.slow
def test_kalman(engine):
    from scipy.stats import multivariate_normal

    example = program("kalman")
    flows = np.array(example.FLOWS[:30])

    def truth(logs):
        """Flows are jointly normal: a first level, and what each move adds to all later ones."""
        noise, level, slope = np.exp(logs)
        year = np.arange(len(flows))
        covariance = noise * np.eye(len(flows)) + example.UNSURE
        covariance += np.outer(year, year) * slope
        for k in year[1:]:
            since = np.maximum(year - k + 1, 0)
            covariance += level * np.outer(since > 0, since > 0)
            later = np.maximum(year - k, 0)
            covariance += slope * np.outer(later, later)
        return -multivariate_normal(np.zeros(len(flows)), covariance).logpdf(flows)

    agree(lambda x: example.misfit(x, flows.tolist()), [9.0, 7.0, 3.0], truth, 1e-9, 1e-5)


def test_gaussian_process(engine):
    from scipy.stats import multivariate_normal

    example = program("gaussian_process")
    places, values = map(np.array, example.readings(12))

    def truth(logs):
        height, length, noise = np.exp(logs)
        gaps = (places[:, None] - places) / length
        covariance = height**2 * np.exp(-(gaps**2) / 2.0)
        covariance += (noise**2 + 1e-10) * np.eye(len(places))
        return -multivariate_normal(np.zeros(len(places)), covariance).logpdf(values)

    agree(lambda x: example.misfit(x, places.tolist(), values.tolist()), [0.1, 0.2, -1.0], truth)


def test_hidden_markov(engine):
    example = program("hidden_markov")
    seen = example.throws(8)

    def truth(p):
        """All ways in which the dice may have changed, one by one."""
        stay = 1.0 / (1.0 + np.exp(-p[:2]))
        sides = [np.full(6, 1.0 / 6.0), np.exp(p[2:]) / np.exp(p[2:]).sum()]
        total = 0.0
        for dice in itertools.product((0, 1), repeat=len(seen)):
            chance = (1.0, math.exp(-30.0))[dice[0]]
            for a, b in itertools.pairwise(dice):
                chance *= stay[a] if a == b else 1.0 - stay[a]
            total += chance * math.prod(sides[die][side] for die, side in zip(dice, seen))
        return -math.log(total)

    agree(lambda p: example.misfit(p, seen), example.START, truth)


def test_three_body(engine):
    from scipy.integrate import solve_ivp

    example = program("three_body")

    def slopes(t, z):
        places, found = z[:6].reshape(3, 2), np.zeros((3, 2))
        for i, j in itertools.permutations(range(3), 2):
            gap = places[j] - places[i]
            found[i] += gap / (gap @ gap) ** 1.5
        return np.concatenate([z[6:], found.ravel()])

    def truth(speeds):
        begin = np.concatenate([example.PLACES, speeds, speeds, -2.0 * speeds])
        ends = solve_ivp(slopes, (0, 0.5), begin, "DOP853", rtol=1e-11, atol=1e-11).y[:, -1]
        return float(ends[0] + 2.0 * ends[5])

    def f(v):
        x, y = v
        places, _ = example.leapfrog(example.PLACES, [x, y, x, y, -2.0 * x, -2.0 * y], 0.5, 200)
        return places[0] + 2.0 * places[5]

    agree(f, [0.45, 0.42], truth, 1e-4, 1e-4)  # leapfrog is of second order


def test_eight_schools(engine):
    from scipy import stats

    example = program("eight_schools")

    def truth(p):
        mu, log_tau, *z = p
        tau, z = math.exp(log_tau), np.array(z)
        likelihood = stats.norm.logpdf(example.EFFECTS, mu + tau * z, example.ERRORS).sum()
        prior = stats.norm.logpdf([*z, mu / 5.0]).sum() + stats.halfcauchy.logpdf(tau / 5.0)
        constants = stats.norm.logpdf(0.0) * 17 - np.log(example.ERRORS).sum()
        return constants + stats.halfcauchy.logpdf(0.0) - (likelihood + prior + log_tau)

    agree(example.energy, np.linspace(-1.0, 1.0, 10), truth)


def test_heston(engine):
    """Against Heston's own two integrals, in complex numbers, by SciPy's quadrature."""
    import cmath

    from scipy.integrate import quad

    example = program("heston")
    strike, time = 110.0, 1.0

    def characteristic(u, p):
        now, mean, pull, shake, correlation = p
        a = pull - 1j * correlation * shake * u
        d = cmath.sqrt(a * a + shake**2 * (u * u + 1j * u))
        g = (a - d) / (a + d)
        decay = cmath.exp(-d * time)
        c = pull * mean / shake**2 * ((a - d) * time - 2.0 * cmath.log((1 - g * decay) / (1 - g)))
        e = (a - d) / shake**2 * (1.0 - decay) / (1.0 - g * decay)
        return cmath.exp(c + e * now + 1j * u * (math.log(example.SPOT) + example.RATE * time))

    def truth(p):
        def probability(shift):
            size = characteristic(-1j * shift, p)
            inside = lambda u: (
                cmath.exp(-1j * u * math.log(strike)) * characteristic(u - 1j * shift, p) / size
            )
            area = quad(lambda u: (inside(u) / (1j * u)).real, 1e-9, 100.0, limit=200)[0]
            return 0.5 + area / math.pi

        discount = math.exp(-example.RATE * time)
        return example.SPOT * probability(1.0) - strike * discount * probability(0.0)

    agree(lambda p: example.call(p, strike, time), example.TRUTH, truth, 1e-6, 1e-4)


def test_robust_fit(engine):
    from scipy.optimize import least_squares

    example = program("robust_fit")
    x, y = example.readings()
    program_of = ag.compile(example.residual, batch="none", argnums=0)
    p = np.tile([0.2, 0.3], (len(x), 1))
    truth = np.exp(0.2 * x + 0.3)
    assert program_of.value(p, x, y) == pytest.approx(truth - y, rel=1e-13, abs=1e-13)
    assert program_of.grad(p, x, y) == pytest.approx(np.column_stack([x * truth, truth]))
    by_scipy = least_squares(
        lambda p: np.exp(p[0] * x + p[1]) - y, example.START, loss="cauchy", f_scale=0.3
    ).x
    assert by_scipy == pytest.approx([0.300, 0.112], abs=6e-4)  # as the program prints


def test_bundle_adjustment(engine):
    from scipy.spatial.transform import Rotation

    example = program("bundle_adjustment")
    camera = np.array([0.3, -0.2, 0.1, 0.2, 0.1, -6.0, 500.0, 0.05, -0.02])
    point = np.array([0.4, -0.7, 0.5])

    def truth(p):
        x = Rotation.from_rotvec(p[:3]).apply(p[9:]) + p[3:6]
        u, v = -x[:2] / x[2]
        square = u * u + v * v
        scale = p[6] * (1.0 + p[7] * square + p[8] * square**2)
        return 2.0 * scale * u + 3.0 * scale * v

    def f(p):
        u, v = example.sighting(p[:9], p[9:])
        return 2.0 * u + 3.0 * v

    agree(f, np.concatenate([camera, point]), truth, 1e-12)

    problem = example.Sightings(2, 3, np.zeros((6, 2)))
    p = np.concatenate([camera, camera + 0.01, np.linspace(-1.0, 1.0, 9)])
    dense = problem.jacobian(p).toarray()
    assert dense == pytest.approx(differences(problem.residuals, p).T, rel=1e-6, abs=1e-4)


def test_van_der_pol(engine, monkeypatch):
    from scipy.integrate import solve_ivp

    example = program("van_der_pol")

    def truth(z):
        slopes = lambda t, s: [
            (1.0 - s[1] ** 2) * s[0] - s[1] + z[2], s[0], s[0] ** 2 + s[1] ** 2 + z[2] ** 2
        ]  # fmt: skip
        time = example.TIME / example.INTERVALS
        ends = solve_ivp(slopes, (0, time), [z[0], z[1], 0.0], rtol=1e-9, atol=1e-9).y[:, -1]
        return ends @ [1.0, 2.0, 3.0]

    f = lambda z: ag.dot(example.interval(*z), [1.0, 2.0, 3.0])
    agree(f, [0.5, -0.8, 0.3], truth, 1e-4, 1e-3)  # four steps
    monkeypatch.setattr(example, "INTERVALS", 4)
    z = np.random.default_rng(0).normal(size=14)
    found = ag.compile(example.gaps).jacobian(z, sparse=True)
    assert found.nnz == 2 + 8 * 4
    slopes = found.toarray()
    assert slopes == pytest.approx(differences(example.gaps, z).T, rel=1e-6, abs=1e-6)


def test_rosenbrock(engine):
    from scipy.optimize import rosen, rosen_der, rosen_hess

    example = program("rosenbrock")
    x = np.random.default_rng(1).normal(size=9)
    agree(example.valley, x, rosen, 1e-12, 1e-12, slopes=rosen_der(x))
    found = ag.compile(example.valley).hessian(x, sparse=True)
    assert found.nnz == 3 * 9 - 2
    assert found.toarray() == pytest.approx(rosen_hess(x))


def test_epidemic(engine):
    from scipy.integrate import solve_ivp

    example = program("epidemic")
    p = np.array([1.7, 0.45, 2.0])

    def truth(p):
        def slopes(t, z):
            infected = p[0] * z[0] * z[1] / example.BOYS
            return [-infected, infected - p[1] * z[1]]

        days = range(len(example.IN_BED))
        begin = [example.BOYS - p[2], p[2]]
        return solve_ivp(slopes, (0, 13), begin, "DOP853", days, rtol=1e-9, atol=1e-9).y[1]

    compiled = ag.compile(example.course)
    assert compiled.value(p) == pytest.approx(truth(p), rel=1e-4)
    found = compiled.jacobian(p)
    assert found == pytest.approx(ag.jacobian(example.course)(p), rel=1e-9)
    assert found == pytest.approx(differences(truth, p).T, rel=1e-3, abs=0.05)


def test_comet(engine):
    """After a period the comet is back, and its velocity tells how that depends on the speed."""
    example = program("comet")
    time = example.period(example.SPEED)
    found, steps = example.after([1.0, 0.0, 0.0, example.SPEED], time, 1e-6)
    assert found == pytest.approx([1.0, 0.0, 0.0, example.SPEED], abs=1e-4)
    assert steps > 100
    f = lambda speed: example.place(speed, time, 1e-6)
    slopes = ag.jacobian(f)(example.SPEED)
    later = 6.0 * math.pi * example.SPEED * (2.0 - example.SPEED**2) ** -2.5
    assert slopes == pytest.approx([0.0, -example.SPEED * later], abs=1e-3)
    compiled = ag.compile(f)
    assert compiled.value(example.SPEED) == pytest.approx(found[:2], rel=1e-12, abs=1e-9)
    assert compiled.jacobian(example.SPEED) == pytest.approx(slopes, rel=1e-6, abs=1e-6)


def test_ringdown(engine):
    example = program("ringdown")
    heard = example.recording(300)
    t = example.RATE * np.arange(300)
    truth = lambda p: np.mean((np.exp(-p[1] * t) * np.cos(p[0] * t) - heard) ** 2)
    agree(
        lambda p: example.misfit(p, heard, 300),
        [2.01, 0.02],
        truth,
        1e-11,
        1e-6,
        differences(truth, [2.01, 0.02], 1e-6),
    )


def test_barrier_option(engine):
    """With one date the weight by survival is exact: a quadrature gives the formula's price."""
    example = program("barrier_option")
    option = list(example.OPTION.values())
    program_of = ag.compile(example.payoff, batch="none", argnums=(0, 1, 2, 3))
    grid = np.linspace(-8.0, 8.0, 1001)
    density = np.exp(-(grid**2) / 2.0) / math.sqrt(2.0 * math.pi) * (grid[1] - grid[0])
    each = [np.full(len(grid), x) for x in option]
    price = density @ program_of.value(*each, grid[:, None])
    slopes = [density @ g for g in program_of.grad(*each, grid[:, None])]
    exact, truth = ag.value_and_grad(example.formula)(*option)
    assert price == pytest.approx(exact, rel=1e-4)
    assert slopes == pytest.approx(truth, rel=2e-3)


def test_neural_ode(engine):
    import nn

    example = program("neural_ode")
    net = nn.MLP(2, [3, 2], ag.tanh, seed=1)
    parameters = net.parameters()
    numbers = np.array([p.data for p in parameters])

    def truth(p):
        """The same by arrays."""
        z = np.array([0.4, -0.2])
        for _ in range(example.STEPS):
            h = np.tanh(p[:6].reshape(3, 2) @ z + p[6:9])
            z = z + (p[9:15].reshape(2, 3) @ h + p[15:]) / example.STEPS
        return z @ [1.0, 2.0]

    x, y = example.follow(net, [0.4, -0.2])
    end = x + 2.0 * y
    assert end.data == pytest.approx(truth(numbers), rel=1e-12)
    end.backward()
    slopes = [p.grad for p in parameters]
    assert slopes == pytest.approx(differences(truth, numbers), rel=1e-7, abs=1e-9)


def test_sabr(engine):
    example = program("sabr")
    p = [0.05, -0.3, 0.4]

    def truth(p, strike=0.02):
        """Hagan's formula (2.17a) in NumPy."""
        alpha, rho, nu = p
        f, b, t = example.FORWARD, example.BETA, example.TIME
        log = np.log(f / strike)
        z = nu / alpha * (f * strike) ** ((1 - b) / 2) * log
        chi = np.log((np.sqrt(1 - 2 * rho * z + z**2) + z - rho) / (1 - rho))
        below = (f * strike) ** ((1 - b) / 2) * (
            1 + (1 - b) ** 2 / 24 * log**2 + (1 - b) ** 4 / 1920 * log**4
        )
        more = (1 - b) ** 2 / 24 * alpha**2 / (f * strike) ** (1 - b)
        more += rho * b * nu * alpha / 4 / (f * strike) ** ((1 - b) / 2)
        more += (2 - 3 * rho**2) / 24 * nu**2
        return alpha / below * z / chi * (1 + more * t)

    agree(lambda p: example.smile(p, 0.02), p, truth, 1e-12, slopes=differences(truth, p, 1e-5))
    at_the_money = lambda p: (truth(p, 0.03 - 3e-5) + truth(p, 0.03 + 3e-5)) / 2.0
    agree(lambda p: example.smile(p, 0.03), p, at_the_money, 1e-5, 1e-5,
          slopes=differences(at_the_money, p, 1e-5))  # fmt: skip


def test_robot_arm(engine):
    """Places as complex numbers, each link turned by all angles before it."""
    example = program("robot_arm")
    angles = np.array(example.START)
    links = example.LINKS * np.exp(1j * np.cumsum(angles))
    assert example.hand(angles) == pytest.approx([links.sum().real, links.sum().imag])
    slopes = 1j * np.cumsum(links[::-1])[::-1]
    found = ag.compile(ag.jacobian(example.hand)).value(angles)
    assert found == pytest.approx(np.array([slopes.real, slopes.imag]))


def test_yield_curve(engine):
    from scipy.optimize import brentq

    example = program("yield_curve")

    def truth(quotes):
        """Discount factors by bracketing, logarithms between them by NumPy's interpolation."""
        years, logs = [0], [0.0]

        def worth(x, years, logs, quote):
            factors = np.exp(np.interp(range(1, years[-1] + 1), years, [*logs, x]))
            return quote * factors.sum() + factors[-1] - 1.0

        for year, quote in zip(example.YEARS, quotes):
            years = [*years, year]
            logs = [*logs, brentq(worth, -1.0, 0.0, (years, logs, quote), xtol=1e-15)]
        factors = np.exp(np.interp(range(1, 9), years, logs))
        return 0.04 * factors.sum() + factors[-1] - 1.0

    agree(lambda q: example.holding(q) / 1e6, example.QUOTES, truth, 1e-10)


# As a reader runs them ----------------------------------------------------------------------------

SAYS = {  # a quick call of `main`, and what it then prints
    "barrier_option": ([2000], ["8.2907", "-0.1803", "25.5300"]),
    "bundle_adjustment": ([3, 20], ["60 sightings, 87 unknowns"]),
    "comet": ([1e-5], ["by Kepler's law                      (0.0000, -1.9701)"]),
    "epidemic": ([], ["beta          1.763 ± 0.106", "3.85 ± 0.19", "on day 5: 291 ± 14"]),
    "heston": ([], ["pull            1.5020", "correlation    -0.7001"]),
    "neural_ode": ([60], ["at the end:"]),
    "ringdown": ([500], ["frequency 2.0", "quality"]),
    "robot_arm": ([], ["-16.9,   90.5,   66.2", "66 steps"]),
    "robust_fit": ([], ["cauchy  m, c = 0.300 ± 0.012, 0.112 ± 0.041"]),
    "rosenbrock": ([20], ["20 variables: 0.0e+00"]),
    "sabr": ([], ["alpha 0.04754, rho -0.2275, nu 0.3086"]),
    "van_der_pol": ([], ["cost 2.933007"]),
    "yield_curve": ([], ["worth 24,602", "5 years 3.50%: yield 3.4511%"]),
    "eight_schools": ([500], ["500 samples", "mu  ", "tau "]),
    "gaussian_process": ([10], ["log-likelihood ", "height "]),
    "hidden_markov": ([], ["log-likelihood 1722.7295", "stays with 0.961"]),
    "kalman": ([], ["log-likelihood 641.5856; variances: noise 15,099.7, level 1,468.5"]),
    "lotka_volterra": ([], ["log-likelihood -42.7399", "birth          0.5402"]),
    "three_body": ([100], ["speeds 0.4662", "gaps of "]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_prints_its_numbers(name, capsys, full_or_quick):
    if ag.backend == "python" and not full_or_quick(True, False):
        pytest.skip("fits and samplers take long on the Python engine: run with --everything")
    arguments, expected = SAYS[name]
    program(name).main(*full_or_quick([], arguments))
    printed = capsys.readouterr().out
    for text in full_or_quick(expected if not arguments else [], expected):
        assert text in printed


# Beside other libraries ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("module", "library"), [
    ("by_jax", "jax"), ("by_casadi", "casadi"), ("by_hips", "autograd"),
])  # fmt: skip
def test_other_libraries_have_the_same_numbers(module, library):
    """Each derivative that benchmarks.science times, as JAX, CasADi and HIPS autograd have it."""
    pytest.importorskip(library, reason=f"{library} is not installed (extra [bench])")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of other libraries
        ours = import_module("benchmarks.science.ours")
        numbers = import_module("benchmarks.science.measure").numbers
        forms = import_module(f"benchmarks.science.{module}").FORMS
        assert len(forms) >= 19
        for row, form in forms.items():
            truth = np.sort(numbers(form()()))
            mine = ours.COMPILED.get(row) or ours.RECORDED[row]
            for make in (mine, ours.RECORDED.get(row, mine)):
                found = np.sort(numbers(make()()))
                size = abs(truth).max()
                found, other = (x[abs(x) > 1e-12 * size] for x in (found, truth))
                assert found == pytest.approx(other, rel=1e-8, abs=1e-8 * size), row
