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
import os
import warnings

from . import moved, native
from .gradcheck import gradcheck as gradcheck  # before the module of that name is all there is
from .primitives import FUNCTIONS  # the rows of the table
from .value import Value as PythonValue

asked = os.environ.get("AUTOGRAD_LITE_BACKEND")
if asked not in (None, "", "python", "native"):
    raise ValueError(f"AUTOGRAD_LITE_BACKEND is python or native, got {asked!r}")
try:
    NativeValue = native.load()
except ImportError as error:  # the Python engine serves
    if asked == "native":
        raise
    if not asked and not isinstance(error, ModuleNotFoundError):
        warnings.warn(f"{error}. The Python engine serves meanwhile", RuntimeWarning, stacklevel=2)
    NativeValue = None
backend = asked or ("native" if NativeValue else "python")
Value = NativeValue if backend == "native" else PythonValue
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
globals().update(FUNCTIONS)
PUBLIC = sorted(["Value", *MODULES, *FUNCTIONS])
# `from autograd_lite import *` leaves Python's own abs, compile, max, min, pow, round, sum alone.
__all__ = [name for name in PUBLIC if name not in vars(builtins)]


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module = importlib.import_module(f".{MODULES[name]}", __name__)
    globals()[name] = public = getattr(module, name)
    return public


def __dir__() -> list[str]:
    special = [name for name in globals() if name.startswith("__")]
    return [*PUBLIC, "NativeValue", "PythonValue", "backend", *special]
