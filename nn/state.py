"""States: the numbers of a model by name, compared with it in words, and written to a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograd_lite.primitive import real


def joined(path: str, key: Any) -> str:
    """The path to an entry of what `path` leads to."""
    return f"{path}.{key}" if path else str(key)


def numbers(thing: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What nested dicts, lists and arrays hold, with the path that leads to it."""
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
    if isinstance(thing, Mapping):
        for key, inner in thing.items():
            yield from numbers(inner, joined(path, key))
    elif isinstance(thing, (list, tuple)):
        for i, inner in enumerate(thing):
            yield from numbers(inner, joined(path, i))
    else:
        yield path, thing


def as_number(name: str, x: Any) -> float:
    """x as a float; what is wrong with it is said with its name."""
    try:
        return real(x)
    except (TypeError, OverflowError) as error:
        raise type(error)(f"{name}: {error}") from None


def differences(own: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """How the names of a state differ from those of a model, in words."""
    mine, other = _sizes(own), _sizes(given)
    told = [f"{name} is missing" for name in mine if name not in other]
    told += [f"the model has no {name}" for name in other if name not in mine]
    told += [
        f"{name} is {_size_in_words(size)} in the model, {_size_in_words(other[name])} in the state"
        for name, size in mine.items()
        if other.get(name, size) != size
    ]
    told = told or [f"{name} is in one of the two only" for name in own.keys() ^ given.keys()]
    return "; ".join(told[:8]) + f"; and {len(told) - 8} more" * (len(told) > 8)


def _sizes(names: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The sizes of the nested lists that names such as "weight.3.5" come from."""
    sizes: dict[str, tuple[int, ...]] = {}
    for name in names:
        stem = re.sub(r"(\.\d+)+$", "", name)
        size = tuple(int(i) + 1 for i in name[len(stem) :].split(".")[1:])
        known = sizes.get(stem, ())
        wider = tuple(map(max, zip(known, size)))
        sizes[stem] = wider + known[len(wider) :] + size[len(wider) :]
    return sizes


def _size_in_words(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size)) if size else "one number"


def write(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file so that it is never seen half written."""
    whole = Path(path).resolve()  # of a link, the file that it stands for
    part = whole.with_name(f"{whole.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)
