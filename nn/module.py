"""Module: something with parameters, found by looking at its attributes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from reprlib import recursive_repr

from autograd_lite import calls
from autograd_lite.calls import joined
from autograd_lite.compiler.elementwise import zero_grad
from autograd_lite.files import load, write_json
from autograd_lite.primitive import is_value
from autograd_lite.shortcuts import shortcuts
from autograd_lite.states import check_keys, numbers_for

from .modes import evaluating

__all__ = ["Module"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ParamSpec, Protocol, TypeVar

    from autograd_lite import Value
    from autograd_lite.calls import Keys

    Self = TypeVar("Self", bound="Module")
    P = ParamSpec("P")
    R = TypeVar("R", covariant=True)

    class Forward(Protocol[P, R]):
        """What has `forward`: its arguments and its result are those of a call."""

        def forward(self, *args: P.args, **named: P.kwargs) -> R: ...


class Module:
    """Base of neurons, layers and nets.

    Parameters are found in the attributes: Values, Modules, and lists, tuples and dicts of them
    (and NumPy arrays of Values), in the order in which they were assigned. Every leaf counts, so
    keep a number that shall not be trained as a float; results of operations do not count. A
    subclass defines `forward`; calling the module calls it, in a `scope` of its own: by the name of
    its class, or in the call of another module by its path there, such as "layers.0".

    Attributes:
        training: whether the module is being trained; see `train`.

    >>> import nn
    >>> from autograd_lite import Value
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data, len(line.parameters())
    (7.0, 2)
    """

    training: bool = True

    def forward(self, *args: Any, **named: Any) -> Any:
        """The output for an input; what it takes and gives is up to the subclass."""
        raise TypeError(f"{type(self).__name__} must define forward(self, x)")

    def __call__(self: Forward[P, R], *args: P.args, **named: P.kwargs) -> R:
        return calls.call(self, args, named)  # type: ignore[no-any-return]

    # What is inside -------------------------------------------------------------------------------

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Each parameter once, with the path of attributes that leads to it.

        >>> import nn
        >>> dict(nn.MLP(1, [1], seed=0).named_parameters())
        {'layers.0.w.0.0': Value(0.688844, label='w0'), 'layers.0.b.0': Value(0.515909, label='b')}
        """
        for keys, part in self._inside():
            if not isinstance(part, Module):
                yield joined(keys), part

    def parameters(self) -> list[Value]:
        """The parameters, each once, in order."""
        return [part for _, part in self._inside() if not isinstance(part, Module)]

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module, as "", and each module inside it once, with the path that leads to it.

        >>> import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 1), nn.ReLU()).named_modules()]
        ['', '0', '1']
        """
        yield "", self
        for keys, part in self._inside():
            if isinstance(part, Module):
                yield joined(keys), part

    def _inside(self) -> Iterator[tuple[Keys, Any]]:
        """Each leaf and each module inside this one once, with the keys that lead to it."""
        return _inside(self, (), {id(self)})

    def modules(self) -> list[Module]:
        """This module and those inside it, each once."""
        return [module for _, module in self.named_modules()]

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, or in lists and dicts that are."""
        seen = {id(self)}
        for keys, part in _parts(vars(self), ()):
            if isinstance(part, Module) and id(part) not in seen:
                seen.add(id(part))
                yield joined(keys), part

    def children(self) -> list[Module]:
        """The modules that are attributes of this one, or in lists and dicts that are."""
        return [module for _, module in self.named_children()]

    def apply(self: Self, function: Callable[[Module], Any]) -> Self:
        """Call `function` on each module inside, then on this one; gives the module itself.

        >>> import nn
        >>> net = nn.MLP(2, [2, 1])
        >>> _ = net.apply(lambda m: nn.init.zeros_(m.b) if isinstance(m, nn.Layer) else None)
        >>> [b.data for b in net.layers[0].b]
        [0.0, 0.0]
        """
        for module in reversed(self.modules()):
            function(module)
        return self

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        zero_grad(self.parameters())

    def train(self: Self, mode: bool = True) -> Self:
        """Set `training` of this module and those inside it; gives the module itself.

        Only Dropout asks. A compiled program keeps what it was traced with until `retrace()`.

        >>> import nn
        >>> net = nn.Sequential(nn.Linear(2, 1), nn.Dropout())
        >>> net.eval()[1].training
        False
        """
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self: Self) -> Self:
        """The same as `train(False)`."""
        return self.train(False)

    # An example ----------------------------------------------------------------------------------

    def example(self) -> Any:
        """The output for an example input, made of Values x0, x1 and so on: to draw the model.

        The numbers are the same each time. Dropout is off, and random generators stay as they were.

        Raises:
            TypeError: no input is known, or the model cannot take it.

        >>> import nn
        >>> nn.MLP(2, [3, 1]).example()[0].scope
        Scope('MLP/layers.1')
        """
        from autograd_lite.views.graph.example import example_of

        with evaluating(self):
            return example_of(self, self.example_input())

    def example_input(self) -> Any:
        """An input as `forward` takes it, or None if none is known: lists, 0.0 for each number.

        Ints stay as they are, for they are indices. Here it is that of the first module inside that
        knows one. Define it for a module of your own if that does not fit.

        >>> import nn
        >>> nn.Sequential(nn.Tanh(), nn.Linear(2, 1)).example_input()
        [0.0, 0.0]
        """
        for module in self.modules():
            if type(module).example_input is not Module.example_input:
                return module.example_input()
        return None

    # Keeping and bringing back --------------------------------------------------------------------

    def state_dict(self) -> dict[str, float]:
        """The number of each parameter, under its name.

        >>> import nn
        >>> net = nn.Linear(2, 1, seed=0)
        >>> list(net.state_dict())
        ['weight.0.0', 'weight.0.1', 'bias.0']
        """
        return {name: value.data for name, value in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Give the parameters the numbers of a state; no parameter is changed after an error.

        Args:
            state: as from `state_dict()`. Numbers may also stand in nested lists, arrays or
                tensors: "weight": [[1.0, 2.0]] is "weight.0.0": 1.0 and "weight.0.1": 2.0, so that
                the state of a PyTorch module with the same names can be loaded. A parameter that
                is in the module twice may be there under each of its names.

        Raises:
            ValueError: a parameter is missing, one is too many, or sizes differ.
            TypeError: the state is no mapping, or holds something that is not a number.

        >>> import nn
        >>> line = nn.Linear(2, 1)
        >>> line.load_state_dict({"weight": [[1.0, 2.0]], "bias": [0.5]})
        >>> line([1.0, 1.0])[0].data
        3.5
        """
        for parameter, number in zip(self.parameters(), numbers_for(self, state)):
            parameter.data = number

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a JSON file, each float exactly.

        The file is replaced at once: whoever stops the program finds the old file or the new one.

        >>> import nn, os, tempfile
        >>> net, path = nn.MLP(2, [3, 1]), os.path.join(tempfile.mkdtemp(), "m.json")
        >>> net.save(path)
        >>> twin = nn.MLP(2, [3, 1]).load(path)
        >>> twin.state_dict() == net.state_dict()
        True
        """
        write_json(path, self.state_dict(), indent=1)

    def load(self: Self, path: str | os.PathLike[str]) -> Self:
        """Read the parameters from a file that `save` has written; gives the module itself.

        Raises:
            OSError: there is no such file, or it cannot be read.
            ValueError: it holds no saved model, or that of another; no parameter is changed.
        """
        load(path, f"saved model that fits {type(self).__name__}", self.load_state_dict)
        return self

    # Showing --------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the brackets of `repr`: sizes and options."""
        return ""

    def one_line(self) -> str:
        """The module without what is inside: for messages and tables."""
        return f"{type(self).__name__}({self.extra_repr()})"

    @recursive_repr()
    def __repr__(self) -> str:
        inner = [f"({name}): {child!r}" for name, child in self.named_children()]
        if not inner:
            return self.one_line()
        lines = [self.extra_repr(), *inner] if self.extra_repr() else inner
        indented = "".join("  " + line.replace("\n", "\n  ") + "\n" for line in lines)
        return f"{type(self).__name__}(\n{indented})"

    def summary(self) -> str:
        """A table of the layers, with the number of parameters of each.

        >>> import nn
        >>> print(nn.MLP(2, [16, 1]).summary())
        name      layer                          parameters
        layers.0  Layer(2, 16, activation=relu)          48
        layers.1  Layer(16, 1, activation=None)          17
        total                                            65
        """
        rows, seen = [("name", "layer", "parameters")], set[int]()
        for name, module in self.named_modules():
            parameters = {id(x) for _, x in _parts(vars(module), ()) if not isinstance(x, Module)}
            parameters -= seen
            seen |= parameters
            if parameters or not module.children():
                rows.append((name, module.one_line(), f"{len(parameters):,}"))
        rows.append(("total", "", f"{len(seen):,}"))
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join(
            f"{name:{widths[0]}}  {layer:{widths[1]}}  {count:>{widths[2]}}"
            for name, layer, count in rows
        )


# What the attributes hold -------------------------------------------------------------------------


def _parts(thing: Any, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    """The leaves and modules in an attribute; what is in the modules is not looked at."""
    kind = type(thing)  # a weak proxy is of another class than what it stands for
    if is_value(thing):
        if thing.op is None:  # a result kept in an attribute is no parameter
            yield keys, thing
    elif issubclass(kind, Module):
        yield keys, thing
    elif issubclass(kind, dict):
        inside = {key: list(_parts(inner, (*keys, key))) for key, inner in thing.items()}
        check_keys(joined(keys), [key for key, parts in inside.items() if parts])
        for parts in inside.values():
            yield from parts
    elif issubclass(kind, (list, tuple)):
        for i, inner in enumerate(thing):
            if not is_value(inner):
                yield from _parts(inner, (*keys, i))
            elif inner.op is None:  # without a generator for each of thousands
                yield (*keys, i), inner
    elif hasattr(kind, "dtype") and getattr(thing.dtype, "kind", "") == "O":
        yield from _parts(thing.tolist(), keys)  # a NumPy array of Values


def _inside(module: Module, keys: Keys, seen: set[int]) -> Iterator[tuple[Keys, Any]]:
    """The leaves and modules in a module, at any depth, that have not been `seen`."""
    for part_keys, part in _parts(vars(module), keys):
        if id(part) not in seen:
            seen.add(id(part))
            yield part_keys, part
            if isinstance(part, Module):
                yield from _inside(part, part_keys, seen)


_scoped_call = shortcuts.scoped_call(Module, calls.name_in)
if _scoped_call is not NotImplemented:
    Module.__call__ = _scoped_call  # type: ignore[method-assign]
