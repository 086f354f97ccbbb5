"""gradcheck: the engine's derivatives beside finite differences, as a report one can read."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Iterator

from .modes import Mode
from .primitive import plain, real
from .structure import flatten, names_by_place, names_of, unflatten
from .transforms import a_function, grad, hessian

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# One derivative: the engine's number beside the finite difference, and the verdict.
Check = namedtuple("Check", "name analytic numeric passed verdict")

Along = Callable[[float], list[float]]  # numbers as a function of one operand
Difference = tuple[float, float, float]  # a derivative, its estimated error, and the rounding in it
Sample = tuple[float, list[float], list[float]]


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

    The differences are Ridders': central ones with shrinking steps, extrapolated to step 0, of
    which the best counts (Ridders 1982, Numerical Recipes 5.7).

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
    a_function("gradcheck", f, "f, x")
    if order not in (1, 2):
        raise ValueError(f"gradcheck knows orders 1 and 2, got {order!r}")
    given: list[Any] = []
    key = flatten(args, given)
    point = [real(plain(x)) for x in given]
    parts = zip(_names(f, len(args)), key[1:])
    names = [name for parameter, part in parts for name in names_of(part, parameter)]

    in_numbers = Mode("recording", False)  # as no_grad: if f uses Values, nothing is lost here

    def at(numbers: list[float], function: Callable[..., Any]) -> Any:
        return function(*unflatten(key, iter(numbers)))

    def value(numbers: list[float]) -> float:
        try:
            return real(plain(at(numbers, f)))
        except ArithmeticError:  # of Python's own arithmetic, far from the point
            return math.nan

    def gradient(numbers: list[float]) -> list[float]:
        return _numbers(at(numbers, in_numbers(grad(f))))

    def check(
        name: str, analytic: float, difference: Difference, along: Along, x: float, k: int
    ) -> Check:
        numeric, uncertainty, noise = difference
        scale = max(abs(analytic), abs(numeric))
        allowed = atol + rtol * scale + min(uncertainty, 1e-4 * scale) + noise
        passed = abs(analytic - numeric) <= allowed
        verdict = "ok" if passed else f"WRONG{_kink(along, x, k)}"
        if numeric != numeric:
            verdict = "UNKNOWN: differences do not settle here"
        return Check(name, analytic, numeric, passed, verdict)

    def compared(
        function: Callable[[list[float]], list[float]], rows: list[list[float]], outer: list[str]
    ) -> list[Check]:
        """The derivatives of each number of `function`, of which `rows` has one row."""
        checks = {}
        for i, x in enumerate(point):
            along = lambda t, i=i: function([*point[:i], t, *point[i + 1 :]])
            for k, difference in enumerate(ridders(along, x)):  # one for all rows
                name = f"{outer[k]}d{names[i]}"
                checks[k, i] = check(name, rows[k][i], difference, along, x, k)
        return [checks[place] for place in sorted(checks)]

    checks = compared(lambda numbers: [value(numbers)], [gradient(point)], ["d/"])
    if order == 2:
        entries, n = _numbers(at(point, in_numbers(hessian(f)))), len(point)
        rows = [entries[i * n : (i + 1) * n] for i in range(n)]
        checks += compared(gradient, rows, [f"d²/d{name}" for name in names])
    report = GradcheckReport(checks)
    if raise_exception and not report:
        raise GradcheckError(str(report))
    return report


SHRINK, ROUNDS, TRIES = 1.6, 12, 60
UNSETTLED = (math.nan, math.inf, math.inf)


def ridders(f: Along, x: float) -> list[Difference]:
    """The derivatives at x of the numbers that f gives, by extrapolated central differences.

    f may vary over a distance of x or of about 1, and both are tried if they are far apart.
    """
    found = [UNSETTLED for _ in f(x)]
    for size in sorted({abs(x) or 0.1, min(max(abs(x), 0.1), 10.0)}, reverse=True):
        samples = _samples(f, x, 0.05 * size)
        for k, before in enumerate(found):
            entries = _extrapolated([(h, above[k], below[k]) for h, above, below in samples])
            best = min(entries, key=_doubt, default=UNSETTLED)
            apart = abs(best[0] - before[0]) > 10.0 * (_doubt(best) + _doubt(before))
            if best[1] <= max(1e-3 * abs(best[0]), best[2]):  # else f varies over less than size
                found[k] = best if apart or _doubt(best) < _doubt(before) else before
    return found


def _doubt(difference: Difference) -> float:
    _, error, noise = difference
    return error + 1e-3 * noise  # which is much: most functions round to 1e-16


def _samples(f: Along, x: float, h: float) -> list[Sample]:
    """2h, f(x + h) and f(x - h) for steps that shrink from h; further while f is not finite."""
    samples: list[Sample] = []
    finite = 0
    while finite < ROUNDS and len(samples) < TRIES and x + h > x - h:
        above, below = f(x + h), f(x - h)
        samples.append(((x + h) - (x - h), above, below))
        finite += all(map(math.isfinite, [*above, *below]))
        h /= SHRINK
    return samples


def _extrapolated(samples: list[tuple[float, float, float]]) -> Iterator[Difference]:
    """The entries of Ridders' table. As the steps shrink, their noise grows."""
    coarser: list[float] = []
    for width, above, below in samples:
        if not (math.isfinite(above) and math.isfinite(below)):
            coarser = []
            continue
        noise = 2.0 * (1e-13 * max(abs(above), abs(below)) + 1e-323) / width
        row = [(above - below) / width]
        for k, entry in enumerate(coarser):
            factor = SHRINK ** (2 * (k + 1))
            row.append((row[k] * factor - entry) / (factor - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - entry))
            if math.isfinite(row[-1] + error + noise):
                yield row[-1], error, noise
        coarser = row


def _kink(f: Along, x: float, k: int) -> str:
    """A remark if the slope of the k-th number of f is not the same on both sides of x."""
    h = 1e-5 * max(abs(x), 1.0)
    left, right = (f(x)[k] - f(x - h)[k]) / h, (f(x + h)[k] - f(x)[k]) / h
    if abs(left - right) <= 1e-2 * max(abs(left), abs(right)):
        return ""
    return f", or a kink: the slope is {left:.6g} on the left and {right:.6g} on the right"


def _numbers(derivative: Any) -> list[Any]:
    numbers: list[Any] = []
    flatten(derivative, numbers)
    return numbers


def _names(f: Any, n: int) -> list[str]:
    """The names of the first n parameters of f; x, y, ... where it does not tell them."""
    known = names_by_place(f)
    if len(known) >= n:
        return known[:n]
    return list("xyzuvw"[:n]) if n <= 6 else [f"x{i}" for i in range(n)]
