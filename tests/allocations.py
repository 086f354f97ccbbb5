"""Let each allocation of the native engine fail in turn."""

from __future__ import annotations

import pytest

from autograd_lite.native import engine


class Failing:
    """A context in which the n-th allocation fails: a MemoryError in it is what should come."""

    def __init__(self, n):
        self.n = n

    def __enter__(self):
        engine.fail_allocation(self.n)

    def __exit__(self, kind, error, where):
        self.left = engine.fail_allocation(0)
        return kind is not None and issubclass(kind, MemoryError)


def each_allocation_fails(fewest, most):
    """Contexts for the first allocation, the second, and so on, until there was none to fail.

    Args:
        fewest: there must be more of them; so it is seen that the right ones are counted.
        most: and fewer than this.
    """
    for n in range(1, most):
        failing = Failing(n)
        yield failing
        if failing.left:
            assert n > fewest
            return
    pytest.fail("no number of allocations was enough")
