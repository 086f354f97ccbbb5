"""From a graph to a tape: operations in groups, results in contiguous slots.

`plan` puts operations of one kind that can run at the same time into one group, `place` gives each
result a slot, operands next to each other where it can, and `schedule` writes the tape.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ..primitive import Reduction
from .simplify import CONSTANT, DOT, Graph
from .tape import GROUPED, OPCODES, Column, Instruction, Tape


def schedule(graph: Graph, batched: Sequence[bool], operations: dict[str, int]) -> Tape:
    """The tape of a graph.

    Args:
        batched: which of its inputs differ from sample to sample.
        operations: for the summary; see `simplify.simplified`.
    """
    varying = varying_results(graph, batched)
    groups = plan(graph, varying)
    slots, uniform = place(graph, groups, varying)
    instructions = [_instruction(graph, group, slots, uniform) for group in groups]
    return Tape(
        instructions,
        uniform=uniform,
        varying=len(slots) - uniform,
        constants={slots[i]: graph.values[i] for i in slots if graph.ops[i] is CONSTANT},
        captured=[slots[i] for i in graph.captured],
        inputs=[slots[i] for i in graph.inputs],
        outputs=[slots[i] for i in graph.outputs],
        guards=[(sign, slots[x], slots[y], outcome) for sign, x, y, outcome, _ in graph.guards],
        operations={**operations, GROUPED: len(instructions)},
        reorder=graph.reorder,
    )


def varying_results(graph: Graph, batched: Sequence[bool]) -> set[int]:
    """The results that differ from sample to sample."""
    varying = {i for i, differs in zip(graph.inputs, batched) if differs}
    if varying:
        for i, args in enumerate(graph.args):
            if args and not varying.isdisjoint(args):
                varying.add(i)
    return varying


# Plan ---------------------------------------------------------------------------------------------


def plan(graph: Graph, varying: set[int]) -> list[list[int]]:
    """Groups of operations that run side by side: of one kind, with all their operands there.

    The kind with the most operations ready goes first, so that groups are few and large; what is
    uniform goes before everything else. Functions of a user go last, and then all that are ready,
    so that guards come before them and results of one call stay together.
    """
    ops, args, masked = graph.ops, graph.args, graph.masked
    missing = [0] * len(ops)  # operands that are not computed yet
    users: dict[int, list[int]] = {}
    kinds: dict[int, tuple[Any, int, bool]] = {}
    ready: tuple[dict[Any, list[int]], ...] = ({}, {})  # by kind; uniform ones and varying ones
    for i, operands in enumerate(args):
        if not operands:
            continue
        kinds[i] = (ops[i], len(operands), i in masked)
        for x in operands:
            if args[x]:
                missing[i] += 1
                users.setdefault(x, []).append(i)
        if not missing[i]:
            ready[i in varying].setdefault(kinds[i], []).append(i)
    groups: list[list[int]] = []
    while ready[0] or ready[1]:
        part = ready[0] or ready[1]
        done: list[int] = []
        rows = [kind for kind in part if kind[0] in OPCODES]
        for kind in [max(rows, key=lambda kind: len(part[kind]))] if rows else list(part):
            group = sorted(part.pop(kind))
            groups += _products(graph, group) if ops[group[0]] is DOT else [group]
            done += group
        for x in done:
            for i in users.get(x, ()):
                missing[i] -= 1
                if not missing[i]:
                    ready[i in varying].setdefault(kinds[i], []).append(i)
    return groups


def _products(graph: Graph, group: list[int]) -> list[list[int]]:
    """Dot products in parts that have one vector in common: a matrix times that vector."""
    args = graph.args
    half = len(args[group[0]]) // 2
    right = _by(group, lambda i: args[i][half:])
    left = _by(group, lambda i: args[i][:half])
    if len(left) < len(right):  # the common vector stands on the right
        for i in group:
            args[i] = (*args[i][half:], *args[i][:half])
        right = left
    single = [part[0] for part in right if len(part) == 1]
    return [part for part in right if len(part) > 1] + ([single] if single else [])


def _by(group: list[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    parts: dict[Hashable, list[int]] = {}
    for i in group:
        parts.setdefault(key(i), []).append(i)
    return list(parts.values())


# Place --------------------------------------------------------------------------------------------


def place(graph: Graph, groups: list[list[int]], varying: set[int]) -> tuple[dict[int, int], int]:
    """The slot of each result, and how many of them are uniform; these come first.

    Operands get slots in the order in which a group reads them, and each group is sorted by where
    its operands lie already, so that most columns of operands are consecutive slots.
    """
    args = graph.args
    slots: dict[int, int] = {}
    counts = [0, 0]

    def put(results: Sequence[int]) -> None:
        for i in results:
            if i not in slots:
                differs = i in varying
                slots[i] = -1 - counts[1] if differs else counts[0]  # until all are counted
                counts[differs] += 1

    def first_operand(i: int) -> int:
        slot = slots.get(args[i][0])
        return -1 if slot is None else abs(slot)

    for group in groups:
        group.sort(key=first_operand)
        for column, _, _ in _columns(graph, group):
            put(column)
        put(group)
    put((*graph.inputs, *graph.captured, *graph.roots()))
    uniform = counts[0]
    return {i: s if s >= 0 else uniform - 1 - s for i, s in slots.items()}, uniform


def _columns(graph: Graph, group: list[int]) -> list[tuple[list[int], bool, int]]:
    """For each operand of a group: the results that its rows read, one row after another.

    Also whether all rows read the same, and how many a row reads; 0 for one.
    """
    op, args = graph.ops[group[0]], graph.args
    arity = len(args[group[0]])
    if not isinstance(op, Reduction):
        return [([args[i][c] for i in group], False, 0) for c in range(arity)]
    width = arity // op.columns
    columns = []
    for c in range(op.columns):
        part = slice(c * width, (c + 1) * width)
        first = args[group[0]][part]
        shared = all(args[i][part] == first for i in group[1:])
        rows = group[:1] if shared else group
        columns.append(([x for i in rows for x in args[i][part]], shared, width))
    return columns


def _instruction(
    graph: Graph, group: list[int], slots: dict[int, int], uniform: int
) -> Instruction:
    first, columns = group[0], _columns(graph, group)
    return Instruction(
        graph.ops[first],
        len(group),
        columns[0][2],
        slots[first],
        first in graph.masked,
        tuple(Column.of([slots[i] for i in rows], shared, uniform) for rows, shared, _ in columns),
    )
