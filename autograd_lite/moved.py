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
MOVED = {  # within autograd_lite; what begins with nn is in the package nn beside it
    "arguments": "compiler.arguments",
    "call": "compiler.replay",
    "compiled": "compiler.compile",
    "elementwise": "compiler.elementwise",
    "interface": "methods",
    "lowering": "compiler.schedule",
    "nn.attention": "nn.sequences",
    "nn.callbacks": "nn.training.callbacks",
    "nn.calls": "calls",
    "nn.clipping": "nn.training.clipping",
    "nn.datasets": "nn.training.datasets",
    "nn.entries": "nn.pairing",
    "nn.history": "nn.training.history",
    "nn.inspection": "nn.diagnosis.inspection",
    "nn.monitor": "nn.diagnosis.monitor",
    "nn.normalization": "nn.sequences",
    "nn.objective": "nn.training.objective",
    "nn.plots": "nn.diagnosis.plots",
    "nn.recurrent": "nn.sequences",
    "nn.samples": "nn.training.samples",
    "nn.saturation": "nn.diagnosis.saturation",
    "nn.schedules": "nn.training.schedules",
    "nn.selection": "nn",  # metrics, splits and cross-validation are its names
    "nn.sizes": "nn.layers",
    "nn.sklearn": "nn.training.sklearn",
    "nn.state": "states",
    "saving": "compiler.saving",
    "soundness": "compiler.check",
    "source": "compiler.write_python",
    "source_c": "compiler.write_c",
    "symbol": "formulas.symbol",
    "tape": "compiler.tape",
    "tracing": "compiler.trace",
    "variant": "compiler.specialization",
    "views.axis": "views.charts.axis",
    "views.bars": "views.charts.bars",
    "views.cards": "views.picture.cards",
    "views.columns": "views.layout.columns",
    "views.contours": "views.charts.contours",
    "views.curves": "views.charts.curves",
    "views.dot": "views.picture.dot",
    "views.explain": "views.stepper.explain",
    "views.figure": "views.charts.figure",
    "views.folding": "views.graph.folding",
    "views.formula": "views.stepper.formula",
    "views.labels": "views.layout.labels",
    "views.leaves": "views.graph.leaves",
    "views.nudge": "views.stepper.nudge",
    "views.ordering": "views.layout.ordering",
    "views.page": "views.output.page",
    "views.partition": "views.graph.partition",
    "views.paths": "views.stepper.paths",
    "views.placement": "views.layout.placement",
    "views.plane": "views.charts.plane",
    "views.raster": "views.output.raster",
    "views.routing": "views.layout.routing",
    "views.scene": "views.graph.scene",
    "views.states": "views.graph.states",
    "views.steps": "views.stepper.steps",
    "views.summary": "views.graph.summary",
    "views.surface": "views.charts.surface",
    "views.svg": "views.picture.drawing",
    "views.tiles": "views.charts.tiles",
    "views.unfolding": "views.graph.pieces",
    "views.way": "views.stepper.path_finder",
    "views.widget": "views.output.widget",
}


FUNCTIONS = {  # within a module of autograd_lite that is still there
    "chain_rule": {"jvp": "transforms"},
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
