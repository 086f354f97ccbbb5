"""autograd_lite: exact gradients of scalar programs.

Compute with `Value`s as you would with numbers; `y.backward()` then leaves d y / d x in the `.grad`
of every leaf x. `grad`, `hessian` and the like do the same for plain Python functions.

>>> from autograd_lite import Value
>>> a, b = Value(2.0), Value(-3.0)
>>> y = (a * b + b**2).tanh()
>>> y.backward()
>>> print(f"{y:.4f}  {a.grad:.4f}  {b.grad:.4f}")
0.9951  -0.0296  -0.0395
"""

import builtins
import sys
from types import ModuleType

from . import engines, moved, primitives
from .engines import Value, backend
from .gradcheck import gradcheck as gradcheck  # before the module of that name is all there is
from .value import Value as PythonValue

__version__ = "0.1.0"

# The public names, by the modules that they live in. They are loaded when first asked for, so that
# `import autograd_lite` stays quick. Type checkers and editors read `__init__.pyi` instead.
HOMES = {
    "anomaly": ("AnomalyError", "detect_anomaly"),
    "chain_rule": ("gradients", "jvp", "topological_order"),
    "compiler.check": ("TapeError",),
    "compiler.compile": (
        "CompileWarning", "MissingTapeError", "Program", "compile", "load_program",
    ),
    "compiler.replay": ("BranchError",),
    "compiler.trace": ("TraceError",),
    "gradcheck": ("GradcheckError", "GradcheckReport", "gradcheck"),
    "modes": ("no_grad",),
    "primitive": ("Primitive", "Reduction", "where"),
    "primitives": ("polygamma",),
    "scopes": ("Scope", "scope"),
    "transforms": ("grad", "hessian", "hvp", "jacobian", "value_and_grad"),
    "vectors": ("log_softmax", "matvec", "softmax"),
    "views.graph.states": ("snapshot",),
    "views.picture.dot": ("draw_dot",),
    "views.picture.draw": ("draw",),
    "views.stepper.explain": ("explain",),
    "views.stepper.paths": ("paths",),
    "views.stepper.stepper": ("Stepper", "step"),
}  # fmt: skip
MODULES = {name: module for module, names in HOMES.items() for name in names}
globals().update(primitives.FUNCTIONS)
PUBLIC = sorted(["Value", *MODULES, *primitives.FUNCTIONS])
# `from autograd_lite import *` leaves Python's own abs, compile, max, min, pow, round, sum alone.
__all__ = [name for name in PUBLIC if name not in vars(builtins)]


def __getattr__(name: str) -> object:
    if name == "NativeValue":  # whoever has chosen Python may still ask for it
        public = engines.load_native()
    elif name in MODULES:
        import importlib

        public = getattr(importlib.import_module(f".{MODULES[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = public
    return public


def __dir__() -> list[str]:
    special = [name for name in globals() if name.startswith("__")]
    return [*PUBLIC, "NativeValue", "PythonValue", "backend", *special]


class Face(ModuleType):
    """The package as a module; to assign its `Value` is to change the engine in use."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "Value":
            engines.Value = value
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = Face
moved.forward(primitives)
