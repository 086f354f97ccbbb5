"""Where modules of earlier versions have gone: their old names can still be imported.

Programs and pickles written with version 0.1.0 name modules such as `autograd_lite.views.curves` or
`nn.recurrent`. The import system asks `Moved` only for a name that nothing else has, so nothing
else pays for it.

And where the package nn is, if another `nn` hides it, such as a student's own nn.py: `import nn`
gives what comes first on Python's path, but `from autograd_lite import nn` gives the package that
lies beside this one. If the name is taken, that is loaded as `autograd_lite.nn`.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

PACKAGE = __name__.rpartition(".")[0]
ROOMS = {  # modules that have gone into a room of their package, under their own names
    "compiler": ["arguments", "elementwise", "saving", "tape"],
    "formulas": ["symbol"],
    "nn.diagnosis": ["inspection", "monitor", "plots", "saturation"],
    "nn.training": [
        "callbacks", "clipping", "datasets", "history", "objective", "samples", "schedules",
        "sklearn",
    ],
    "views.charts": ["axis", "bars", "contours", "curves", "figure", "plane", "surface", "tiles"],
    "views.graph": ["folding", "leaves", "partition", "scene", "states", "summary"],
    "views.layout": ["columns", "labels", "ordering", "placement", "routing"],
    "views.output": ["page", "raster", "widget"],
    "views.picture": ["cards", "dot"],
    "views.stepper": ["explain", "nudge", "paths", "steps"],
}  # fmt: skip
MOVED = {  # within autograd_lite; what begins with nn is in the package nn beside it
    "call": "compiler.errors",  # pickles name its BranchError
    "compiled": "compiler.compile",
    "interface": "methods",
    "lowering": "compiler.schedule",
    "nn.attention": "nn.sequences",
    "nn.calls": "calls",
    "nn.entries": "nn.pairing",
    "nn.normalization": "nn.sequences",
    "nn.recurrent": "nn.sequences",
    "nn.selection": "nn",
    "nn.sizes": "nn.layers",
    "nn.state": "states",
    "soundness": "compiler.check",
    "source": "compiler.write_python",
    "source_c": "compiler.write_c",
    "tracing": "compiler.trace",
    "variant": "compiler.specialization",
    "views.svg": "views.picture.drawing",
    "views.unfolding": "views.graph.pieces",
    "views.way": "views.stepper.path_finder",
    **{
        f"{room.rpartition('.')[0]}.{name}".lstrip("."): f"{room}.{name}"
        for room, names in ROOMS.items()
        for name in names
    },
}


FUNCTIONS = {  # within a module of autograd_lite that is still there
    "chain_rule": {"gradients": "derivatives", "jvp": "transforms"},
    "primitives": {"log_softmax": "vectors", "matvec": "vectors", "softmax": "vectors"},
}


def forward(module: ModuleType) -> None:
    """Let `module` give the functions that it had, for pickles that name it."""
    homes = FUNCTIONS[module.__name__.partition(".")[2]]

    def __getattr__(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{homes[name]}", PACKAGE), name)

    module.__getattr__ = __getattr__  # type: ignore[method-assign]


ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUR_NN = os.path.realpath(os.path.join(ROOT, "nn", "__init__.py"))


def nn() -> ModuleType:
    """The package nn that lies beside this one, whatever else is called so."""
    return import_module("nn" if file_of_nn() == OUR_NN else f"{PACKAGE}.nn")


def file_of_nn() -> str:
    """The file that `import nn` reads or has read; "" if there is none."""
    from importlib.util import find_spec

    loaded = sys.modules.get("nn")
    spec = find_spec("nn") if loaded is None else None
    file = spec.origin if spec is not None else getattr(loaded, "__file__", None)
    return os.path.realpath(file) if file else ""


def new_name(old: str) -> str | None:
    """The name of the module that once had the name `old`, or has it beside its own; or None."""
    if old.startswith("nn."):
        new = MOVED.get(old)
        return new if new is None or new.startswith("nn") else f"{PACKAGE}.{new}"
    package, _, inner = old.partition(".")
    if package != PACKAGE:
        return None
    if inner.partition(".")[0] == "nn" and file_of_nn() == OUR_NN:
        return inner
    return f"{PACKAGE}.{MOVED[inner]}" if inner in MOVED else None


class Moved:
    """Finds a module by the name it had, and gives the module of today."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in MOVED and file_of_nn() != OUR_NN:
            raise ModuleNotFoundError(
                f"{name} is wanted from the package nn of autograd_lite, but {file_of_nn()} is in "
                "the way: rename it, or take `from autograd_lite import nn`",
                name=name,
            )
        if new_name(name) is not None:
            return ModuleSpec(name, Moved)  # type: ignore[arg-type]
        return PathFinder.find_spec(name, [ROOT]) if name == f"{PACKAGE}.nn" else None

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        module = import_module(new_name(spec.name) or "")
        spec.loader_state = module.__spec__
        if spec.name == f"{PACKAGE}.nn" and sys.meta_path[0] is not Moved:
            sys.meta_path.insert(0, Moved)  # or what is in it would be loaded again by this name
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        module.__spec__ = spec.loader_state  # importing has set the spec of the old name


sys.meta_path.append(Moved)
