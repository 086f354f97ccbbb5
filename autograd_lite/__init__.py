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

from . import moved
from .anomaly import AnomalyError as AnomalyError
from .anomaly import detect_anomaly as detect_anomaly
from .chain_rule import gradients as gradients
from .chain_rule import jvp as jvp
from .chain_rule import topological_order as topological_order
from .gradcheck import GradcheckError as GradcheckError
from .gradcheck import GradcheckReport as GradcheckReport
from .gradcheck import gradcheck as gradcheck
from .modes import no_grad as no_grad
from .primitive import Primitive as Primitive
from .primitive import Reduction as Reduction
from .primitive import where as where
from .primitives import *  # the rows of the table are the functions
from .transforms import grad as grad
from .transforms import hessian as hessian
from .transforms import hvp as hvp
from .transforms import jacobian as jacobian
from .transforms import value_and_grad as value_and_grad
from .value import Value as PythonValue

try:
    from .native import Value as NativeValue
except ImportError:  # not built: the Python engine serves
    NativeValue = None
from .views.picture.dot import draw_dot as draw_dot

backend = os.environ.get("AUTOGRAD_LITE_BACKEND") or ("native" if NativeValue else "python")
if backend not in ("python", "native"):
    raise ValueError(f"AUTOGRAD_LITE_BACKEND is python or native, got {backend!r}")
if backend == "native" and NativeValue is None:
    raise ImportError(
        "AUTOGRAD_LITE_BACKEND asks for the native engine, which is not built here. Install again "
        "with a C compiler and AUTOGRAD_LITE_NATIVE=required to see why, or choose python"
    )
Value = NativeValue if backend == "native" else PythonValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .compiler.check import TapeError as TapeError
    from .compiler.compile import CompileWarning as CompileWarning
    from .compiler.compile import MissingTapeError as MissingTapeError
    from .compiler.compile import Program as Program
    from .compiler.compile import compile as compile
    from .compiler.compile import load_program as load_program
    from .compiler.replay import BranchError as BranchError
    from .compiler.trace import TraceError as TraceError
    from .scopes import Scope as Scope
    from .scopes import scope as scope
    from .views.graph.states import snapshot as snapshot
    from .views.picture.draw import draw as draw
    from .views.stepper.explain import explain as explain
    from .views.stepper.paths import paths as paths
    from .views.stepper.stepper import Stepper as Stepper
    from .views.stepper.stepper import step as step

LATER = {  # loaded when first asked for, so that `import autograd_lite` stays quick
    **dict.fromkeys(
        ("CompileWarning", "MissingTapeError", "Program", "compile", "load_program"),
        "compiler.compile",
    ),
    **dict.fromkeys(("Scope", "scope"), "scopes"),  # only now is it known which engine's
    "BranchError": "compiler.replay",
    "draw": "views.picture.draw",
    "TapeError": "compiler.check",
    "TraceError": "compiler.trace",
    "explain": "views.stepper.explain",
    "snapshot": "views.graph.states",
    "paths": "views.stepper.paths",
    **dict.fromkeys(("Stepper", "step"), "views.stepper.stepper"),
}


def __getattr__(name: str) -> object:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    found = globals()[name] = getattr(importlib.import_module(f".{LATER[name]}", __name__), name)
    return found


__version__ = "0.1.0"

__all__ = [
    "AnomalyError", "BranchError", "CompileWarning", "GradcheckError", "GradcheckReport",
    "MissingTapeError", "Primitive", "Program", "Reduction", "Scope", "Stepper", "TapeError",
    "TraceError", "Value", "detect_anomaly", "draw", "draw_dot", "explain", "grad", "gradcheck",
    "gradients", "hessian", "hvp", "jacobian", "jvp", "load_program", "log_softmax", "matvec",
    "no_grad", "paths", "polygamma", "scope", "snapshot", "softmax", "step",
    "topological_order", "value_and_grad", "where",
]  # fmt: skip
# `from autograd_lite import *` leaves Python's own abs, compile, max, min, pow, round, sum alone.
__all__ += [name for name in TABLE if name not in dir(builtins) and name in globals()]
