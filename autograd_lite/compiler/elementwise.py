"""Elementwise: one formula for each of many leaves, as the step of an optimiser wants it.

The formula is plain arithmetic, like a rule of the table. The Python engine runs it on floats,
leaf by leaf. For the native engine it is run once on Symbols, which gives a list of operations
that C then does for all leaves.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import cached_property

from ..modes import no_grad
from ..primitive import Primitive, Reduction, describe, plain, real
from ..primitives import TABLE
from ..shortcuts import shortcuts
from ..value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..formulas.symbol import Symbol


class Elementwise:
    """A formula that gives new data and new states for each of many leaves.

    Args:
        formula: `(data, grad, *states, *constants)` -> `(new data, *new states)`, in arithmetic
            and primitives of one and two operands.
        states: how many numbers are kept for each leaf between calls.
        constants: how many numbers are the same for all leaves.

    >>> from autograd_lite import Value
    >>> from autograd_lite.compiler.elementwise import Elementwise
    >>> descend = Elementwise(lambda x, g, lr: (x - lr * g,), states=0, constants=1)
    >>> x = Value(4.0)
    >>> (x * x).backward()
    >>> descend([x], [], [0.25])
    >>> x.data
    2.0
    """

    def __init__(self, formula: Callable[..., Any], states: int, constants: int) -> None:
        self.formula = formula
        self.states = states
        self.constants = constants

    @cached_property
    def program(self) -> tuple[array[float], array[int], array[int]]:
        """The formula as operations, made when it is first applied: an import need not wait."""
        from ..formulas.symbol import Symbol

        names = ["data", "grad", *(f"state{i}" for i in range(self.states))]
        names += [f"constant{i}" for i in range(self.constants)]
        inputs = [Symbol(name) for name in names]
        outputs = self.formula(*inputs)
        if not isinstance(outputs, tuple) or len(outputs) != 1 + self.states:
            raise TypeError(
                f"the formula must return the new data and {self.states} new states, as a tuple; "
                f"got {describe(outputs)}"
            )
        return _compiled(inputs, outputs)

    def new_states(self, count: int) -> list[array[float]]:
        """States of 0.0 for `count` leaves."""
        return [array("d", bytes(8 * count)) for _ in range(self.states)]

    def __call__(
        self, leaves: list[Any], states: Sequence[array[float]], constants: Sequence[float]
    ) -> None:
        """Apply the formula to each leaf (named once), whose states are the entries at its place.

        Raises:
            AttributeError: one of the Values is not a leaf; then nothing is changed.
            ValueError: states or constants are not as many as declared.
        """
        if len(states) != self.states or len(constants) != self.constants:
            raise ValueError(
                f"{self.states} states and {self.constants} constants are wanted, "
                f"got {len(states)} and {len(constants)}"
            )
        if any(len(state) != len(leaves) for state in states):
            raise ValueError(f"each state wants {len(leaves)} numbers, one per leaf")
        numbers = array("d", constants)
        leaves = leaves if type(leaves) is list else list(leaves)
        if shortcuts.elementwise(self.program, leaves, tuple(states), numbers) is None:
            return
        if shortcuts.formula(self, leaves, states, numbers) is None:
            return
        new = [
            self._at(leaf.data, leaf.grad, *(state[i] for state in states), *numbers)
            for i, leaf in enumerate(leaves)
        ]
        for leaf in leaves:
            leaf.data = leaf.data  # an interior node refuses before anything has changed
        for i, (leaf, (data, *kept)) in enumerate(zip(leaves, new)):
            leaf.data = data
            for state, number in zip(states, kept):
                state[i] = number

    def _at(self, *numbers: float) -> list[float]:
        """The formula at one leaf, by IEEE 754 where Python's own arithmetic raises."""
        try:
            return [real(x) for x in self.formula(*numbers)]
        except (ArithmeticError, TypeError):  # TypeError: a complex root
            with no_grad():
                return [plain(x) for x in self.formula(*map(Value, numbers))]


def _compiled(
    inputs: Sequence[Symbol], outputs: Sequence[Any]
) -> tuple[array[float], array[int], array[int]]:
    """Literal numbers; operations as (row's place in the table, x, y, ...); places of outputs.

    Places count inputs, then literals, then the results of the operations in order.
    """
    from ..formulas.symbol import Symbol, fold

    opcodes = {row: opcode for opcode, row in enumerate(TABLE.values())}
    places = {id(symbol): i for i, symbol in enumerate(inputs)}
    literals: dict[str, float] = {}  # by their text: 0.0 is not -0.0, and nan is nan
    operations = array("i")
    root = Symbol._apply("outputs", tuple(outputs))

    def literal(x: Any) -> None:
        if not isinstance(x, Symbol):
            literals.setdefault(repr(float(x)), float(x))

    def operation(node: Any, operands: list[Any]) -> Any:
        if node is root:
            return operands
        op = node.op  # a str for a comparison or `where`
        fixed = isinstance(op, Primitive) and not isinstance(op, Reduction) and op in opcodes
        if not fixed or len(operands) > 2:
            raise TypeError(f"{op} cannot be used in an elementwise formula")
        operations.extend((opcodes[op], operands[0], operands[-1]))
        return len(inputs) + len(literals) + len(operations) // 3 - 1

    fold(root, lambda node, operands: None, literal)
    numbers = {text: len(inputs) + i for i, text in enumerate(literals)}
    result = fold(
        root,
        operation,
        lambda x: places[id(x)] if isinstance(x, Symbol) else numbers[repr(float(x))],
    )
    return array("d", literals.values()), operations, array("i", result)


def zero_grad(leaves: list[Any]) -> None:
    """Set the gradient of each Value to 0."""
    if shortcuts.zero_grad(leaves) is not None:
        for leaf in leaves:
            leaf.grad = 0.0
