"""gradcheck: the engine's derivatives beside finite differences, as a report one can read."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable

from .modes import Mode
from .primitive import plain, real
from .structure import flatten, names_of, unflatten
from .transforms import grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# One derivative: the engine's number beside the finite difference, and the verdict.
Check = namedtuple("Check", "name analytic numeric passed verdict")


class GradcheckReport:
    """The outcome of a gradcheck; true if every derivative agrees.

    Attributes:
        checks: one `Check` per derivative.
    """

    __module__ = "autograd_lite"

    def __init__(self, checks: list[Check]) -> None:
        self.checks = checks

    def __bool__(self) -> bool:
        return all(check.passed for check in self.checks)

    def __str__(self) -> str:
        width = max([10, *(len(check.name) for check in self.checks)])
        failed = sum(not check.passed for check in self.checks)
        lines = [f"{'derivative':{width}}  {'analytic':>22}  {'finite difference':>22}"]
        for name, analytic, numeric, _, verdict in self.checks:
            lines.append(f"{name:{width}}  {analytic:22.15g}  {numeric:22.15g}  {verdict}")
        lines.append(
            f"all {len(self.checks)} derivatives agree"
            if self
            else f"{failed} of {len(self.checks)} derivatives disagree"
        )
        return "\n".join(lines)

    __repr__ = __str__


class GradcheckError(AssertionError):
    """A derivative disagrees with finite differences; the message is the report."""

    __module__ = "autograd_lite"


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    rtol: float = 1e-6,
    atol: float = 0.0,
    raise_exception: bool = True,
) -> GradcheckReport:
    """Compare the derivatives of `f` at `args` with finite differences.

    The differences are Ridders': central ones with shrinking steps, extrapolated to step 0, the
    entry with the least estimated error kept (Ridders 1982, Numerical Recipes 5.7).

    Args:
        f: as for `grad`.
        args: where to check: numbers, or structures of them; see `grad`.
        order: 1 for the gradient; 2 also checks the Hessian, against differences of the gradient.
        rtol, atol: agreement wanted, beyond the estimated error and rounding of the differences.
        raise_exception: raise on disagreement instead of returning a false report.

    Raises:
        GradcheckError: a derivative disagrees.
        ValueError: order is neither 1 nor 2.

    >>> from autograd_lite import gradcheck
    >>> print(gradcheck(lambda x: x * x, 0.5))
    derivative                analytic       finite difference
    d/dx                             1                       1  ok
    all 1 derivatives agree
    """
    if order not in (1, 2):
        raise ValueError(f"gradcheck knows orders 1 and 2, got {order!r}")
    given: list[Any] = []
    key = flatten(args, given)
    point = [real(plain(x)) for x in given]
    parts = zip(_parameters(f, len(args)), key[1:])
    names = [name for parameter, part in parts for name in names_of(part, parameter)]

    in_numbers = Mode("recording", False)  # as no_grad: if f uses Values, nothing is lost here

    def at(numbers: list[float], function: Callable[..., Any]) -> Any:
        return function(*unflatten(key, iter(numbers)))

    def value(numbers: list[float]) -> float:
        return real(plain(at(numbers, f)))

    def gradient(numbers: list[float]) -> list[float]:
        return _numbers(at(numbers, in_numbers(grad(f))))

    def check(name: str, analytic: float, g: Callable[[float], float], x: float) -> Check:
        numeric, uncertainty, noise = ridders(g, x)
        scale = max(abs(analytic), abs(numeric))
        allowed = atol + rtol * scale + min(uncertainty, 1e-4 * scale) + noise
        passed = abs(analytic - numeric) <= allowed
        verdict = "ok" if passed else f"WRONG{_kink(g, x)}"
        return Check(name, analytic, numeric, passed, verdict)

    checks = [
        check(f"d/d{names[i]}", slope, lambda t, i=i: value(_moved(point, i, t)), point[i])  # type: ignore[misc]
        for i, slope in enumerate(gradient(point))
    ]
    if order == 2:
        for i in range(len(point)):
            slope = lambda *inner, i=i: _numbers(grad(f)(*inner))[i]
            row = _numbers(at(point, in_numbers(grad(slope))))
            for j in range(len(point)):
                g = lambda t, j=j, i=i: gradient(_moved(point, j, t))[i]
                checks.append(check(f"d²/d{names[i]}d{names[j]}", row[j], g, point[j]))
    report = GradcheckReport(checks)
    if raise_exception and not report:
        raise GradcheckError(str(report))
    return report


def ridders(f: Callable[[float], float], x: float) -> tuple[float, float, float]:
    """The derivative of f at x by extrapolated central differences, its estimated error, and the
    slope below which a difference drowns in the rounding of f."""
    shrink, rounds = 1.6, 12
    best, uncertainty, noise = math.nan, math.inf, math.inf
    for h in {0.05 * max(abs(x), 0.1), 0.05 * (abs(x) or 0.1)}:  # f may vary over 1, or over x
        above: list[float] = []
        noise = min(noise, 1e-13 * max(abs(f(x + h)), abs(f(x - h))) / h)
        for _ in range(rounds):
            row = [(f(x + h) - f(x - h)) / ((x + h) - (x - h))]
            for k, coarser in enumerate(above):
                factor = shrink ** (2 * (k + 1))
                row.append((row[k] * factor - coarser) / (factor - 1.0))
                error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser))
                if error <= uncertainty:
                    best, uncertainty = row[-1], error
            above = row
            h /= shrink
    return best, uncertainty, noise


def _kink(f: Callable[[float], float], x: float) -> str:
    """A remark if the slope of f at x is not the same on both sides."""
    h = 1e-5 * max(abs(x), 1.0)
    left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h
    if abs(left - right) <= 1e-2 * max(abs(left), abs(right)):
        return ""
    return f", or a kink: the slope is {left:.6g} on the left and {right:.6g} on the right"


def _moved(point: list[float], i: int, t: float) -> list[float]:
    return [*point[:i], t, *point[i + 1 :]]


def _numbers(derivative: Any) -> list[Any]:
    numbers: list[Any] = []
    flatten(derivative, numbers)
    return numbers


def _parameters(f: Any, n: int) -> list[str]:
    """The names of the first n parameters of f; x, y, ... where it does not tell them."""
    code = getattr(f, "__code__", None)  # a function's or a method's
    first = 1 if getattr(f, "__self__", None) is not None else 0
    known = code.co_varnames[first : code.co_argcount] if code else getattr(f, "operands", ())
    if len(known) >= n:
        return list(known[:n])
    return list("xyzuvw"[:n]) if n <= 6 else [f"x{i}" for i in range(n)]
