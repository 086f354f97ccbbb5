"""States: numbers by name, and how those of one differ from those of another, in words."""

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


def differences(parameters: Mapping[str, Any], entries: Mapping[str, Any]) -> str:
    """How the names in a state differ from those of a model's parameters, in words."""
    ours, theirs = _sizes(parameters), _sizes(entries)
    words = [f"{name} is missing" for name in ours if name not in theirs]
    words += [f"the model has no {name}" for name in theirs if name not in ours]
    words += [
        f"{name} is {size} in the model, {theirs[name]} in the state"
        for name, size in ours.items()
        if theirs.get(name, size) != size
    ]
    words = words or [f"{x} is in one of the two only" for x in parameters.keys() ^ entries.keys()]
    return "; ".join(words[:8]) + f"; and {len(words) - 8} more" * (len(words) > 8)


def _sizes(names: Iterable[str]) -> dict[str, str]:
    """The sizes, in words, of the nested lists that names such as "weight.3.5" come from."""
    sizes: dict[str, list[int]] = {}
    for name in names:
        stem = re.sub(r"(\.\d+)+$", "", name)
        lengths = [int(place) + 1 for place in name[len(stem) :].split(".")[1:]]
        sizes[stem] = list(map(max, zip_longest(sizes.get(stem, []), lengths, fillvalue=0)))
    return {stem: " x ".join(map(str, size)) or "one number" for stem, size in sizes.items()}


def check_state(what: str, ours: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Raise a ValueError unless a state has our entries, and in `what` our name."""
    if state.keys() != ours.keys() or state[what] != ours[what]:
        raise ValueError(
            f"a state of {ours[what]} with {', '.join(ours)} is wanted, got "
            f"{state.get(what, 'one')} with {', '.join(map(str, state))}"
        )
