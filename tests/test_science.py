"""The programs in examples/science against SciPy, closed forms and, in full, other libraries.

Each has its value and gradient checked, recorded and compiled, against a way of computing the same
that has nothing in common with it; then it is run as its reader would.
"""

import itertools
import math
from importlib import import_module
from pathlib import Path

import pytest

import autograd_lite as ag

np = pytest.importorskip("numpy", reason="the programs of science need NumPy (extra [test])")
pytest.importorskip("scipy", reason="the programs of science need SciPy (extra [test])")

FOLDER = Path(__file__).parent.parent / "examples" / "science"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


def program(name):
    return import_module(f"examples.science.{name}")


def differences(f, x, step=1e-4):
    """Central differences of fourth order: what f says of its own slopes."""
    x, found = np.asarray(x, float), []
    for direction in np.eye(len(x)):
        near = np.subtract(f(x + step * direction), f(x - step * direction))
        far = np.subtract(f(x + 2 * step * direction), f(x - 2 * step * direction))
        found.append((8.0 * near - far) / (12.0 * step))
    return np.array(found)


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


def test_lotka_volterra(Value):
    from scipy.integrate import solve_ivp

    example = program("lotka_volterra")

    def truth(logs):
        birth, hunt, death, feed, *start, error = np.exp(logs)
        slopes = lambda t, z: [(birth - hunt * z[1]) * z[0], (feed * z[0] - death) * z[1]]
        years = solve_ivp(slopes, (0, 20), start, "DOP853", t_eval=range(21), rtol=1e-8, atol=1e-8)
        off = np.log(years.y) - np.log([example.HARES, example.LYNXES])
        return 42 * logs[6] + (off**2).sum() / error**2 / 2.0

    agree(example.misfit, example.START, truth, 1e-4, 1e-3)  # ten steps a year are not exact


def test_kalman(Value):
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


def test_gaussian_process(Value):
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


def test_hidden_markov(Value):
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


def test_three_body(Value):
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


def test_eight_schools(Value):
    from scipy import stats

    example = program("eight_schools")

    def truth(p):
        mu, log_tau, *z = p
        tau, z = math.exp(log_tau), np.array(z)
        likelihood = stats.norm(mu + tau * z, example.ERRORS).logpdf(example.EFFECTS).sum()
        prior = stats.norm(0.0, 5.0).logpdf(mu) + stats.norm.logpdf(z).sum()
        prior += stats.halfcauchy(scale=5.0).logpdf(tau) + log_tau
        constants = stats.norm(0.0, example.ERRORS).logpdf(0.0).sum() + 9 * stats.norm.logpdf(0.0)
        constants += stats.halfcauchy(scale=5.0).logpdf(0.0) - math.log(5.0)
        return -(likelihood + prior - constants)

    agree(example.energy, np.linspace(-1.0, 1.0, 10), truth)


# As a reader runs them ----------------------------------------------------------------------------

SAYS = {  # a quick call of `main`, and what it then prints
    "eight_schools": ([500], ["500 samples", "mu  ", "tau "]),
    "gaussian_process": ([], ["log-likelihood -20.7194", "height  0.8898, give or take 42 %"]),
    "hidden_markov": ([], ["log-likelihood 1722.7295", "stays with 0.961"]),
    "kalman": ([], ["log-likelihood 641.5856; variances: noise 15,099.7, level 1,468.5"]),
    "lotka_volterra": ([], ["log-likelihood -42.7399", "birth          0.5402"]),
    "three_body": ([200], ["speeds 0.4662", "gaps of "]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_prints_its_numbers(name, capsys, full_or_quick):
    arguments, expected = SAYS[name]
    program(name).main(*full_or_quick([], arguments))
    printed = capsys.readouterr().out
    for text in full_or_quick(expected if not arguments else [], expected):
        assert text in printed
