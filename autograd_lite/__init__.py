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

from . import chain_rule, engines, moved, primitives
from .anomaly import AnomalyError as AnomalyError
from .anomaly import detect_anomaly as detect_anomaly
from .chain_rule import topological_order as topological_order
from .derivatives import gradients as gradients
from .gradcheck import GradcheckError as GradcheckError
from .gradcheck import GradcheckReport as GradcheckReport
from .gradcheck import gradcheck as gradcheck
from .lost_paths import LostPathWarning as LostPathWarning
from .modes import no_grad as no_grad
from .primitive import Primitive as Primitive
from .primitive import Reduction as Reduction
from .primitive import where as where
from .primitives import polygamma as polygamma
from .transforms import grad as grad
from .transforms import hessian as hessian
from .transforms import hvp as hvp
from .transforms import jacobian as jacobian
from .transforms import jvp as jvp
from .transforms import value_and_grad as value_and_grad
from .value import Value as Value
from .vectors import log_softmax as log_softmax
from .vectors import matvec as matvec
from .vectors import softmax as softmax

PythonValue = Value
Value = engines.Value
backend = engines.backend
__version__ = "0.2.0"

# Public is what stands above, and what follows: the rows of the table, which are the functions, and
# what is loaded when first asked for, so that `import autograd_lite` stays quick. The types of all
# of it are in `__init__.pyi`, for type checkers and editors.
globals().update(primitives.FUNCTIONS)
LATER = {
    "complex": ["Complex"],
    "compiler.compile": ["compile", "load_program"],
    "compiler.program": ["Program"],
    "compiler.errors": [
        "BranchError", "CompileWarning", "MissingTapeError", "TapeError", "TraceError",
    ],
    "implicit_functions": ["ImplicitError", "implicit"],
    "several": ["MultiPrimitive"],
    "loops": ["checkpoint", "scan", "while_loop"],
    "lines": ["SourceLine", "source_lines"],
    "scopes": ["Scope", "scope"],  # only now is it known which engine's
    "views.language": ["set_language"],
    "views.graph.states": ["snapshot"],
    "views.picture.dot": ["draw_dot"],
    "views.picture.draw": ["draw"],
    "views.stepper.explain": ["explain"],
    "views.stepper.paths": ["paths"],
    "views.stepper.stepper": ["Stepper", "step"],
}  # fmt: skip
MODULES = ["linalg", "special"]
HOMES = {name: module for module, names in LATER.items() for name in names}
HERE = [x for x in globals() if getattr(globals()[x], "__module__", "").startswith(__name__)]
PUBLIC = sorted({*HERE, *HOMES, "NativeValue"})
# `from autograd_lite import *` leaves Python's own abs, compile, max, min, pow, round, sum alone,
# and names one Value: that of the engine in use.
__all__ = [x for x in PUBLIC if x not in {*vars(builtins), "NativeValue", "PythonValue"}]


def __getattr__(name: str) -> object:
    if name == "NativeValue":  # whoever has chosen Python may still ask for it
        public = engines.load_native()
    elif name == "nn":
        public = moved.nn()
    elif name in HOMES or name in MODULES:
        import importlib

        module = importlib.import_module(f".{HOMES.get(name, name)}", __name__)
        public = getattr(module, name) if name in HOMES else module
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = public
    return public


def __dir__() -> list[str]:
    more = [name for name in globals() if name.startswith("__")]
    return [*PUBLIC, *MODULES, "backend", "nn", *more]


class Face(ModuleType):
    """The package as a module; to assign its `Value` is to change the engine in use."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "Value":
            engines.Value = value
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = Face
moved.forward(chain_rule)
moved.forward(primitives)
