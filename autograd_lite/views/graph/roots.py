"""What is meant when somebody says "draw this": the Values whose graph it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...primitive import describe, is_value


def roots_of(what: Any) -> list[Any]:
    """The Values whose graph is meant: of a Value, of a list of them, or of a model.

    Raises:
        TypeError: `what` is nothing that has a graph.
    """
    if isinstance(what, type):
        raise TypeError(
            f"a Value, a list of Values or a model can be drawn, got the class {what.__name__}: "
            f"make one first, {what.__name__}(...)"
        )
    if hasattr(what, "forward") and hasattr(what, "example"):
        what = what.example()
    if hasattr(what, "tapes") and hasattr(what, "function"):
        raise TypeError(
            f"{what!r} has no graph, but a tape, which draw_dot draws; draw its function's result: "
            "draw(program.function(...)), with Values"
        )
    roots = list(_entries(what))
    for root in roots:
        if not is_value(root):
            raise TypeError(
                f"a Value, a list of Values or a model can be drawn, got {describe(root)}"
            )
    if not roots:
        raise TypeError(f"there is nothing to draw in {describe(what)}")
    return roots


def _entries(what: Any) -> Iterator[Any]:
    """The entries of nested lists, tuples, dicts and arrays, in order; each container once."""
    stack = [what]
    opened: dict[int, Any] = {}  # by identity: a list may hold itself
    while stack:
        thing = stack.pop()
        if id(thing) in opened:
            continue
        if not is_value(thing):
            opened[id(thing)] = thing
        if getattr(getattr(thing, "dtype", None), "kind", "") == "O":
            thing = thing.tolist()
        if isinstance(thing, dict):
            stack += reversed(list(thing.values()))
        elif isinstance(thing, (list, tuple)):
            stack += reversed(thing)
        else:
            yield thing


def as_list(wanted: Any) -> list[Any]:
    """One thing or several, as `unfold` and `highlight` take them."""
    several = isinstance(wanted, Iterable) and not isinstance(wanted, str)
    return list(wanted) if several else [wanted]
