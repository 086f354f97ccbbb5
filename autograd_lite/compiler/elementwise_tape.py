"""An elementwise formula as a tape: each of its operations once, a row for each leaf.

So an optimiser's step runs wherever a tape does, in a browser, too. Every operand is a run of
consecutive slots, one slot a leaf, also those that are the same for all leaves: what puts numbers
into the slots repeats them.
"""

from __future__ import annotations

from ..primitives import TABLE
from .elementwise import Elementwise
from .tape import Column, Instruction, Tape


def tape_of(formula: Elementwise, leaves: int) -> tuple[Tape, list[float]]:
    """The tape of a formula for so many leaves, and the literal numbers in the formula.

    Run k of `leaves` slots holds operand k: the data, the gradients, the states, the constants, and
    then the literal numbers. Outputs are the first slots of the new data and of the new states.

    >>> from autograd_lite.compiler.elementwise import Elementwise
    >>> from autograd_lite.compiler.elementwise_tape import tape_of
    >>> descend = Elementwise(lambda x, g, lr: (x - lr * g,), states=0, constants=1)
    >>> tape, literals = tape_of(descend, leaves=4)
    >>> [(i.op.name, i.rows, i.out) for i in tape.instructions], tape.outputs, literals
    ([('mul', 4, 12), ('sub', 4, 16)], [16], [])
    """
    literals, operations, outputs = formula.program
    rows = list(TABLE.values())
    inputs = 2 + formula.states + formula.constants + len(literals)
    instructions = []
    for k in range(0, len(operations), 3):
        op = rows[operations[k]]
        operands = operations[k + 1 : k + 1 + len(op.operands)]
        columns = tuple(
            Column(range(place * leaves, (place + 1) * leaves), False) for place in operands
        )
        out = (inputs + k // 3) * leaves
        instructions.append(Instruction(op, leaves, 0, out, False, columns))
    tape = Tape(
        instructions,
        uniform=(inputs + len(operations) // 3) * leaves,
        varying=0,
        constants={},
        captured=(),
        inputs=(),
        outputs=[place * leaves for place in outputs],
        guards=(),
        operations={},
    )
    return tape, list(literals)
