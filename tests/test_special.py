"""The rows of special_rows.py in every order at every magnitude, against mpmath; and its sequences.

As in test_derivatives: the value is right to 1e-13, and the derivatives d of orders 1 to 3 to
1e-11 (|d| + sum of |x_i times the derivative of d with respect to x_i|).
"""

import functools
import itertools
import json
import math
import pickle
import random
import shutil
import subprocess
from math import inf, nan

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf
from test_source import COMPILERS, Compiled, needs_compiler
from test_table import NOT_LIBM
from truth import LARGEST, Derivatives, as_float, fault

import autograd_lite as ag
from autograd_lite import compile, gradients, special, student_rows
from autograd_lite.compiler import write_c_straight
from autograd_lite.primitives import TABLE

MAGNITUDES = (1e-300, 1e-160, 1e-8, 0.3, 1.0, 2.5, 7.7, 19.1, 40.0, 745.0, 1e16, 1e155)
POSITIVE = (1e-160, 1e-12, 0.3, 1.0, 2.5, 9.5, 10.5, 50.0, 1e4, 1e16)
SIDE = (1e-160, 1e-8, 0.3, 1.0, 2.5, 40.0, 700.0, 1e8, 1e160)


def both_signs(xs):
    return [0.0, *xs, *(-x for x in xs)]


def pairs(xs, ys, keep=lambda x, y: True):
    return [(x, y) for x, y in itertools.product(xs, ys) if keep(x, y)]


def _log1mexp(x):
    return mp.log(-mp.expm1(x)) if x > -1 else mp.log1p(-mp.exp(x))


def _lower(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _log_ndtr(x):
    return mp.log(_lower(x)) if x < 0 else mp.log1p(-_lower(-x))


def _betaln(x, y):
    with mp.extradps(30):
        return mp.loggamma(x) + mp.loggamma(y) - mp.loggamma(x + y)


def _student(df, t):
    """Its distribution function; next to t = 0 from there."""
    if t > 0:
        return 1 - _student(df, -t)
    square, half = t * t / (df + t * t), mpf(1) / 2
    if t * t < 1:
        return half - mp.betainc(half, df / 2, 0, square, regularized=True) / 2
    with mp.extradps(30):
        return mp.betainc(df / 2, half, 0, df / (df + t * t), regularized=True) / 2


def _student_quantile(df, p):
    t = mpf(special.stdtrit(float(df), float(p)))
    for _ in range(20):
        density = mp.gamma((df + 1) / 2) / mp.gamma(df / 2) / mp.sqrt(df * mp.pi)
        density *= (1 + t * t / df) ** (-(df + 1) / 2)
        step = (_student(df, t) - p) / density
        t -= step
        if abs(step) <= abs(t) * mpf(10) ** (10 - mp.dps):
            return t
    raise ValueError("no root")


DEGREES = (0.05, 3.0, 1e4)
PROBABILITIES = (1e-300, 1e-160, 1e-20, 0.1, 0.25, 0.4, 0.49999, 0.5, 0.6, 0.75, 0.9, 1.0 - 1e-15)
CASES = {  # the truth; points
    "square": (lambda x: x * x, both_signs(MAGNITUDES)),
    "copysign": (
        lambda x, y: abs(x) if y > 0 else -abs(x),
        pairs((2.5, -1e160), (0.3, -7.0)),
    ),
    "sinc": (
        lambda x: mp.sinpi(x) / (mp.pi * x) if x else mpf(1),
        [*both_signs(MAGNITUDES), 0.63, 0.64, 0.95, 0.96, 1.2, 1.28, 3.0, 12.5],
    ),
    "log1mexp": (_log1mexp, [-x for x in MAGNITUDES]),
    "logaddexp": (
        lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
        pairs(both_signs((0.3, 2.5, 40.0, 700.0)), both_signs((0.7, 41.0, 1e8))),
    ),
    "logsubexp": (
        lambda x, y: x + _log1mexp(y - x),
        pairs(both_signs(SIDE), both_signs(SIDE), lambda x, y: x > y),
    ),
    "xlogy": (lambda x, y: x * mp.log(y), pairs(both_signs(SIDE), SIDE)),
    "xlog1py": (
        lambda x, y: x * mp.log1p(y),
        pairs(both_signs(SIDE), (*SIDE, -0.5, -1e-10, -0.9999)),
    ),
    "logit": (lambda x: mp.log(x / (1 - x)), PROBABILITIES),
    "betaln": (_betaln, pairs(POSITIVE, POSITIVE)),
    "erfcx": (
        lambda x: mp.erfc(x) * mp.exp(x * x),
        [0.0, 1e-160, 1e-8, 0.3, 1.0, 1.59, 1.61, 2.5, 7.7, 24.9, 25.1, 100.0, -1e-8, -1.0, -25.0],
    ),
    "ndtr": (_lower, [0.0, 1e-160, 0.3, 2.5, 7.7, 37.0, -1e-160, -0.3, -2.5, -7.7, -37.0]),
    "log_ndtr": (
        _log_ndtr,
        [0.0, 0.3, 1.0, 2.5, 7.7, 37.0, -1e-160, -0.99, -1.01, -2.2, -2.3, -7.7, -40.0, -100.0],
    ),
    "erfinv": (mp.erfinv, [1e-160, 1e-8, 0.3, 0.49, 0.51, 0.9, 1.0 - 2.0**-53, -0.3, -0.999]),
    "ndtri": (
        lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1),
        [1e-12, 1e-5, 0.1, 0.24, 0.26, 0.4, 0.5, 0.6, 0.76, 0.9999, 1.0 - 1e-12],
    ),
    "stdtr": (
        _student,
        [*pairs(DEGREES, (0.1, -0.9, 1.1, -8.0)), (0.7, -1e100), (40.0, -30.0)],
    ),
    "t_logcdf": (
        lambda t, df: mp.log(_student(df, t)) if t < 0 else mp.log1p(-_student(df, -t)),
        pairs((-0.9, 3.0, -35.0), DEGREES),
    ),
    "t_logpdf": (
        lambda t, df: (
            mp.loggamma((df + 1) / 2)
            - mp.loggamma(df / 2)
            - mp.log(df * mp.pi) / 2
            - (df + 1) / 2 * mp.log1p(t * t / df)
        ),
        pairs((0.1, -0.9, 3.0, -35.0), (0.05, 29.9, 30.1, 1e4)),
    ),
    "stdtrit": (
        _student_quantile,
        pairs((0.7, 3.1, 40.0), (1e-40, 0.2, 0.49999)),
    ),
    "expi": (
        mp.ei,
        [*both_signs((1e-160, 1e-8, 0.3, 1.0, 1.99, 2.01, 39.9, 40.1, 700.0))[1:], 0.3725],
    ),
    "lambertw": (
        lambda x: mp.lambertw(x).real,
        [0.0, *MAGNITUDES, -1e-160, -0.1, -0.3, -0.36, -0.366, -0.3678, -0.36787944],
    ),
    "zeta": (mp.zeta, pairs((1.001, 1.5, 3.3, 10.0, 40.0), (0.01, 0.5, 1.0, 3.0, 40.0))),
    "j0": (functools.partial(mp.besselj, 0), (0.0, -0.3, 2.4, 3.9, 4.1, 20.0, 24.9, 25.1, 1e4)),
    "j1": (functools.partial(mp.besselj, 1), (0.0, -0.3, 1e-160, 3.9, 4.1, 20.0, 25.1, -1e4)),
    "i0": (functools.partial(mp.besseli, 0), (0.0, -0.3, 1e-160, 7.7, 29.9, 30.1, 700.0)),
    "i1": (functools.partial(mp.besseli, 1), (0.0, -0.3, 1e-160, 7.7, 29.9, -30.1, 700.0)),
    "k0": (functools.partial(mp.besselk, 0), (0.3, 1.99, 2.01, 7.7, 29.9, 30.1, 300.0)),
    "k1": (functools.partial(mp.besselk, 1), (0.3, 1.99, 2.01, 7.7, 29.9, 30.1, 300.0)),
}
SLOW = {
    "betaln": 1,
    "zeta": 1,
    "k0": 1,
    "k1": 1,
    "stdtr": 1,
    "t_logcdf": 1,
    "stdtrit": 1,
}  # in mpmath: orders of a quick run


