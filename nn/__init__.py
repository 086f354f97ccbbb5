"""nn: neural nets as ordinary arithmetic on Values, so that their gradients come by themselves.

What makes nets is here: modules, activations, losses, optimisers. `nn.sequences` (recurrent nets,
attention, norms), `nn.training` (data, `fit`, schedules) and `nn.diagnosis` (what goes wrong,
pictures) are loaded when a name that is not here is asked for; their public names are those of nn,
too. Type checkers and editors read `__init__.pyi`, which has all of them.
"""

from . import init as init
from .activations import *
from .advice import *
from .layers import *
from .losses import *
from .module import *
from .neuron import *
from .optim import *

_ROOMS = ("sequences", "training", "diagnosis")


def __getattr__(name: str) -> object:
    import importlib

    from autograd_lite.moved import new_name

    if name == "step":
        from autograd_lite.anomaly import warn

        warn("nn.step is now called nn.heaviside (the layer nn.Step stays)", DeprecationWarning)
        return heaviside
    if name == "__all__":
        return _public_names()
    if name in _ROOMS:
        return importlib.import_module(f".{name}", __name__)
    if not name.startswith("_"):
        for room in _ROOMS:
            module = importlib.import_module(f".{room}", __name__)
            if name in vars(module).get("__all__", vars(module)):
                globals()[name] = getattr(module, name)
                return globals()[name]
        if new_name(f"nn.{name}") is not None:  # a module of earlier versions, as nn.sklearn
            return importlib.import_module(f".{name}", __name__)
    elsewhere = importlib.import_module(".diagnosis.elsewhere", __name__)
    words = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(words + elsewhere.instead_of(name))


def __dir__() -> list[str]:
    return [*_public_names(), *(name for name in globals() if name.startswith("__"))]


def _public_names() -> list[str]:
    """The names that `from nn import *` brings."""
    import importlib
    from types import ModuleType

    names = {"datasets", "init", "plots"}
    for room in (".", *(f".{room}" for room in _ROOMS)):
        things = vars(importlib.import_module(room, __name__))
        for name in things.get("__all__", things):
            if not name.startswith("_") and not isinstance(things[name], ModuleType):
                names.add(name)
    return sorted(names)
