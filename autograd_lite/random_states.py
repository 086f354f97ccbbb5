"""Generators of random numbers, of Python and NumPy: which there are, and their states."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def kinds() -> tuple[type, ...]:
    """The classes of generators, of the modules that are loaded."""
    names = {"random": ("Random",), "numpy.random": ("Generator", "RandomState")}
    return tuple(
        [getattr(sys.modules[m], name) for m in names if m in sys.modules for name in names[m]]
    )


def global_generators() -> dict[str, Any]:
    """Those that the functions of `random` and `numpy.random` draw from, if these are loaded."""
    python, numpy = (sys.modules.get(name) for name in ("random", "numpy.random"))
    found = {"Python's random": python.getstate.__self__} if python else {}
    return found | ({"numpy.random": numpy.get_state.__self__} if numpy else {})


def state_of(generator: Any) -> Any:
    """Its state, as JSON can hold it; None of one that has none, as `random.SystemRandom`."""
    if hasattr(generator, "getstate"):  # random.Random
        try:
            return generator.getstate()
        except NotImplementedError:
            return None
    if hasattr(generator, "get_state"):  # numpy.random.RandomState
        return _plain(generator.get_state(legacy=False))
    return _plain(generator.bit_generator.state)  # numpy.random.Generator


def restore(generator: Any, state: Any) -> None:
    """Put a generator into a state that `state_of` gave, also if that comes from JSON.

    Raises:
        TypeError, ValueError, KeyError or IndexError: it is no state of such a generator. Those of
            NumPy may have taken a part of it then.
    """
    if hasattr(generator, "setstate"):
        generator.setstate(_tuples(state))
    elif hasattr(generator, "set_state"):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def _plain(state: Any) -> Any:
    """Without arrays."""
    if isinstance(state, dict):
        return {name: _plain(x) for name, x in state.items()}
    return state.tolist() if hasattr(state, "tolist") else state


def _tuples(state: Any) -> Any:
    """With tuples in place of lists, which JSON makes of them."""
    return tuple(map(_tuples, state)) if isinstance(state, (list, tuple)) else state
