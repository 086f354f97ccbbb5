"""Chains taken apart into numbers, strings, lists and dicts, and put together again.

Files and pickles have tapes in forms of their own, so these come as functions. `kinds` says whether
a chain that was read holds together: then a replay need not look again.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .chain import Chain, Segment, Step
from .check import require
from .loop_operations import Body, Entry, Loop, Pack, Part
from .tape import Tape
from .trace import HOLDS

DEPTH = 16  # of loops in loops
NUMBER, SEQUENCE = "number", "sequence"  # kinds of results; that of a loop is the loop


class Forms(NamedTuple):
    """How tapes and numbers are written and read; a tape is read with a word for where it is.

    Attributes:
        most: the number of results that a chain may have.
    """

    tape_out: Callable[[Any], Any] = lambda tape: tape
    tape_in: Callable[[Any, str], Tape] = lambda tape, where: tape
    number_out: Callable[[float], Any] = float
    number_in: Callable[[Any], float] = float
    most: float = math.inf


# Apart --------------------------------------------------------------------------------------------


def chain_out(chain: Chain, forms: Forms) -> dict[str, Any]:
    """A chain in parts."""
    return {
        "size": chain.size,
        "captured": chain.captured,
        "inputs": chain.inputs,
        "outputs": chain.outputs,
        "constants": [[i, forms.number_out(x)] for i, x in chain.constants.items()],
        "guards": [list(guard) for guard in chain.guards],
        "operations": chain.operations,
        "steps": [_step_out(step, forms) for step in chain.steps],
    }


def _step_out(step: Segment | Step, forms: Forms) -> dict[str, Any]:
    if isinstance(step, Segment):
        return {
            "segment": forms.tape_out(step.tape), "sources": list(step.sources),
            "targets": list(step.targets), "guards": list(step.guards),
        }  # fmt: skip
    op: Any = step.op
    found: dict[str, Any]
    if isinstance(op, Loop):
        found = {"loop": _loop_out(op, forms)}
    elif isinstance(op, Part):
        found = {"part": list(op.key)}
    else:
        found = {"entry": op.i} if isinstance(op, Entry) else {"pack": len(step.args)}
    return {**found, "args": list(step.args), "out": step.out}


def _loop_out(op: Loop, forms: Forms) -> dict[str, Any]:
    return {
        "body": _body_out(op.body, forms),
        "while": op.while_ and _body_out(op.while_, forms),
        "fixed": [x and [forms.number_out(y) for y in x] for x in op.fixed],
        "backwards": op.backwards,
        "every": op.every,
    }


def _body_out(body: Body, forms: Forms) -> dict[str, Any]:
    program = body.program
    counts = {"carried": body.carried, "entries": body.entries, "captured": body.captured}
    if isinstance(program, Chain):
        return {**counts, "chain": chain_out(program, forms)}
    return {**counts, "tape": forms.tape_out(program)}


# Together -----------------------------------------------------------------------------------------

CHAIN = {
    "size": int, "captured": [int], "inputs": [int], "outputs": [int],
    "constants": [(int, float)], "guards": [(str, int, int, bool)], "operations": {str: int},
    "steps": [object],
}  # fmt: skip
SEGMENT = {"segment": object, "sources": [int], "targets": [int], "guards": [int]}
STEP = {"args": [int], "out": int}
LOOP = {"body": object, "while": object, "fixed": [object], "backwards": bool, "every": int}
BODY = {"carried": int, "entries": int, "captured": int}


def chain_in(
    x: Any, forms: Forms, look: Callable[..., None], batched: Sequence[bool] = (), depth: int = 0
) -> Chain:
    """The chain that `chain_out` took apart.

    Args:
        forms: as for `chain_out`.
        look: raises unless its first argument has the form of the second; then come words for
            where it is.
        batched: which inputs differ from sample to sample; none unless it says so.
        depth: how many loops it is in.
    """
    require(depth <= DEPTH, "chain", f"{depth} loops in one another")
    look(x, CHAIN, "chain")
    require(0 <= x["size"] <= forms.most, "chain", f"{x['size']} results, at most {forms.most}")
    steps: list[Any] = []
    loops: dict[int, Any] = {}
    for i, step in enumerate(x["steps"], start=1):
        where = f"step {i}"
        require(type(step) is dict and len(step) > 2, where, "an object is wanted")
        if "segment" in step:
            look(step, SEGMENT, where)
            tape = forms.tape_in(step["segment"], where)
            steps.append(Segment(tape, step["sources"], step["targets"], step["guards"]))
            continue
        kind = next(iter(step))
        look(step, {kind: object, **STEP}, where)
        op = _op_in(kind, step, loops, where, forms, look, depth)
        steps.append(Step(op, tuple(step["args"]), step["out"]))
        loops[step["out"]] = op
    chain: Chain = Chain.__new__(Chain)
    chain.size, chain.operations = x["size"], x["operations"]
    chain.captured, chain.inputs, chain.outputs = x["captured"], x["inputs"], x["outputs"]
    chain.batched = list(batched) or [False] * len(chain.inputs)
    chain.guards = [tuple(guard) for guard in x["guards"]]
    chain.constants = {i: forms.number_in(y) for i, y in x["constants"]}
    chain.steps = steps
    chain.begin()
    return chain


def _op_in(
    kind: str, step: Any, loops: dict[int, Any], where: str, forms: Forms, look: Any, depth: int
) -> Any:
    found = step[kind]
    if kind == "loop":
        return _loop_in(found, where, forms, look, depth)
    if kind == "part":
        look(found, (str, int), where)
        loop = loops.get(step["args"][0]) if len(step["args"]) == 1 else None
        require(isinstance(loop, Loop), where, "a part of no loop")
        return Part(loop, *found)  # type: ignore[arg-type]
    require(kind in ("pack", "entry"), where, f"unknown {kind!r:.40}")
    look(found, int, where)
    return Pack() if kind == "pack" else Entry(found)


def _loop_in(x: Any, where: str, forms: Forms, look: Any, depth: int) -> Loop:
    look(x, LOOP, where)
    fixed = []
    for column in x["fixed"]:
        if column is not None:
            look(column, [float], where)
            require(column, where, "a sequence without numbers")
            column = array("d", map(forms.number_in, column))
        fixed.append(column)
    body = _body_in(x["body"], where, forms, look, depth)
    while_ = None if x["while"] is None else _body_in(x["while"], where, forms, look, depth)
    every = x["every"]
    require(1 <= every <= (sys.maxsize if while_ is None else 1), where, f"every {every} steps")
    require(len(fixed) == body.entries, where, f"{len(fixed)} xs, {body.entries} in a step")
    return Loop(body, fixed, x["backwards"], every, while_)


def _body_in(x: Any, where: str, forms: Forms, look: Any, depth: int) -> Body:
    require(type(x) is dict, where, "an object is wanted")
    kind = "chain" if "chain" in x else "tape"
    look(x, {**BODY, kind: object}, where)
    counts = [x[name] for name in BODY]
    program: Any
    if kind == "tape":
        program = forms.tape_in(x["tape"], where)
    else:
        program = chain_in(x["chain"], forms, look, depth=depth + 1)
    outputs = len(program.outputs)
    require(min(counts) >= 0 and counts[0] <= outputs, where, f"{counts} and {outputs} outputs")
    return Body.of(program, *counts)


# Whether it holds together ------------------------------------------------------------------------


def kinds(program: Any, given: Sequence[Any], where: str) -> list[Any]:
    """The kinds of the outputs of a tape or a chain, for those of its inputs.

    Args:
        given: of captured leaves and inputs, in order.

    Raises:
        TapeError: a result is read before it is there, is there twice, or is of another kind than
            what reads it; or an entry is beyond the end of its sequence.
    """
    if not isinstance(program, Chain):
        wanted = len(program.captured) + len(program.inputs)
        require(len(given) == wanted, where, f"{wanted} inputs, {len(given)} are given")
        require(not program.captured and not program.varying_inputs, where, "no tape of a step")
        require(all(kind == NUMBER for kind in given), where, "numbers are wanted")
        return [NUMBER] * len(program.outputs)
    places = [*program.captured, *program.inputs]
    require(len(given) == len(places), where, f"{len(places)} inputs, {len(given)} are given")
    found: dict[int, Any] = {}
    lengths: dict[int, float] = {}  # of loops and sequences, where they are known

    def put(i: int, kind: Any) -> None:
        require(0 <= i < program.size and i not in found, where, f"result {i} of {program.size}")
        found[i] = kind

    def all_are(several: Sequence[int], kind: str) -> None:
        for i in several:
            require(found.get(i) == kind, where, f"result {i} is no {kind}")

    for i in program.constants:
        put(i, NUMBER)
    for i, kind in zip(places, given):
        put(i, kind)
    for step in program.steps:
        if isinstance(step, Segment):
            all_are(step.sources, NUMBER)
            kinds(step.tape, [NUMBER] * len(step.sources), where)
            counts = len(step.targets), len(step.guards)
            fits = (len(step.tape.outputs), len(step.tape.guards)) == counts
            require(fits, where, f"targets and guards {counts}")
            require(all(0 <= k < len(program.guards) for k in step.guards), where, "guards")
            for i in step.targets:
                put(i, NUMBER)
            continue
        op: Any = step.op
        if isinstance(op, Loop):
            _check_loop(op, [found.get(i) for i in step.args], where)
            lengths[step.out] = program.constants.get(step.args[0], 0.0)
            put(step.out, op)
        elif isinstance(op, Part):
            kind, j = op.key
            body = op.loop.body
            most = {"last": body.carried, "before": body.carried, "each": body.ys}.get(kind, 0)
            require(found.get(step.args[0]) is op.loop and 0 <= j < most, where, f"part {op.key}")
            lengths[step.out] = lengths[step.args[0]]
            put(step.out, NUMBER if kind == "last" else SEQUENCE)
        elif isinstance(op, Pack):
            all_are(step.args, NUMBER)
            lengths[step.out] = len(step.args)
            put(step.out, SEQUENCE)
        else:
            require(len(step.args) == 1, where, "an entry of one sequence is wanted")
            all_are(step.args, SEQUENCE)
            n = lengths.get(step.args[0], 0.0)
            require(0 <= op.i < n, where, f"entry {op.i} of a sequence of {n:g}")
            put(step.out, NUMBER)
    for sign, x, y, _ in program.guards:
        require(sign in HOLDS, where, f"unknown sign {sign!r:.40}")
        all_are((x, y), NUMBER)
    require(all(i in found for i in program.outputs), where, "outputs")
    return [found[i] for i in program.outputs]


def _check_loop(op: Loop, given: list[Any], where: str) -> None:
    body, more = op.body, 0 if op.while_ is None else op.while_.captured
    own = sum(x is None for x in op.fixed)
    count = 1 + body.carried + own + body.captured + more
    require(len(given) == count, where, f"a loop of {count} operands, got {len(given)}")
    first = [NUMBER] * (1 + body.carried) + [SEQUENCE] * own
    require(given[: len(first)] == first, where, "the operands of a loop")
    require(all(kind in (NUMBER, SEQUENCE) for kind in given), where, "the operands of a loop")
    captured, rest = given[len(first) : count - more], given[count - more :]
    outputs = kinds(body.program, [NUMBER] * (body.carried + body.entries) + captured, where)
    require(all(kind == NUMBER for kind in outputs), where, "a step gives numbers")
    if op.while_ is not None:
        check = op.while_
        require(check.carried == check.entries == 0 == len(op.fixed), where, "a condition")
        outputs = kinds(check.program, [NUMBER] * body.carried + rest, where)
        require(outputs == [NUMBER], where, "the condition of a loop gives a number")