@functools.cache
def true_and_allowed(name, xs, order):
    """The true derivative and the error allowed; None where mpmath has none."""
    truth = Derivatives(CASES[name][0], xs)
    try:
        wanted = truth[order]
        allowed = truth.allowed(order, mpf("1e-11") if sum(order) else mpf("4e-16"))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, mpmath.libmp.NoConvergence):
        return None
    if wanted is None or allowed is None:
        return None
    return wanted, allowed if sum(order) else allowed + mpf("1e-13") * abs(wanted)


def derivatives(Value, function, xs, highest):
    """By multi-index: the derivatives, as they come out of each order of differentiation."""
    leaves = [Value(x) for x in xs]
    level = {(0,) * len(xs): [function(*leaves)]}
    found = dict(level)
    for _ in range(highest):
        further = {}
        for order, values in level.items():
            for value in values:
                slopes = gradients(value, leaves, create_graph=True)
                for i, slope in enumerate(slopes):
                    index = (*order[:i], order[i] + 1, *order[i + 1 :])
                    further.setdefault(index, []).append(slope)
        found |= further
        level = further
    return {order: [v.data for v in values] for order, values in found.items()}


@pytest.mark.parametrize("name", CASES)
def test_a_function_in_every_order_at_every_magnitude(Value, name, full_or_quick):
    function, (_, points) = getattr(special, name), CASES[name]
    some = full_or_quick(points, points[:: max(1, len(points) // (1 if name in SLOW else 3))])
    checked, wrong = 0, []
    for point in some:
        xs = point if isinstance(point, tuple) else (point,)
        highest = full_or_quick(2 if name in SLOW else 3, SLOW.get(name, 2))
        overflow = False
        for order, numbers in derivatives(Value, function, xs, highest).items():
            truth = true_and_allowed(name, xs, order)
            if truth is None:
                continue
            # Beside a derivative that overflows, another of its order may be inf or nan.
            overflow = overflow or abs(truth[0]) > LARGEST
            for number in numbers:
                checked += 1
                if not (overflow and not math.isfinite(number)) and fault(number, *truth) > 1.0:
                    wrong.append((xs, order, number, as_float(truth[0])))
    assert not wrong
    assert checked >= 2 * len(some)


ALL = [*special.SPECIAL.values()]
ROWS = [pytest.param(row, id=row.name) for row in ALL]


def samples(row, count=7):
    for i in range(count):
        share = (i + 0.37) / count
        yield tuple(
            low + (high - low) * ((share * (1 + 1.618 * k)) % 1.0)
            for k, (low, high) in enumerate(row.domain)
        )


def exactly(wanted):
    """To the bit; but for roundings where Python has an erf that is not the C library's."""
    return pytest.approx(wanted, rel=1e-13, abs=0.0) if NOT_LIBM else wanted


@pytest.mark.parametrize("row", ROWS)
def test_eager_and_compiled_code_agree_to_the_bit(Value, row):
    program = compile(lambda *xs: row(*xs))
    for xs in samples(row):
        leaves = list(map(Value, xs))
        y = row(*leaves)
        y.backward()
        value, slopes = program.value_and_grad(*xs)
        slopes = slopes if isinstance(slopes, tuple) else (slopes,)
        assert [value, *slopes] == exactly([y.data, *(x.grad for x in leaves)])
        assert row(*xs) == y.data
        assert type(row.evaluate(*xs)) is float
        assert [type(p) for p in row.partials(y.data, *xs)] == [float] * len(xs)


@pytest.mark.parametrize("row", ROWS)
def test_batches_of_samples(Value, row):
    points = list(samples(row))
    columns = list(map(list, zip(*points)))
    value, slopes = compile(lambda *xs: row(*xs), batch="sum").value_and_grad(*columns)
    slopes = [slopes] if len(columns) == 1 else slopes
    assert value == pytest.approx(math.fsum(row(*xs) for xs in points), rel=1e-13, abs=1e-13)
    for i, xs in enumerate(points):
        partials = row.partials(row(*xs), *xs)
        assert [column[i] for column in slopes] == pytest.approx(partials, rel=1e-12)


def test_jacobians_of_programs(full_or_quick):
    for row in full_or_quick(ALL, ALL[::9]):
        check_jacobians(row)


def check_jacobians(row):
    """Forward and backward, with two of the row in one instruction."""
    xs, ys = list(samples(row, 3))[:2]
    n = len(xs)

    def each(zs):
        return [row(*zs[:n]), row(*zs[n:])]

    def total(zs):
        return [row(*zs[:n]) + 2.0 * row(*zs[n:]), 0.0 * zs[0]]

    slopes = [row.partials(row(*at), *at) for at in (xs, ys)]
    zeros = [0.0] * n
    for f, wanted in (
        (each, [[*slopes[0], *zeros], [*zeros, *slopes[1]]]),
        (total, [[*slopes[0], *(2.0 * p for p in slopes[1])], [*zeros, *zeros]]),
    ):
        assert compile(f).jacobian([*xs, *ys]) == [
            pytest.approx(line, rel=1e-13) for line in wanted
        ]


def test_loops(full_or_quick):
    for row in full_or_quick(ALL, ALL[::9]):
        check_loop(row)


def check_loop(row):
    """Two of the row in one instruction of a step."""
    xs, ys = list(samples(row, 3))[:2]

    def step(state, _):
        x, y, one, other = state
        return (x, y, one + row(x, *xs[1:]), other + 2.0 * row(y, *ys[1:])), None

    def f(x, y):
        _, _, one, other = ag.scan(step, (x, y, 0.0, 0.0), length=300)[0]
        return one + other

    value, slopes = compile(f).value_and_grad(xs[0], ys[0])
    assert value == pytest.approx(300.0 * (row(*xs) + 2.0 * row(*ys)), rel=1e-12)
    wanted = [300.0 * row.partials(row(*xs), *xs)[0], 600.0 * row.partials(row(*ys), *ys)[0]]
    assert slopes == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_can_be_pickled_and_saved(row, tmp_path):
    assert pickle.loads(pickle.dumps(row)) is row
    program = compile(lambda *xs: row(*xs))
    xs = next(samples(row))
    value = program.value(*xs)
    program.save(tmp_path / "program.json")
    assert ag.load_program(tmp_path / "program.json").value(*xs) == value
    assert pickle.loads(pickle.dumps(program)).value(*xs) == value


@pytest.mark.parametrize("row", ROWS)
def test_what_is_written_of_a_row(row):
    program = compile(lambda *xs: row(*xs))
    xs = next(samples(row))
    value, slopes = program.value_and_grad(*xs)
    names = {}
    exec(program.to_python(*xs), names)
    function = names["program"] if "program" in names else names["<lambda>"]
    assert function([], *xs)[0] == exactly(value)
    assert function([], *xs)[1] == pytest.approx(slopes if len(xs) > 1 else [slopes], rel=1e-13)
    assert row.c or f"= al_{row.name}(" in program.to_c(*xs)
    assert f"{row.name}_forward" in program.to_js(*xs)
    assert row.latex.count("{") == row.latex.count("}")


@pytest.mark.slow
@needs_compiler
def test_rows_in_c_have_the_numbers_of_python(tmp_path, full_or_quick, monkeypatch):
    monkeypatch.setattr(write_c_straight, "MOST", 10**9)
    rows = full_or_quick(ALL, ALL[::20])
    points = [xs for row in rows for xs in samples(row, 2)]

    def everything(xs):
        given = iter(xs)
        return [row(*[next(given) for _ in row.operands]) for row in rows for _ in samples(row, 2)]

    numbers = [x for xs in points for x in xs]
    program = compile(everything)
    wanted = program.value(numbers)
    [tape] = program.tapes()
    built = Compiled(program.to_c(), tape, tmp_path, COMPILERS[0], "everything")
    results, slopes, _ = built([], numbers, [1.0] * len(wanted))
    assert results == pytest.approx(wanted, rel=1e-13, abs=1e-300, nan_ok=True)
    total = compile(lambda xs: ag.sum(everything(xs)))
    assert slopes == pytest.approx(total.grad(numbers), rel=1e-12, abs=1e-300, nan_ok=True)


def test_rows_in_javascript_have_the_numbers_of_python(tmp_path, full_or_quick):
    node = shutil.which("node") or pytest.skip("needs node")
    calls, wanted = [], []
    for row in full_or_quick(ALL, ALL[::9]):
        points = list(samples(row, 3))
        program = compile(lambda *xs, row=row: row(*xs))
        wanted += [(row(*xs), row.partials(row(*xs), *xs)) for xs in points]
        (tmp_path / f"{row.name}.mjs").write_text(program.to_js(*points[0]), encoding="utf-8")
        calls.append(f'import * as {row.name} from "./{row.name}.mjs";')
        calls += [f"put({row.name}.valueAndGradient({list(xs)}));" for xs in points]
    imports = [line for line in calls if line.startswith("import")]
    lines = [line for line in calls if not line.startswith("import")]
    put = "const all = [], put = (x) => all.push([x.value, x.inputs]);"
    script = "\n".join([*imports, put, *lines, "console.log(JSON.stringify(all));"])
    (tmp_path / "run.mjs").write_text(script, encoding="utf-8")
    run = subprocess.run([node, tmp_path / "run.mjs"], capture_output=True, text=True, timeout=300)
    assert run.stderr == ""
    for (value, slopes), (found, found_slopes) in zip(wanted, json.loads(run.stdout), strict=True):
        assert found == pytest.approx(value, rel=1e-12, abs=1e-15)
        assert found_slopes == pytest.approx(slopes, rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("row", ROWS)
def test_extreme_operands_raise_nothing(Value, row, full_or_quick):
    every = [*itertools.product((0.0, 1.0, -1.0, 1e308, -1e308, inf, -inf, nan), repeat=2)]
    slow = row in student_rows.ROWS or row.name.startswith(("gammainc", "betainc"))
    for xs in full_or_quick(every, every[::6] if slow else every):
        xs = (xs * 2)[: len(row.operands)]
        y = row(*map(Value, xs))
        y.backward()
        assert repr(row(*xs)) == repr(y.data)
        if nan in xs and row.name != "copysign":
            assert y.data != y.data


def test_the_errors_in_the_documentation_are_measured_for_each_function(full_or_quick):
    import special_functions as measured  # which imports this file

    names = {name.split()[0] for name in measured.FUNCTIONS}
    assert names >= {*special.FUNCTIONS} - {"square", "copysign"}
    measured.random.seed(1)
    for name in full_or_quick([*measured.FUNCTIONS], [*measured.FUNCTIONS][::7]):
        assert measured.worst(name, 1)[0] < 1e-12


def test_names_are_those_of_no_other_row():
    assert not {*special.SPECIAL} & {*TABLE}
    assert {*special.__all__} <= {*dir(special)}
    assert ag.special is special


def test_zeta_below_one_is_as_far_off_as_limits_say():
    rng = random.Random(5)
    for _ in range(300):
        x, q = rng.uniform(-10.0, 1.0), 10.0 ** rng.uniform(-2.0, 2.0)
        truth = float(mp.zeta(x, q))
        allowed = 1e-13 * abs(truth) + 1e-15 * (q + 12.0) ** (1.0 - x)
        assert abs(special.zeta(x, q) - truth) <= allowed, (x, q)


def test_edge_points():
    assert special.logaddexp(-inf, -inf) == -inf
    assert special.logsubexp(-inf, -inf) == -inf
    assert special.logsubexp(2.0, -inf) == 2.0
    assert special.logsubexp(2.0, 2.0) == -inf
    assert math.isnan(special.logsubexp(1.0, 2.0))
    assert special.xlogy(0.0, 0.0) == special.xlog1py(0.0, -1.0) == 0.0
    assert special.xlogy(0.0, inf) == 0.0
    assert [special.logit(0.0), special.logit(0.5), special.logit(1.0)] == [-inf, 0.0, inf]
    assert math.isnan(special.logit(1.5))
    assert special.copysign(3.0, -0.0) == -3.0
    assert special.sinc(0.0) == 1.0
    assert special.sinc(3.0) == 0.0
    assert special.log1mexp(0.0) == -inf
    assert [special.ndtr(-inf), special.ndtr(0.0), special.ndtr(inf)] == [0.0, 0.5, 1.0]
    assert [special.ndtri(0.0), special.ndtri(0.5), special.ndtri(1.0)] == [-inf, 0.0, inf]
    assert [special.erfinv(-1.0), special.erfinv(0.0), special.erfinv(1.0)] == [-inf, 0.0, inf]
    assert [special.log_ndtr(-inf), special.log_ndtr(inf)] == [-inf, 0.0]
    assert [special.erfcx(-inf), special.erfcx(inf)] == [inf, 0.0]
    assert [special.expi(-inf), special.expi(0.0), special.expi(inf)] == [0.0, -inf, inf]
    assert [special.lambertw(0.0), special.lambertw(inf)] == [0.0, inf]
    assert special.lambertw(-1e-300, -1) == pytest.approx(float(mp.lambertw(-1e-300, -1).real))
    assert [special.zeta(1.0), special.zeta(inf)] == [inf, 1.0]
    assert [special.j0(inf), special.i0(-inf), special.i1(-inf), special.k0(inf)] == [
        0.0, inf, -inf, 0.0,
    ]  # fmt: skip
    assert special.k0(0.0) == special.k1(0.0) == inf
    for function, x in [("ndtri", 1.5), ("erfinv", -2.0), ("lambertw", -1.0), ("k0", -1.0)]:
        assert math.isnan(getattr(special, function)(x))
    assert math.isnan(special.lambertw(1.0, -1))


@pytest.mark.parametrize("n", [2, 5, 12, 20])
def test_bessel_functions_of_any_order(Value, n, full_or_quick):
    for name, truth in (("jv", mp.besselj), ("iv", mp.besseli), ("kv", mp.besselk)):
        for point in full_or_quick((0.4, 6.0, 33.0, 143.0, 500.0), (6.0, 143.0)):
            x = Value(point)
            y = getattr(special, name)(n, x)
            slope = gradients(y, x)
            assert y.data == pytest.approx(float(truth(n, point)), rel=1e-12, abs=1e-16)
            sign = {"jv": (1, -1), "iv": (1, 1), "kv": (-1, -1)}[name]
            wanted = (sign[0] * truth(n - 1, point) + sign[1] * truth(n + 1, point)) / 2
            assert slope == pytest.approx(float(wanted), rel=1e-11, abs=1e-16)


def test_what_is_no_order_or_branch_is_refused():
    for name in ("jv", "iv", "kv"):
        for n in (-1, 21, 0.5, True):
            with pytest.raises(ValueError, match=f"the order of {name} is an int from 0 to 20"):
                getattr(special, name)(n, 1.0)
    with pytest.raises(ValueError, match="the branch k of lambertw is 0 or -1"):
        special.lambertw(1.0, 1)


# Incomplete gamma and beta functions --------------------------------------------------------------

SHAPES = (1e-10, 0.3, 1.0, 2.5, 10.5, 300.0)
RATIOS = (1e-3, 0.4, 0.999, 1.1, 2.0, 9.0)


def parameter_slopes(function, parameters, order):
    """The derivative of mpmath's function by its parameters."""
    with mp.workdps(50):
        return mp.diff(function, parameters, order, h=mpf(10) ** -12)


def test_gammainc_and_gammaincc_keep_their_digits(full_or_quick):
    for a, ratio in pairs(full_or_quick(SHAPES, SHAPES[::2]), RATIOS):
        x = a * ratio if a >= 1.0 else ratio
        lower = mp.gammainc(a, 0, x, regularized=True)
        upper = mp.gammainc(a, x, mp.inf, regularized=True)
        assert special.gammainc(a, x) == pytest.approx(float(lower), rel=2e-13, abs=1e-300)
        assert special.gammaincc(a, x) == pytest.approx(float(upper), rel=2e-13, abs=1e-300)


@pytest.mark.parametrize(("shape", "x"), [(2.5, 0.2), (2.5, 2.4), (2.5, 20.0), (1.0, 2.0)])
def test_gammainc_by_its_shape_in_every_order(Value, shape, x, full_or_quick):
    a, v = Value(shape), Value(x)
    level = special.gammainc(a, v)
    upper = special.gammaincc(a, v)
    for order in full_or_quick((1, 2, 3), (1, 2)):
        wanted = parameter_slopes(lambda a: mp.gammainc(a, 0, x, regularized=True), shape, order)
        level, upper = (gradients(y, a, create_graph=True) for y in (level, upper))
        assert level.data == pytest.approx(float(wanted), rel=1e-11)
        assert upper.data == pytest.approx(-float(wanted), rel=1e-11)
    for name in ("gammainc", "gammaincc"):
        for a in full_or_quick((0.4, 2.5, 12.0), (0.4,)):
            order = full_or_quick(2, 1)
            assert ag.gradcheck(getattr(special, name), a, x, order=order, rtol=1e-4, atol=1e-7)


def test_betainc_keeps_its_digits(full_or_quick):
    shapes = full_or_quick((1e-3, 0.3, 1.0, 2.5, 12.0, 200.0), (1e-3, 2.5, 200.0))
    for a, b in pairs(shapes, shapes):
        for x in (1e-6, 0.1, 0.5, 0.95):
            wanted = mp.betainc(a, b, 0, x, regularized=True)
            assert special.betainc(a, b, x) == pytest.approx(float(wanted), rel=5e-13, abs=1e-300)


@pytest.mark.parametrize(("a", "b", "x"), [(0.3, 0.5, 0.1), (2.0, 3.0, 0.4), (12.0, 15.0, 0.7)])
def test_betainc_by_its_parameters(Value, a, b, x, full_or_quick):
    leaves = [Value(a), Value(b)]

    def truth(a, b):
        return mp.betainc(a, b, 0, x, regularized=True)

    slopes = gradients(special.betainc(*leaves, x), leaves, create_graph=True)
    for i, slope in enumerate(slopes):
        for j, second in enumerate(gradients(slope, leaves)):
            order = [(2, 0), (1, 1), (0, 2)][i + j]
            wanted = parameter_slopes(truth, (a, b), order)
            assert second == pytest.approx(float(wanted), rel=1e-10)
    assert ag.gradcheck(special.betainc, a, b, x, order=full_or_quick(2, 1))


def test_incomplete_functions_at_their_edges():
    assert [special.gammainc(2.0, x) for x in (0.0, inf)] == [0.0, 1.0]
    assert [special.gammaincc(2.0, x) for x in (0.0, inf)] == [1.0, 0.0]
    assert [special.gammainc(0.0, 1.0), special.gammaincc(0.0, 1.0)] == [1.0, 0.0]
    assert [special.betainc(2.0, 3.0, x) for x in (0.0, 1.0)] == [0.0, 1.0]
    for function, xs in [
        (special.gammainc, (-1.0, 1.0)), (special.gammainc, (1.0, -1.0)),
        (special.gammainc, (nan, 1.0)), (special.gammaincc, (1.0, nan)),
        (special.betainc, (1.0, 1.0, 1.5)), (special.betainc, (0.0, 1.0, 0.5)),
    ]:  # fmt: skip
        assert math.isnan(function(*xs))


def test_what_would_take_too_many_steps_is_nan_and_not_a_wrong_number():
    half = 0.5 + 1.0 / (3.0 * math.sqrt(2.0 * math.pi * 1e8))  # of gammainc(a, a), a large
    assert special.gammainc(1e8, 1e8) == pytest.approx(half, rel=1e-9)
    for a, x in ((1e9, 1e9), (1e13, 1e13 + 2.0)):  # by the series, by the fraction
        assert math.isnan(special.gammainc(a, x))
        assert math.isnan(special.gammaincc(a, x))
    assert math.isnan(ag.grad(special.gammainc)(1e9, 1e9)[0])
    assert [special.gammainc(1e12, x) for x in (5e11, 2e12)] == [0.0, 1.0]
    assert special.betainc(205.0, 8e-6, 1.0 - 2.0**-53) == pytest.approx(  # next to 1
        float(mp.betainc(205, mpf(8e-6), 0, 1 - mpf(2) ** -53, regularized=True)), abs=1e-15
    )


@pytest.mark.slow
def test_loops_in_c_have_the_bits_of_python(Value, full_or_quick):
    """In each branch: by series, by fraction, next to 1, and where there are too many steps."""
    shapes = full_or_quick((1e-10, 0.3, 1.0, 2.5, 10.5, 300.0, 1e9), (0.3, 12.5))
    points = [(a, a * r if a >= 1.0 else r) for a, r in pairs(shapes, (0.0, 1e-3, 0.999, 1.1, 9.0))]
    for name in ("gammainc", "gammaincc", "gammainc_1", "gammainc_2", "gamma_density_1"):
        check_bits(special.SPECIAL[name], points)
    points = [(a, b, x) for a, b in pairs(shapes[:-1], shapes[:-1]) for x in (0.1, 0.5, 0.95)]
    points += [(205.0, 8e-6, 1.0 - 2.0**-53), (2.0, 3.0, 1.0)]
    for name in ("betainc", "betainc_1_0", "betainc_0_1", "betainc_1_1", "beta_density_0_1"):
        check_bits(special.SPECIAL[name], points)


def check_bits(row, points):
    values = compile(lambda *xs: row(*xs), batch="none").value(*map(list, zip(*points)))
    in_python = [row.evaluate(*xs) for xs in points]
    assert list(map(repr, map(float, values))) == list(map(repr, in_python))


def test_incomplete_functions_in_compiled_programs(Value, tmp_path):
    program = compile(lambda a, x: special.gammainc(a, x) * special.ndtr(x))
    a, x = Value(2.5), Value(1.3)
    y = special.gammainc(a, x) * special.ndtr(x)
    assert program.value_and_grad(2.5, 1.3) == (y.data, tuple(gradients(y, [a, x])))
    batch = compile(lambda a, x: special.gammainc(a, x), batch="none")
    assert batch.value([2.5, 1.0], [1.3, 2.0]) == [
        special.gammainc(2.5, 1.3), special.gammainc(1.0, 2.0),
    ]  # fmt: skip
    assert pickle.loads(pickle.dumps(program)).value(2.5, 1.3) == y.data
    program.save(tmp_path / "program.json")
    assert ag.load_program(tmp_path / "program.json").value(2.5, 1.3) == y.data
    a, b, x = 2.0, 3.5, 0.4
    hessian = compile(special.betainc).hessian(a, b, x)  # whose tape has rows of second order
    for i, f in enumerate(ag.grad(special.betainc)(*map(Value, (a, b, x)))):
        leaves = list(map(Value, (a, b, x)))
        slope = gradients(special.betainc(*leaves), leaves, create_graph=True)[i]
        assert slope.data == f.data
        assert list(hessian[i]) == pytest.approx(gradients(slope, leaves), rel=1e-11)


@pytest.mark.parametrize(
    ("function", "names"),
    [(lambda x: special.jv(5, x), "j5"),
     (ag.grad(ag.grad(ag.grad(lambda x: special.sinc(x)))), "sinc_3")],
)  # fmt: skip
def test_rows_that_no_table_has_are_replayed_in_python(Value, tmp_path, function, names):
    program = compile(function)
    assert program.value(0.7) == function(0.7)
    assert program.grad(0.7) == ag.grad(function)(0.7)
    for write in (program.to_c, program.to_js):
        with pytest.raises(TypeError, match=f"{names} cannot be written in .* above order 3"):
            write(0.7)
    with pytest.raises(TypeError, match=f"{names} cannot be saved"):
        program.save(tmp_path / "program.json")


def test_logarithms_of_densities(Value):
    def normal(x, loc, scale):
        return -((x - loc) ** 2) / (2 * mpf(scale) ** 2) - mp.log(scale * mp.sqrt(2 * mp.pi))

    def student(x, df, loc, scale):
        z, df = (x - loc) / mpf(scale), mpf(df)
        gammas = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2)
        return gammas - mp.log(df * mp.pi) / 2 - mp.log(scale) - (df + 1) / 2 * mp.log1p(z * z / df)

    for x, (loc, scale) in itertools.product((-30.0, 0.4, 1e5), ((0.0, 1.0), (0.5, 3.0))):
        y = special.norm_logpdf(Value(x), loc, scale)
        assert y.data == pytest.approx(float(normal(x, loc, scale)), rel=1e-14)
        for df in (0.3, 4.0, 1e9):
            y = special.t_logpdf(x, Value(df), loc, scale)
            assert y.data == pytest.approx(float(student(x, df, loc, scale)), rel=1e-13)
    assert special.t_logpdf(1.5, 1e12) == pytest.approx(special.norm_logpdf(1.5), rel=1e-11)
    assert ag.gradcheck(special.t_logpdf, 1.5, 3.0, 0.5, 2.0, order=2)
    assert ag.gradcheck(special.norm_logpdf, 1.5, 0.5, 2.0, order=2)


# Sequences ----------------------------------------------------------------------------------------

XS = [0.5, -1.5, 2.25, 4.0, 0.125]


def numpys(name, **options):
    return lambda xs: getattr(np.linalg if name == "norm" else np, name)(np.array(xs), **options)


@pytest.mark.parametrize(
    ("name", "options"),
    [("prod", {}), ("mean", {}), ("var", {}), ("var", {"ddof": 1}), ("std", {}),
     ("std", {"ddof": 1}), ("norm", {}), ("norm", {"ord": 1}), ("norm", {"ord": inf})],
)  # fmt: skip
def test_functions_of_sequences_are_numpys(Value, name, options):
    function = functools.partial(getattr(special, name), **options)
    wanted = numpys(name, **options)
    assert function(XS) == pytest.approx(wanted(XS), rel=1e-15)
    assert function(np.array(XS)) == pytest.approx(wanted(XS), rel=1e-15)
    leaves = list(map(Value, XS))
    slopes = gradients(function(leaves), leaves)
    for i, slope in enumerate(slopes):
        step = 1e-6
        moved = [wanted([x + s * (k == i) for k, x in enumerate(XS)]) for s in (step, -step)]
        assert slope == pytest.approx((moved[0] - moved[1]) / (2 * step), abs=1e-8)
    assert ag.gradcheck(lambda *xs: function(list(xs)), *XS, order=2)
    program = compile(function)
    value, compiled = program.value_and_grad(XS)
    assert value == function(leaves).data
    assert compiled == pytest.approx(slopes, rel=1e-14, abs=1e-15)


def test_cumsum(Value):
    leaves = list(map(Value, XS))
    sums = special.cumsum(leaves)
    assert [y.data for y in sums] == list(np.cumsum(XS))
    assert gradients(sums[2], leaves) == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert special.cumsum([]) == []


def test_sequences_at_their_edges(Value):
    zeros = [Value(0.0), Value(0.0), Value(5.0)]
    product = special.prod(zeros)
    assert gradients(product, zeros) == [0.0, 0.0, 0.0]
    mixed = gradients(gradients(product, zeros[0], create_graph=True), zeros)
    assert mixed == [0.0, 5.0, 0.0]
    assert gradients(special.norm(zeros[:2]), zeros[:2]) == [0.0, 0.0]
    assert special.norm([]) == 0.0
    assert special.prod([]) == 1.0
    assert special.norm([1e-300, 1e-300]) == pytest.approx(math.sqrt(2.0) * 1e-300)
    for function in (special.mean, special.var, special.std):
        with pytest.raises(ValueError, match=f"{function.__name__} of no operands"):
            function([])
    with pytest.raises(ValueError, match="var of 1 operands with ddof=1 divides by 0"):
        special.var([1.0], ddof=1)
    with pytest.raises(ValueError, match=r"1, 2 or math\.inf"):
        special.norm([1.0], ord=3)


KNOTS, HEIGHTS = [-1.0, 0.5, 2.0, 4.0], [3.0, -1.0, 0.25, 8.0]
PLACES = [-5.0, -1.0, -0.3, 0.5, 1.7, 2.0, 3.9, 4.0, 4.1]


def test_interp_is_numpys(Value):
    for x in [*PLACES, inf, -inf]:
        assert special.interp(x, KNOTS, HEIGHTS) == np.interp(x, KNOTS, HEIGHTS)
        assert special.interp(x, KNOTS, HEIGHTS, -7.0, 9.0) == np.interp(
            x, KNOTS, HEIGHTS, -7.0, 9.0
        )
    assert math.isnan(special.interp(nan, KNOTS, HEIGHTS))
    assert math.isnan(special.interp(nan, [1.0], [2.0]))
    assert special.interp(0.0, [1.0], [2.0]) == 2.0
    x = Value(1.7)
    y = special.interp(x, KNOTS, HEIGHTS)
    assert y.parents == (x,)  # one operation
    assert gradients(y, x) == 1.25 / 1.5
    assert gradients(special.interp(Value(9.0), KNOTS, HEIGHTS) + x, x) == 1.0


def test_interp_is_differentiated_with_respect_to_its_table(Value):
    def at(x, *table):
        return special.interp(x, table[:4], table[4:])

    for x in (-0.3, 1.7, 3.9):
        assert ag.gradcheck(at, x, *KNOTS, *HEIGHTS, order=2)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_interp_compiled_in_one_trace_for_all_intervals(Value, count):
    program = compile(lambda x, heights: special.interp(x, KNOTS[:count], heights))
    second = compile(ag.grad(lambda x: special.interp(x, KNOTS, HEIGHTS) ** 2))
    for x in PLACES:
        v, heights = Value(x), list(map(Value, HEIGHTS[:count]))
        y = special.interp(v, KNOTS[:count], heights)
        y = y if isinstance(y, Value) else Value(y)
        slopes = gradients(y, [v, *heights])
        assert program.value_and_grad(x, HEIGHTS[:count]) == (y.data, (slopes[0], slopes[1:]))
        assert second.value(x) == ag.grad(lambda x: special.interp(x, KNOTS, HEIGHTS) ** 2)(x)
    assert program.traces == second.traces == 1
    batch = compile(lambda x: special.interp(x, KNOTS, HEIGHTS), batch="none")
    assert batch.value(PLACES) == list(np.interp(PLACES, KNOTS, HEIGHTS))


def test_interp_refuses_a_table_that_is_none():
    with pytest.raises(ValueError, match="got 2 knots and 3 values"):
        special.interp(0.0, [1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"must ascend, got 2\.0 before 2\.0"):
        special.interp(0.0, [1.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="at least one"):
        special.interp(0.0, [], [])


def test_names_of_special_rows_are_free_where_no_such_row_is_called(Value):
    def square(x):
        return x * x

    program = compile(square)
    program.value(3.0)
    assert "def square(" in program.to_python()
    program = compile(lambda x: special.ndtr(x))
    program.value(3.0)
    program.__name__ = "square"
    assert "def program(" in program.to_python()
