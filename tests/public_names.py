"""The public names of a version with their parameters, which later versions are compared with.

    PYTHONPATH=DIR python tests/public_names.py > tests/fixtures/names_0_1_0.json

writes those of the version in DIR, once for each release. Beside a name of a function stands how it
is called: parameters in order, "=" after one with a default, "*" before those given by name alone.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from types import ModuleType
from typing import Any


def parameters(function: Any) -> str | None:
    """How a function or class is called; None of other things, and where Python cannot tell."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    told, by_name = [], False
    for each in found:
        if each.kind is each.KEYWORD_ONLY and not by_name:
            told.append("*")
        by_name = by_name or each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        told.append(f"{stars}{each.name}{'=' * (each.default is not each.empty)}")
    return ", ".join(told)


def public_names() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for package in map(importlib.import_module, ("autograd_lite", "nn")):
        waiting = [
            (f"{package.__name__}.{name}", getattr(package, name)) for name in package.__all__
        ]
        for path, thing in waiting:
            found[path] = None if isinstance(thing, ModuleType) else parameters(thing)
            for name in members(thing):
                waiting.append((f"{path}.{name}", getattr(thing, name)))
    return dict(sorted(found.items()))


def members(thing: Any) -> list[str]:
    """What is public in a class, without what it has from Python, and what a module defines."""
    names = {name for name in dir(thing) if not name.startswith("_")}
    if isinstance(thing, type):
        ours = ("autograd_lite", "nn")
        others = [kind for kind in thing.__mro__ if kind.__module__.split(".")[0] not in ours]
        return sorted(names.difference(*map(dir, others)))
    if isinstance(thing, ModuleType):
        return [n for n in names if getattr(getattr(thing, n), "__module__", "") == thing.__name__]
    return []


if __name__ == "__main__":
    json.dump(public_names(), sys.stdout, indent=0)
    print()
