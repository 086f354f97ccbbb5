"""Freezing: modules whose parameters are not to be trained."""

from __future__ import annotations

from typing import Any, TypeVar

from autograd_lite.primitive import describe

from ..module import Module

__all__ = ["freeze", "trainable"]

M = TypeVar("M", bound=Module)


def freeze(module: M, frozen: bool = True) -> M:
    """Say that the parameters of a module and of those inside it stay as they are.

    It is for `fit`, which leaves them out of the optimizer that it makes, and for `trainable`.
    Gradients reach them all the same.

    Args:
        module: the module, which is given back.
        frozen: False to have them trained again.

    >>> import nn
    >>> net = nn.MLP(2, [3, 1], seed=0)
    >>> _ = nn.freeze(net.layers[0])
    >>> len(net.parameters()), len(nn.trainable(net))
    (13, 4)
    >>> optimizer = nn.Adam(nn.trainable(net))
    """
    if not isinstance(module, Module):
        raise TypeError(
            "a module is frozen; of single parameters leave those out of the optimizer that shall "
            f"stay; got {describe(module)}"
        )
    for inside in module.modules():
        vars(inside)["frozen"] = bool(frozen)
    return module


def frozen_in(model: Any) -> dict[int, str]:
    """The names of the parameters of frozen modules, by id."""
    names = {id(p): name for name, p in getattr(model, "named_parameters", dict)()}
    frozen = [m for m in getattr(model, "modules", list)() if vars(m).get("frozen")]
    return {id(p): names[id(p)] for module in frozen for p in module.parameters()}


def trainable(model: Any) -> list[Any]:
    """The parameters of a model that are in no frozen module: for an optimizer.

    A parameter that is in two modules is frozen if one of them is.
    """
    frozen = frozen_in(model)
    return [p for p in model.parameters() if id(p) not in frozen]
