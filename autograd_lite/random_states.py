"""Generators of random numbers, of Python and NumPy: which there are, and their states."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def kinds() -> tuple[type, ...]:
    """The classes of generators, of the modules that are loaded."""
    names = {"random": ("Random",), "numpy.random": ("Generator", "RandomState", "BitGenerator")}
    return tuple(
        [getattr(sys.modules[m], name) for m in names if sys.modules.get(m) for name in names[m]]
    )


def name_of(generator: Any) -> str:
    """The class of a generator, as users import it."""
    kind = type(generator)
    return f"{kind.__module__.partition('._')[0].removesuffix('.mtrand')}.{kind.__name__}"


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
    return _plain(_bits(generator).state)


def restore(generator: Any, state: Any) -> None:
    """Put a generator into a state that `state_of` or `checked` gave."""
    if hasattr(generator, "setstate"):
        generator.setstate(state)
    elif hasattr(generator, "set_state"):
        generator.set_state(state)
    else:
        _bits(generator).state = state


def _bits(generator: Any) -> Any:
    """The BitGenerator of a Generator of NumPy, or the one given, if it is one."""
    return getattr(generator, "bit_generator", generator)


def checked(generator: Any, saved: Any) -> Any:
    """The state that `state_of` gave once, as a file has it; the generator is as it was.

    Raises:
        ValueError: it is no state of such a generator.
    """
    before, state = state_of(generator), _tuples(saved)
    try:
        if not hasattr(generator, "setstate"):
            _check_places(state)
        restore(generator, state)
        fits = _tuples(state_of(generator)) == state
    except Exception:  # of many kinds, where numbers are missing, too large, or something else
        fits = False
    restore(generator, before)
    if not fits:
        raise ValueError(f"what is kept of a {name_of(generator)} is no state of it")
    return state


def _check_places(state: Any) -> None:
    """Raise where NumPy would read outside of the numbers of a state: it takes any place."""
    for held, place, numbers in (state["state"], "pos", "key"), (state, "buffer_pos", "buffer"):
        if not 0 <= held.get(place, 0) <= len(held.get(numbers, ())):
            raise ValueError


def _plain(state: Any) -> Any:
    """Without arrays."""
    if isinstance(state, dict):
        return {name: _plain(x) for name, x in state.items()}
    return state.tolist() if hasattr(state, "tolist") else state


def _tuples(state: Any) -> Any:
    """With tuples in place of lists, which JSON makes of them."""
    if isinstance(state, dict):
        return {name: _tuples(x) for name, x in state.items()}
    return tuple(map(_tuples, state)) if isinstance(state, (list, tuple)) else state
