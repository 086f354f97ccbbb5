"""A call of a compiled function that runs the function itself, where tracing it does not pay."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import engines, modes
from ..derivatives import gradients, rates_since
from ..primitive import is_value
from ..primitives import dot
from ..structure import NUMBER, flatten_all, unflatten
from .arguments import Arguments, Rows, Tangents, leaf_like
from .replay import not_one
from .specialization import Output
from .trace import is_number

if TYPE_CHECKING:
    from .program import Program


class Uncompiled:
    """One call, without a batch, with the answers that a `Replay` has.

    Attributes:
        captured: as of a replay; gradients are those with respect to the arguments alone.
    """

    captured = 0
    varying_gradients: tuple[Any, ...] = ()

    def __init__(self, program: Program, arguments: Arguments, rates: Tangents | None) -> None:
        self.program, self.arguments, self._rates = program, arguments, rates
        self._entries: list[Any] | None = None  # of the result

    def _run(self, on_given: bool = False) -> list[Any]:
        """The entries of the function's result, which is run but once.

        Args:
            on_given: whether on the Values among the arguments, or on leaves in their place.
        """
        if self._entries is None:
            self.inputs, values = [], []
            for x in self.arguments.given:
                if isinstance(x, Rows):
                    leaves = [leaf_like(number) for number in x.numbers]
                    values.append(x.entries(iter(leaves)))
                    self.inputs += leaves
                else:
                    values.append(x if on_given and is_value(x) else leaf_like(x))
                    self.inputs.append(values[-1])
            args, named = self.arguments.built(iter(values))
            self.result = self.program.run_function(args, named)
            self._entries = []
            self._key = flatten_all(self.result, self._entries)
        return self._entries

    def _shaped(self, of_value: Callable[[Any], Any], of_number: Callable[[Any], Any]) -> Any:
        """The result with something else in the place of each Value, or of the number it is."""
        entries: Iterator[Any] = (
            of_value(x) if is_value(x) else of_number(x) if is_number(x) else x for x in self._run()
        )
        return unflatten(self._key, entries)

    def numbers(self, rates: bool = False) -> Any:
        """The results, or their rates, in the structure of the function's result."""
        with modes.Mode("recording", True):
            entries = self._run()
        if not rates:
            alone = self._key == NUMBER and type(self.result) is not bool
            return self._shaped(lambda x: x._data, float if alone else lambda x: x)
        assert self._rates is not None
        ys = list(filter(is_value, entries))
        rates_given = [
            rate for x in self._rates.given for rate in (x.numbers if isinstance(x, Rows) else (x,))
        ]
        found = iter(rates_since(0, ys, self.inputs, rates_given)[0])
        return self._shaped(lambda x: next(found), lambda x: 0.0)

    @property
    def outputs(self) -> int:
        """How many Values the result has."""
        return len(self._values())

    def _values(self) -> list[Any]:
        with modes.Mode("recording", True):
            return list(filter(is_value, self._run()))

    @property
    def in_order(self) -> bool:
        """Whether all entries of the result are Values."""
        return self.outputs == len(self._run())

    def outline(self) -> tuple[Any, list[Any]]:
        """The structure of the result, and an `Output` or a constant for each of its entries."""
        self._values()
        places = itertools.count()
        return self._key, [Output(next(places)) if is_value(x) else x for x in self._run()]

    def runs_forward(self, inputs: int) -> bool:
        """Whether derivatives with respect to so many inputs are better taken forward."""
        return inputs <= self.outputs

    def directions(self, count: int, forward: bool, given: array[float]) -> array[float]:
        """How fast the outputs change in so many directions, or gradients of so many weightings."""
        ys, answers = self._values(), array("d")
        width = len(self.inputs) if forward else len(ys)
        for k in range(count):
            direction = given[k * width : (k + 1) * width]
            if forward:
                answers.extend(rates_since(0, ys, self.inputs, direction)[0])
            else:
                with modes.Mode("recording", True):
                    y = dot(ys, direction.tolist())
                answers.extend(gradients(y, self.inputs))
        return answers

    def nodes(self) -> Any:
        """The results as Values."""
        self._run(on_given=True)
        alone = self._key == NUMBER and type(self.result) is not bool
        return self._shaped(lambda x: x, engines.Value if alone else lambda x: x)

    def _one(self, on_given: bool = False) -> Any:
        """The one result of a function that is to be differentiated."""
        with modes.Mode("recording", True):
            entries = self._run(on_given)
        if self._key != NUMBER or not (is_value(entries[0]) or is_number(entries[0])):
            raise not_one(self.program.__name__, self.result)
        return entries[0]

    @property
    def uniform_gradient(self) -> array[float]:
        """The gradient with respect to the numbers among the arguments."""
        y = self._one()
        return array("d", gradients(y, self.inputs) if is_value(y) else [0.0] * len(self.inputs))

    def gradient(self) -> Any:
        """The gradient in the structure of the arguments, or of those that argnums names."""
        return self.arguments.shaped(self.slopes(), iter(()), self.program.argnums)

    def slopes(self) -> Iterator[Any]:
        """The gradient with respect to each number that is given, and each column of a sequence."""
        numbers = iter(self.uniform_gradient)
        slopes: list[Any] = []
        for x in self.arguments.given:
            if isinstance(x, Rows):
                own = array("d", islice(numbers, x.n * x.width))
                slopes += [own[j :: x.width] for j in range(x.width)]
            else:
                slopes.append(next(numbers))
        return iter(slopes)

    def pass_back(self) -> None:
        """Add to the `.grad` of every leaf, and of those that Value arguments depend on."""
        y = self._one(on_given=True)
        if is_value(y):
            y.backward()
