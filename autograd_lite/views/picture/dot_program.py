"""A compiled program in the DOT language: its instructions, and a frame around the step of a loop.

The origin of a number is the name of the node that makes it; "" is a constant, which has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .dot_text import record_text

if TYPE_CHECKING:  # not at run time: a program that is drawn has loaded the compiler
    from ...compiler.chain import Chain
    from ...compiler.loop_operations import Loop
    from ...compiler.tape import Tape


def draw_program(graph: Any, program: Tape | Chain) -> None:
    """Add a tape, or a chain of tapes and loops, to a graphviz.Digraph."""
    graph.attr("edge", fontname="Helvetica", fontsize="9", color="gray40")
    drawing = _Drawing(graph)
    given = []
    for name, one, count in (
        ("leaves", "leaf", len(program.captured)),
        ("inputs", "input", len(program.inputs)),
    ):
        if count:
            graph.node(name, f"{count} {name if count > 1 else one}", shape="oval")
        given += [name] * count
    results = drawing.program(graph, program, given, "i")
    for k, source in enumerate(results):
        graph.node(f"o{k}", f"result {k}" if len(results) > 1 else "result", shape="oval")
        if source:
            graph.edge(source, f"o{k}")


class _Drawing:
    """Nodes go into a frame, edges into the whole: an edge would draw both its ends into a frame.

    Attributes:
        graph: the whole.
    """

    def __init__(self, graph: Any) -> None:
        self.graph = graph

    def program(self, frame: Any, program: Any, given: Iterable[str], prefix: str) -> list[str]:
        """The nodes of a program, for the origins of its leaves and inputs; those of its outputs.

        Args:
            frame: where its nodes are.
            prefix: of their names.
        """
        draw = self.chain if hasattr(program, "steps") else self.tape
        return draw(frame, program, given, prefix)

    def tape(self, frame: Any, tape: Tape, given: Iterable[str], prefix: str) -> list[str]:
        origin = dict.fromkeys(tape.constants, "")
        origin.update(zip((*tape.captured, *tape.inputs), given))
        for k, instruction in enumerate(tape.instructions):
            name = f"{prefix}{k}"
            width = f" of {instruction.width}" if instruction.width else ""
            rows = "1 row" if instruction.rows == 1 else f"{instruction.rows} rows"
            frame.node(name, f"{{ {record_text(instruction.op.name)} | {rows}{width} }}")
            slots = (slot for column in instruction.columns for slot in column.slots)
            self.edges([origin[slot] for slot in slots], name)
            for row in range(instruction.rows):
                origin[instruction.out + row] = name
        return [origin[slot] for slot in tape.outputs]

    def chain(self, frame: Any, chain: Chain, given: Iterable[str], prefix: str) -> list[str]:
        origin: dict[int, Any] = dict.fromkeys(chain.constants, "")
        origin.update(zip((*chain.captured, *chain.inputs), given))
        step: Any
        for k, step in enumerate(chain.steps):
            name = f"{prefix}{k}_"
            if hasattr(step, "tape"):
                sources = [origin[i] for i in step.sources]
                origin.update(zip(step.targets, self.tape(frame, step.tape, sources, name)))
                continue
            operands = [origin[i] for i in step.args]
            if hasattr(step.op, "body"):
                count = chain.constants.get(step.args[0], -1.0)
                origin[step.out] = self.loop(frame, step.op, operands, count, name)
            elif isinstance(operands[0], dict):  # a part of a loop
                origin[step.out] = operands[0][step.op.key]
            else:
                i = getattr(step.op, "i", None)
                frame.node(name, "a sequence" if i is None else f"entry {i}", shape="oval")
                self.edges(operands, name)
                origin[step.out] = name
        return [origin[i] for i in chain.outputs]

    def loop(
        self, around: Any, loop: Loop, operands: Sequence[str], count: float, prefix: str
    ) -> dict[Any, str]:
        """The step of a loop in a frame; gives the origins of its parts.

        Args:
            count: how many steps; below 0 if that differs from call to call.
        """
        body = loop.body
        counted, start, xs, captured, more = loop.split(operands)
        times = f"{count:,.0f}" if count >= 0.0 else "n"
        state, x, until = (f"{prefix}{what}" for what in ("state", "x", "while"))
        with around.subgraph(name=f"cluster_{prefix}") as frame:
            frame.attr(label=f"a step, × {times}, chained", style="rounded", color="gray40",
                       fontname="Helvetica", fontsize="11")  # fmt: skip
            frame.node(state, f"state: {_numbers(body.carried)}", shape="oval")
            if body.entries:
                frame.node(x, f"x: {_numbers(body.entries)}", shape="oval")
            inputs = [*[state] * body.carried, *[x] * body.entries, *captured]
            made = self.program(frame, body.program, inputs, prefix)
            if loop.while_ is not None:
                inputs = [*[state] * body.carried, *more]
                (condition,) = self.program(frame, loop.while_.program, inputs, until)
                frame.node(until, "while it is not 0", shape="oval")
                self.edges([condition], until)
        after, ys = made[: body.carried], made[body.carried :]
        for source in dict.fromkeys(after):
            if source not in ("", state):
                self.graph.edge(source, state, label="next", style="dashed", constraint="false")
        self.edges(start, state)
        self.edges([source for source in xs if isinstance(source, str)], x)
        if counted:
            self.graph.edge(counted, state, label="n", style="dashed")
        parts = {("before", j): state for j in range(body.carried)}
        parts |= {("last", j): source for j, source in enumerate(after)}
        return parts | {("each", j): source for j, source in enumerate(ys)}

    def edges(self, sources: Iterable[str], target: str) -> None:
        """An edge from each origin, labelled with how many operands come from there."""
        for source, count in Counter(sources).items():
            if source:
                self.graph.edge(source, target, label=str(count))


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
