"""The same programs by CasADi: its symbols (SX) in the place of Values, built into a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import casadi
import numpy as np

from examples.science import (
    barrier_option,
    bundle_adjustment,
    eight_schools,
    epidemic,
    gaussian_process,
    heston,
    hidden_markov,
    kalman,
    lotka_volterra,
    neural_ode,
    ringdown,
    robot_arm,
    robust_fit,
    rosenbrock,
    sabr,
    three_body,
    van_der_pol,
    yield_curve,
)

from . import inputs as at
from .inputs import Forms, Work, form, scan
from .ours import SCALARS

FORMS: Forms = {}


def logsumexp(xs: Any) -> Any:
    top = reduce(casadi.fmax, xs)
    return top + casadi.log(reduce(add, [casadi.exp(x - top) for x in xs]))


def log_softmax(xs: Any) -> Any:
    total = logsumexp(xs)
    return [x - total for x in xs]


class Complex:
    """CasADi's symbols are real: a complex number of two of them."""

    def __init__(self, real: Any, imag: Any = 0.0) -> None:
        self.real, self.imag = real, imag

    def __add__(self, other: Any) -> Any:
        other = complex_of(other)
        return Complex(self.real + other.real, self.imag + other.imag)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        other = complex_of(other)
        return Complex(self.real - other.real, self.imag - other.imag)

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Complex):
            return Complex(self.real * other, self.imag * other)
        return Complex(
            self.real * other.real - self.imag * other.imag,
            self.real * other.imag + self.imag * other.real,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if not isinstance(other, Complex):
            return self * (1.0 / other)
        square = other.real * other.real + other.imag * other.imag
        return self * Complex(other.real, -other.imag) * (1.0 / square)


def complex_of(x: Any) -> Any:
    return x if isinstance(x, Complex) else Complex(x)


def exp(x: Any) -> Any:
    if not isinstance(x, Complex):
        return casadi.exp(x)
    size = casadi.exp(x.real)
    return Complex(size * casadi.cos(x.imag), size * casadi.sin(x.imag))


def log(x: Any) -> Any:
    if not isinstance(x, Complex):
        return casadi.log(x)
    return Complex(casadi.log(casadi.hypot(x.real, x.imag)), casadi.atan2(x.imag, x.real))


def sqrt(x: Any) -> Any:
    if not isinstance(x, Complex):
        return casadi.sqrt(x)
    root, half = casadi.sqrt(casadi.hypot(x.real, x.imag)), casadi.atan2(x.imag, x.real) / 2.0
    return Complex(root * casadi.cos(half), root * casadi.sin(half))


def cholesky(rows: Any) -> Any:
    lower: list[list[Any]] = []
    for row in rows:
        new: list[Any] = []
        for other, entry in zip(lower, row):
            new.append((entry - FUNCTIONS.dot(new, other)) / other[-1])
        new.append(casadi.sqrt(row[len(new)] - FUNCTIONS.dot(new, new)))
        lower.append(new)
    return lower


def solve_triangular(rows: Any, right: Any, *, lower: bool) -> list[Any]:
    assert lower
    found: list[Any] = []
    for row, b in zip(rows, right):
        found.append((b - FUNCTIONS.dot(row[:-1], found)) / row[-1])
    return found


def slope_of(f: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative with respect to the first argument, at an expression."""

    def slope(x: Any, *others: Any) -> Any:
        z = casadi.SX.sym("z")
        return casadi.substitute(casadi.jacobian(f(z, *others), z), z, x)

    return slope


FUNCTIONS = SimpleNamespace(
    sum=lambda xs: reduce(add, xs),
    dot=lambda xs, ys: reduce(add, [x * y for x, y in zip(xs, ys)], 0.0),
    where=casadi.if_else,
    relu=lambda x: casadi.fmax(x, 0.0),
    abs=casadi.fabs,
    exp=exp,
    log=log,
    sqrt=sqrt,
    Complex=Complex,
    linalg=SimpleNamespace(cholesky=cholesky, solve_triangular=solve_triangular),
    logsigmoid=lambda x: -casadi.log1p(casadi.exp(-x)),
    logsumexp=logsumexp,
    log_softmax=log_softmax,
    grad=lambda f, argnums: slope_of(f),
    scan=scan,
    **{name: getattr(casadi, name) for name in ("sin", "cos", "log1p")},
)
"""What stands in the programs for those of autograd_lite."""


def written_for_casadi(module: Any, f: Callable[..., Any], *args: Any) -> Any:
    """What f of an example gives for CasADi's symbols."""
    with patch.multiple(module, ag=FUNCTIONS, np=SimpleNamespace(array=list), create=True):
        return f(*args)


MODULES = {
    "lotka_volterra": lotka_volterra, "kalman": kalman, "gaussian_process": gaussian_process,
    "hidden_markov": hidden_markov, "eight_schools": eight_schools, "ringdown": ringdown,
    "yield_curve": yield_curve,
}  # fmt: skip


def symbols(n: int) -> tuple[Any, list[Any]]:
    x = casadi.SX.sym("x", n)
    return x, casadi.vertsplit(x)


def gradient_of(name: str) -> Callable[[], Work]:
    def make() -> Work:
        f, numbers = SCALARS[name]
        x, parts = symbols(len(numbers))
        y = written_for_casadi(MODULES[name], f, parts)
        built = casadi.Function("f", [x], [y, casadi.gradient(y, x)])

        def work() -> Any:
            value, slopes = built(numbers)
            return float(value), slopes.full()

        return work

    return make


for name in MODULES:
    FORMS[name] = gradient_of(name)


@form(FORMS, "gaussian_process_hessian")
def _() -> Work:
    x, parts = symbols(3)
    y = written_for_casadi(gaussian_process, SCALARS["gaussian_process"][0], parts)
    built = casadi.Function("f", [x], [casadi.hessian(y, x)[0]])
    return lambda: built(at.SCALES).full()


@form(FORMS, "three_body")
def _() -> Work:
    x, parts = symbols(2)
    gaps = written_for_casadi(three_body, three_body.gaps, parts, at.STEPS)
    y = reduce(add, [gap * gap for gap in gaps])
    built = casadi.Function("f", [x], [y, casadi.gradient(y, x)])

    def work() -> Any:
        value, slopes = built(at.SPEEDS)
        return float(value), slopes.full()

    return work


def jacobian_of(module: Any, f: Any, numbers: Any, sparse: bool = False) -> Work:
    x, parts = symbols(len(numbers))
    rows = casadi.vertcat(*written_for_casadi(module, f, parts))
    built = casadi.Function("f", [x], [casadi.jacobian(rows, x)])
    if sparse:
        return lambda: built(numbers).sparse()
    return lambda: built(numbers).full()


FORMS["van_der_pol"] = lambda: jacobian_of(van_der_pol, van_der_pol.gaps, at.SHOOTING, True)
FORMS["robot_arm"] = lambda: jacobian_of(robot_arm, robot_arm.hand, at.ANGLES)
FORMS["epidemic"] = lambda: jacobian_of(epidemic, epidemic.course, at.ILLNESS)
FORMS["robust_fit"] = lambda: jacobian_of(
    robust_fit, lambda p: [robust_fit.residual(p, *z) for z in zip(*at.CURVE)], at.SHAPE
)
FORMS["sabr"] = lambda: jacobian_of(
    sabr, lambda p: [sabr.smile(p, strike) for strike in sabr.STRIKES], at.SMILE
)


@form(FORMS, "heston")
def _() -> Work:
    p, parts = symbols(5)
    strike, time = casadi.SX.sym("strike"), casadi.SX.sym("time")
    price = written_for_casadi(heston, heston.call, parts, strike, time)
    built = casadi.Function("f", [p, strike, time], [casadi.gradient(price, p)])
    each = built.map(len(heston.STRIKES))

    def work() -> Any:
        columns = np.tile(at.OPTION[:, None], len(heston.STRIKES))
        return each(columns, heston.STRIKES[None], heston.TIMES[None]).full().T

    return work


@form(FORMS, "bundle_adjustment")
def _() -> Work:
    p, parts = symbols(12)
    seen, goals = symbols(2)
    u, v = written_for_casadi(bundle_adjustment, bundle_adjustment.sighting, parts[:9], parts[9:])
    off = casadi.vertcat(u - goals[0], v - goals[1])
    built = casadi.Function("f", [p, seen], [casadi.jacobian(off, p)]).map(len(at.SEEN))

    def work() -> Any:
        columns = np.concatenate([at.CAMERAS, at.POINTS], axis=1).T
        return built(columns, at.SEEN.T).full()

    return work


@form(FORMS, "rosenbrock")
def _() -> Work:
    x, parts = symbols(len(at.VALLEY))
    y = written_for_casadi(rosenbrock, rosenbrock.valley, parts)
    built = casadi.Function("f", [x], [casadi.hessian(y, x)[0]])
    return lambda: built(at.VALLEY).sparse()


@form(FORMS, "barrier_option")
def _() -> Work:
    x, parts = symbols(4)
    normals, draws = symbols(barrier_option.DATES)
    y = written_for_casadi(barrier_option, barrier_option.payoff, *parts, draws)
    built = casadi.Function("f", [x, normals], [y, casadi.gradient(y, x)]).map(len(at.PATHS))
    option = np.array(list(barrier_option.OPTION.values()))

    def work() -> Any:
        value, slopes = built(np.tile(option[:, None], len(at.PATHS)), at.PATHS.T)
        return float(value.full().mean()), slopes.full().mean(axis=1)

    return work


@form(FORMS, "neural_ode")
def _() -> Work:
    p = casadi.SX.sym("p", 42)
    begin, end = casadi.SX.sym("begin", 2), casadi.SX.sym("end", 2)
    first, last = casadi.reshape(p[:16], 2, 8).T, casadi.reshape(p[24:40], 8, 2).T
    z = begin
    for _ in range(neural_ode.STEPS):
        hidden = casadi.tanh(casadi.mtimes(first, z) + p[16:24])
        z = z + (casadi.mtimes(last, hidden) + p[40:42]) / neural_ode.STEPS
    off = casadi.sumsqr(z - end)
    begins, ends = at.JOURNEYS
    built = casadi.Function("f", [p, begin, end], [casadi.gradient(off, p)]).map(len(begins))

    def work() -> Any:
        weights = np.tile(at.WEIGHTS[:, None], len(begins))
        return built(weights, begins.T, ends.T).full().mean(axis=1)

    return work
