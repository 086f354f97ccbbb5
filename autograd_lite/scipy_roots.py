"""SciPy's solvers for `implicit`: brackets and Newton for one unknown, `root` for several."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .anomaly import quietly
from .primitive import plain, real
from .structure import NUMBER, flatten, leaves_of, unflatten, unwrapped
from .transforms import grad, jacobian


class BySciPy:
    """A solver, `(*theta)` -> x: that of `implicit` for a bracket or an x0; see there."""

    def __init__(self, F: Callable[..., Any], bracket: Any, x0: Any, method: str | None) -> None:
        self.F, self.bracket, self.x0, self.method = F, bracket, x0, method

    def __call__(self, *theta: Any) -> Any:
        with quietly(RuntimeWarning):  # what they say is in the result, too
            return self._solved(theta)

    def _solved(self, theta: tuple[Any, ...]) -> Any:
        try:
            from scipy import optimize
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "implicit takes SciPy for a bracket or an x0, and SciPy is not installed: install "
                "it, or give a solver of your own as `solve`"
            ) from error
        F, bracket, x0, method = self.F, self.bracket, self.x0, self.method

        def value(x: float) -> float:
            return real(plain(unwrapped(F(x, *theta))))

        def slope(x: float) -> float:
            return grad(lambda x: F(x, *theta))(float(x))  # type: ignore[no-any-return]

        if bracket is not None:
            low, high = bracket(*theta) if callable(bracket) else bracket
            found = optimize.root_scalar(value, bracket=(low, high), method=method or "brentq")
            found.root = _nearer(value, slope, found.root)
            return found
        start = x0(*theta) if callable(x0) else x0
        numbers: list[Any] = []
        key = flatten(start, numbers)
        if key == NUMBER:
            return optimize.root_scalar(value, x0=start, fprime=slope, method=method or "newton")

        def values(xs: Any) -> list[float]:
            given = F(unflatten(key, iter(xs.tolist())), *theta)
            return [real(plain(y)) for y in leaves_of(unwrapped(given))]

        def slopes(xs: Any) -> list[list[float]]:
            def flat(*xs: Any) -> list[Any]:
                return leaves_of(unwrapped(F(unflatten(key, iter(xs)), *theta)))

            return jacobian(flat)(*xs.tolist())  # type: ignore[no-any-return]

        found = optimize.root(values, numbers, jac=slopes, method=method or "hybr")
        found.x = unflatten(key, iter(found.x.tolist()))
        return found


def _nearer(value: Callable[..., float], slope: Callable[..., float], x: float) -> float:
    """One of Newton's steps from x, if it leads nearer: a bracket ends with 12 digits."""
    y, dy = value(x), slope(x)
    if y == 0.0 or dy == 0.0 or not math.isfinite(y / dy):
        return x
    there = x - y / dy
    return there if abs(value(there)) < abs(y) else x
