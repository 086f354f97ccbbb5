"""States: the numbers of a model or an optimiser by name, and whether they fit another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from autograd_lite.calls import Keys, joined
from autograd_lite.primitive import real


def named_entries(state: Any, keys: Keys = ()) -> Iterator[tuple[str, Any]]:
    """What nested dicts, lists and arrays hold, with the name that its keys give it."""
    if hasattr(state, "tolist"):
        state = state.tolist()
    if isinstance(state, (Mapping, list, tuple)):
        for key, inner in state.items() if isinstance(state, Mapping) else enumerate(state):
            yield from named_entries(inner, (*keys, key))
    else:
        yield joined(keys), state


def number(name: str, x: Any) -> float:
    """x as a float; what is wrong with it is said with its name."""
    try:
        return real(x)
    except (TypeError, OverflowError) as error:
        raise type(error)(f"{name}: {error}") from None


def check_fit(kind: str, owner: Any, state: Mapping[str, Any]) -> None:
    """Raise a ValueError unless a state has the names and the sizes of the owner's own state.

    Args:
        kind: of the owner: the entry of the state that says the owner's class, if there is one.
        owner: has `state_dict()`.
        state: is to be loaded.
    """
    ours, name = owner.state_dict(), type(owner).__name__
    if kind in ours and state.get(kind) != name:
        raise ValueError(f"a state of the {kind} {name} is wanted, got one of {state.get(kind)}")
    names, others = dict(named_entries(ours)), dict(named_entries(state))
    if names.keys() != others.keys():
        raise ValueError(f"the state does not fit {name}: {_differences(name, names, others)}")


def _differences(owner: str, ours: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    sizes, other_sizes = _sizes(ours), _sizes(others)
    words = [f"{name} is missing" for name in sizes if name not in other_sizes]
    words += [f"{owner} has no {name}" for name in other_sizes if name not in sizes]
    words += [
        f"{name} is {size} in {owner}, {other_sizes[name]} in the state"
        for name, size in sizes.items()
        if other_sizes.get(name, size) != size
    ]
    words = words or [f"{name} is in one of the two only" for name in ours.keys() ^ others.keys()]
    return "; ".join(words[:8]) + f"; and {len(words) - 8} more" * (len(words) > 8)


def _sizes(names: Iterable[str]) -> dict[str, str]:
    """The sizes, in words, of the nested lists that names such as "weight.3.5" come from."""
    sizes: dict[str, list[int]] = {}
    for name in names:
        stem = re.sub(r"(\.\d+)+$", "", name)
        lengths = [int(place) + 1 for place in name[len(stem) :].split(".")[1:]]
        sizes[stem] = list(map(max, zip_longest(sizes.get(stem, []), lengths, fillvalue=0)))
    return {stem: " x ".join(map(str, size)) or "one number" for stem, size in sizes.items()}
