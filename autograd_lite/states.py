"""States: the numbers of a model or an optimiser by name, and whether they fit another one."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest

from .primitive import describe, real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEEPEST = 64


def named_entries(state: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """What nested dicts, lists and arrays hold, with the name that its keys give it."""
    if len(keys) > DEEPEST:
        raise ValueError(f"the state is nested more than {DEEPEST} deep")
    if hasattr(state, "tolist"):
        state = state.tolist()
    if isinstance(state, (Mapping, list, tuple)):
        for key, inner in state.items() if isinstance(state, Mapping) else enumerate(state):
            yield from named_entries(inner, (*keys, key))
    else:
        yield ".".join(map(str, keys)), state


def by_name(state: Any) -> dict[str, Any]:
    """The same as a dict; a ValueError if two entries have one name."""
    entries: dict[str, Any] = {}
    for name, entry in named_entries(state):
        if name in entries:
            raise ValueError(f"the state has {name} twice")
        entries[name] = entry
    return entries


def at(part: Any, name: str) -> Any:
    """What a name such as "layers.0.w" leads to in an object; None if nothing is there."""
    for key in name.split("."):
        if isinstance(part, dict):
            part = next((inner for other, inner in part.items() if str(other) == key), None)
        elif key.isdigit() and hasattr(part, "__len__"):
            part = part[int(key)] if int(key) < len(part) else None
        else:
            part = getattr(part, key, None)
    return part


def number(name: str, x: Any) -> float:
    """x as a float; what is wrong with it is said with its name."""
    try:
        return real(x)
    except (TypeError, OverflowError) as error:
        raise type(error)(f"{name}: {error}") from None


def check_keys(where: str, keys: Iterable[Any]) -> None:
    """Raise a ValueError unless the keys of a dict give names of their own to what is in it."""
    names = set[str]()
    for key in keys:
        if "." in str(key) or str(key) in names:
            raise ValueError(
                f"the key {key!r} of {where or 'a module'} gives a parameter no name of its own: "
                "keys have no dots, and differ as strings"
            )
        names.add(str(key))


def numbers_for(module: Any, state: Any) -> list[float]:
    """The numbers in a state for `named_parameters()`, in order.

    A parameter that is in the module twice may be in the state under each of its names.

    Raises:
        ValueError: names or sizes are others, or one parameter has two numbers.
        TypeError, OverflowError: it is no dict of numbers.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict of numbers by name, got {describe(state)}")
    names = {id(parameter): name for name, parameter in module.named_parameters()}
    entries = by_name(state)
    for name in entries.keys() - names.values():  # it may be another name of a parameter
        known = names.get(id(at(module, name)), name)
        other = entries.setdefault(known, entries[name])
        if known != name and number(name, entries.pop(name)) != number(known, other):
            raise ValueError(f"{name} and {known} are one parameter, but two numbers in the state")
    check_fit("module", module, entries)
    return [number(name, entries[name]) for name in names.values()]


def check_fit(
    kind: str, owner: Any, state: Mapping[str, Any], optional: Iterable[str] = ()
) -> None:
    """Raise a ValueError unless a state has the names, sizes and kinds of the owner's own state.

    Args:
        kind: of the owner: the entry of the state that says the owner's class, if there is one.
        owner: has `state_dict()`.
        state: is to be loaded.
        optional: names of entries that may be None, too.
    """
    ours, name = owner.state_dict(), type(owner).__name__
    if not isinstance(state, Mapping):
        raise ValueError(f"a state of the {kind} {name} is a dict, got {describe(state)}")
    if kind in ours and state.get(kind) != name:
        raise ValueError(f"a state of the {kind} {name} is wanted, got one of {state.get(kind)}")
    names, others = by_name(ours), by_name(state)
    if names.keys() != others.keys():
        raise ValueError(f"the state does not fit {name}: {_differences(name, names, others)}")
    for entry, number in names.items() if kind in ours else ():
        found = others[entry]
        fits = kind_of(found) == kind_of(number) or number is None
        if not fits and (found is not None or entry not in optional):
            raise ValueError(f"{entry} is {kind_of(number)}, got {describe(found)}")


def check_counts(state: Mapping[str, Any], *names: str) -> None:
    """Raise a ValueError unless these entries of a state are whole numbers from 0."""
    for name in names:
        if type(state[name]) is not int or state[name] < 0:
            raise ValueError(f"{name} is a whole number from 0, got {state[name]!r}")


def load_together(parts: Sequence[Any], states: Iterable[Any]) -> None:
    """Load a state into each part; after an error all of them are as they were."""
    before = [copy.deepcopy(part.state_dict()) for part in parts]
    try:
        for part, state in zip(parts, states):
            part.load_state_dict(state)
    except Exception:
        for part, earlier in zip(parts, before):
            with suppress(Exception):  # the first error is the one to be told
                part.load_state_dict(earlier)
        raise


def kind_of(x: Any) -> str:
    """What an entry of a state is, in words."""
    if isinstance(x, (bool, str, type(None))):
        return "None" if x is None else "True or False" if isinstance(x, bool) else "a string"
    return "a number"


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
    import re

    sizes: dict[str, list[int]] = {}
    for name in names:
        stem = re.sub(r"(\.\d+)+$", "", name)
        lengths = [int(place) + 1 for place in name[len(stem) :].split(".")[1:]]
        sizes[stem] = list(map(max, zip_longest(sizes.get(stem, []), lengths, fillvalue=0)))
    return {stem: " x ".join(map(str, size)) or "one number" for stem, size in sizes.items()}
