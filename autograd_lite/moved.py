"""Where modules of earlier versions have gone: their old names can still be imported.

Programs and pickles written with version 0.1.0 name modules such as `autograd_lite.views.curves`.
The import system asks `Moved` only for a name that nothing else has, so nothing else pays for it.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

PACKAGE = __name__.rpartition(".")[0]
MOVED = {  # within autograd_lite
    "arguments": "compiler.arguments",
    "call": "compiler.replay",
    "compiled": "compiler.compile",
    "elementwise": "compiler.elementwise",
    "interface": "methods",
    "lowering": "compiler.lowering",
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
    "views.page": "views.picture.page",
    "views.partition": "views.graph.partition",
    "views.paths": "views.stepper.paths",
    "views.placement": "views.layout.placement",
    "views.plane": "views.charts.plane",
    "views.raster": "views.picture.raster",
    "views.routing": "views.layout.routing",
    "views.scene": "views.graph.scene",
    "views.states": "views.graph.states",
    "views.steps": "views.stepper.steps",
    "views.summary": "views.graph.summary",
    "views.surface": "views.charts.surface",
    "views.svg": "views.picture.svg",
    "views.tiles": "views.charts.tiles",
    "views.unfolding": "views.graph.unfolding",
    "views.way": "views.stepper.way",
    "views.widget": "views.picture.widget",
}


FUNCTIONS = {  # within a module of autograd_lite that is still there
    "primitives": {"log_softmax": "vectors", "matvec": "vectors", "softmax": "vectors"},
}


def forward(module: ModuleType) -> None:
    """Let `module` give the functions that it had, for pickles that name it."""
    homes = FUNCTIONS[module.__name__.partition(".")[2]]

    def __getattr__(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(f".{homes[name]}", PACKAGE), name)

    module.__getattr__ = __getattr__  # type: ignore[method-assign]


class Moved:
    """Finds a module by the name it had, and gives the module of today."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, inner = name.partition(".")
        return ModuleSpec(name, Moved) if package == PACKAGE and inner in MOVED else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        import importlib

        module = importlib.import_module(f".{MOVED[spec.name.partition('.')[2]]}", PACKAGE)
        spec.loader_state = module.__spec__
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        module.__spec__ = spec.loader_state  # importing has set the spec of the old name


sys.meta_path.append(Moved)
