"""Roots of many equations at once, by Newton's method on arrays: a row for each unknown.

In a batch `implicit` looks for the roots of all samples side by side, with F and its slopes
compiled, where SciPy would look for one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_STEPS = 50  # as in SciPy's Newton
NEAR = 1.48e-8  # a step from where the next one has all digits; SciPy's, too
FINE = 2e-12  # the same for a bracket


def from_starts(at: Callable[[Any], tuple[Any, Any]], xs: Any) -> Any:
    """Newton's method from xs; nan where it does not converge.

    Args:
        at: gives, for an array of xs, F and Newton's steps to where F might be 0.
    """
    import numpy

    for _ in range(MOST_STEPS):
        _, steps = at(xs)
        xs = xs - steps
        far = ~(abs(steps) <= NEAR)  # nan is far, too
        if not far.any():
            break
    return numpy.where(far, numpy.nan, xs)


def straight_on(at: Callable[[Any], tuple[Any, Any]], xs: Any) -> Any:
    """The same, of several unknowns; nan also where a step is longer than the one before, for from
    there another method may find another root.
    """
    import numpy

    lost, far, size = False, True, numpy.inf
    for _ in range(MOST_STEPS):
        _, steps = at(xs)
        last, size = size, abs(steps).max(axis=0)
        lost |= ~(size <= last) & far  # nan is lost, too
        xs = numpy.where(far, xs - steps, xs)
        far &= ~(abs(steps) <= NEAR * numpy.maximum(abs(xs), 1.0)).all(axis=0)
        if not (far & ~lost).any():
            break
    return numpy.where(lost | far, numpy.nan, xs)


def between(at: Callable[[Any], tuple[Any, Any]], lows: Any, highs: Any) -> Any:
    """Newton's method between two bounds, which it halves where it leads astray (`rtsafe` of
    Numerical Recipes); nan where F has the same sign at both.
    """
    import numpy

    first, last = lows, highs = numpy.minimum(lows, highs), numpy.maximum(lows, highs)
    below, above = at(lows)[0], at(highs)[0]
    xs, moved = 0.5 * (lows + highs), highs - lows
    done = numpy.zeros(xs.shape, bool)  # those stay where they are, while others move
    for _ in range(4 * MOST_STEPS):
        ys, steps = at(xs)
        left = numpy.sign(ys) == numpy.sign(below)
        lows, highs = numpy.where(left, xs, lows), numpy.where(left, highs, xs)
        there = xs - steps
        astray = ~((there >= lows) & (there <= highs) & (2.0 * abs(steps) <= abs(moved)))
        there = numpy.where(astray, 0.5 * (lows + highs), there)
        there = numpy.where(done | (ys == 0.0), xs, there)
        moved, xs = there - xs, there
        done |= abs(moved) <= FINE + 4e-16 * abs(xs)
        if done.all():
            break
    ys, steps = at(xs)
    nearer = abs(at(xs - steps)[0]) < abs(ys)  # where it has ended by halving, with 12 digits
    xs = numpy.where(nearer, xs - steps, xs)
    xs = numpy.where(below == 0.0, first, numpy.where(above == 0.0, last, xs))
    found = (numpy.sign(below) * numpy.sign(above) <= 0.0) & done
    return numpy.where(found, xs, numpy.nan)
