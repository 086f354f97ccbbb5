"""Programs as files: the tapes they keep, with the leaves these read.

A file is JSON to look at, with every float exact; nothing in it is ever run or imported. FORM is
what a document looks like; `check` says whether its tapes hold together.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from .. import engines
from ..files import as_json, from_json, parsed, write
from ..primitive import describe
from ..structure import NUMBER, constant, count_of, entries_of, outline
from .chain import Chain
from .chain_parts import NUMBER as ONE
from .chain_parts import SEQUENCE, Forms, chain_in, chain_out, kinds
from .check import MOST, check, require
from .errors import TapeError
from .replay import REDUCTIONS
from .saved_function import SavedFunction
from .specialization import Output, OutputSequence, Specialization
from .tape import OPCODES, ROWS, WORDS_OF_0_1_0, Column, Instruction, Tape

if TYPE_CHECKING:
    from .saved_function import Tapes

FORMAT = "autograd_lite program"
VERSION, WITH_LOOPS = 1, 2  # of programs without loops, which older versions read; and with
DEPTH = 64  # of nested arguments and results
BY_NAME = {row.name: row for row in ROWS}
WORDS = WORDS_OF_0_1_0 | {x: x for x in ("inputs", "outputs", "operations", "reorder")}
ODD_FLOATS = ("nan", "inf", "-inf")  # see `files.as_json`
LARGEST_INT = 2**63
LARGEST = sys.float_info.max
# A type stands for a value of it (`float` for ints and the names of odd floats, too, `object` for
# anything), [form] for a list, (form, form) for a list of just these, {str: form} for an object of
# any keys; in other objects all keys are wanted but those with a question mark. A file says `gated`
# for masked, and of a tape WORDS.
INSTRUCTION = {
    "op": str, "rows": int, "width": int, "out": int, "gated": bool, "shared": [bool],
    "columns": [[int]],
}  # fmt: skip
TAPE = {
    "same": int, "lanes": int, "constants": [(int, float)],
    "outer": [int], "inputs": [int], "outputs": [int], "guards": [(str, int, int, bool, str)],
    "reorder?": bool,
    "operations": {str: int}, "instructions": [INSTRUCTION],
}  # fmt: skip
OF_A_CALL = {"arguments": [(object, object)], "result": object, "leaves": [int]}
WITH_LOOP = {**OF_A_CALL, "chain": object, "lines": [str]}  # in version 2; see `chain_parts`
FORM = {
    "format": str,
    "version": int,
    "name": str,
    "batch": object,
    "static": [object],
    "argnums?": object,
    "sequences?": [object],
    "primitives": {str: [str]},
    "leaves": [{"data": float, "label?": str}],
    "tapes": [object],  # each OF_A_CALL with TAPE, or WITH_LOOP
}  # fmt: skip


# To JSON ------------------------------------------------------------------------------------------


def save(
    path: Any, name: str, tapes: Tapes, batch: str | None, static: Iterable[Any], argnums: Any,
    sequences: Iterable[Any] = (),
) -> None:  # fmt: skip
    """Write tapes to a file; see `Program.save`."""
    write(path, _laid_out(document(name, tapes, batch, static, argnums, sequences), 4) + "\n")


def document(
    name: str, tapes: Tapes, batch: str | None, static: Iterable[Any], argnums: Any = None,
    sequences: Iterable[Any] = (),
) -> dict[str, Any]:  # fmt: skip
    """The tapes of a program as lists, dicts, strings and numbers."""
    if not tapes:
        raise ValueError(
            f"{name} has no tape to save yet: call it first, with arguments of each "
            "structure that the saved program shall take"
        )
    for x in static:
        if type(x) not in (str, int):
            raise TypeError(f"static {describe(x)} cannot be saved")
    used: dict[str, None] = {}
    forms = Forms(lambda tape: _tape_out(tape, [""] * len(tape.guards), used), number_out=as_json)
    leaves: dict[int, Any] = {}
    for specializations in tapes.values():
        for specialization in specializations:
            leaves.update((id(leaf), leaf) for leaf in specialization.leaves())
    places = {key: i for i, key in enumerate(leaves)}
    saved = [
        {
            "arguments": [[arg, _out(x, f"argument {arg}", _argument_out)] for arg, x in key],
            "result": _result_out(specialization),
            "leaves": [places[id(leaf)] for leaf in specialization.leaves()],
            **_program_out(specialization, forms, used),
        }
        for key, specializations in tapes.items()
        for specialization in specializations
    ]
    loops = any("chain" in tape for tape in saved)
    return {
        "format": FORMAT,
        "version": WITH_LOOPS if loops else VERSION,
        "name": str(name),
        "batch": batch,
        "static": sorted(static, key=str),
        **({} if argnums is None else {"argnums": argnums}),
        **({"sequences": sorted(sequences, key=str)} if sequences else {}),
        "primitives": {row: list(BY_NAME[row].operands) for row in used},
        "leaves": [_leaf_out(leaf) for leaf in leaves.values()],
        "tapes": saved,
    }


def _laid_out(x: Any, levels: int) -> str:
    """JSON with the entries of the upper levels on lines of their own."""
    nested = isinstance(x, (list, dict)) and any(
        isinstance(entry, (list, dict)) for entry in (x.values() if isinstance(x, dict) else x)
    )
    if not nested or levels == 0:
        return json.dumps(x, allow_nan=False)
    if isinstance(x, dict):
        entries = [f"{json.dumps(key)}: {_laid_out(x[key], levels - 1)}" for key in x]
    else:
        entries = [_laid_out(entry, levels - 1) for entry in x]
    start, end = "{}" if isinstance(x, dict) else "[]"
    lines = ",\n".join(entries).replace("\n", "\n ")
    return f"{start}\n {lines}\n{end}"


def _out(key: Any, where: str, leaf: Callable[[Any, str], Any], depth: int = 0) -> Any:
    """A key as JSON; `leaf` writes what in it has no entries."""
    if depth > DEPTH:
        raise TypeError(f"{where} is nested deeper than the {DEPTH} levels that can be saved")
    if key == NUMBER or key[0] in ("constant", "array", "samples", "sequence"):
        return leaf(key, where)
    kind = key[0]
    if kind not in ("dict", "list") and kind is not tuple:
        name = (key[1][0] if isinstance(kind, str) else kind).__name__
        raise TypeError(f"{where} is a {name}, which a file cannot hold: use a tuple or a dict")
    entries = [_out(x, where, leaf, depth + 1) for x in entries_of(key)]
    if kind == "dict":
        return {"dict": [[_constant_out(k, where), x] for k, x in zip(key[1], entries)]}
    return {"list" if kind == "list" else "tuple": entries}


def _argument_out(key: Any, where: str) -> Any:
    if key == NUMBER:
        return "number"
    kind = key[0]
    if kind == "constant":
        return _constant_out(key[1].x, where)
    if kind in ("samples", "sequence"):
        return {f"{kind} of arrays" if len(key) > 2 else kind: list(key[1])}
    if 0 in key[1][1:]:
        raise TypeError(f"{where} is {outline(key)}, without numbers, which a file cannot hold")
    return {"array": list(key[1])}


def _result_out(specialization: Specialization) -> Any:
    entries = iter(specialization.entries)

    def entry_out(x: Any, where: str) -> Any:
        if isinstance(x, OutputSequence):
            return {"sequence of outputs": [_out(x.key, where, _argument_out), x.outputs]}
        return {"output": x.number} if isinstance(x, Output) else _constant_out(x, where)

    def leaf_out(key: Any, where: str) -> Any:
        if key == NUMBER:
            return entry_out(next(entries), where)
        parts = [entry_out(x, where) for x in islice(entries, math.prod(key[1]))]
        return {"array of outputs": [list(key[1]), parts]}

    return _out(specialization.key, "the result", leaf_out)


def _constant_out(x: Any, where: str) -> Any:
    if x is None or type(x) in (bool, str) or (type(x) is int and abs(x) < LARGEST_INT):
        return {"constant": x}
    if type(x) is float:
        return {"float": as_json(x)}
    raise TypeError(
        f"{where} holds {describe(x)}, which a file cannot: only numbers, strings, True, False, "
        "None, and lists, tuples and dicts of them can be saved"
    )


def _leaf_out(leaf: Any) -> dict[str, Any]:
    if leaf.label is not None and type(leaf.label) is not str:
        raise TypeError(f"a leaf's label is a string in a file, got {describe(leaf.label)}")
    data = {"data": as_json(leaf._data)}
    return data if leaf.label is None else {**data, "label": leaf.label}


def _program_out(
    specialization: Specialization, forms: Forms, used: dict[str, None]
) -> dict[str, Any]:
    tape, lines = specialization.tape, specialization.lines
    if isinstance(tape, Chain):
        return {"chain": chain_out(tape, forms), "lines": lines}
    return _tape_out(tape, lines, used)


def _tape_out(tape: Tape, lines: list[str], used: dict[str, None]) -> dict[str, Any]:
    used.update((instruction.op.name, None) for instruction in tape.instructions)
    return {
        **{word: getattr(tape, name) for word, name in WORDS.items()},
        "constants": [[slot, as_json(x)] for slot, x in tape.constants.items()],
        "guards": [[*guard, line] for guard, line in zip(tape.guards, lines)],
        "instructions": [
            {
                "op": instruction.op.name,
                "rows": rows,
                "width": instruction.width,
                "out": out,
                "gated": instruction.masked,
                "shared": [column.shared for column in instruction.columns],
                "columns": [list(column.slots) for column in instruction.columns],
            }
            for instruction in tape.instructions
            for rows, out in _runs(instruction)
        ],
    }


def _runs(instruction: Instruction) -> list[tuple[int, int]]:
    """(rows, out): equal rows apart, so that a file is as long as the tape that it stands for."""
    op, rows, out = instruction.op, instruction.rows, instruction.out
    if op not in OPCODES:
        raise TypeError(
            f"{op.name} cannot be saved: a file holds built-in operations, and no primitives of "
            "your own (compose them of these), nor functions that only derivatives of high order "
            "need, nor Bessel functions above order 3; pickle the program"
        )
    if not all(column.shared for column in instruction.columns):
        return [(rows, out)]
    return [(1, out + r) for r in range(rows)]


# From JSON ----------------------------------------------------------------------------------------


def load(path: Any) -> tuple[SavedFunction, str | None, Any]:
    """The tapes in a file, as a function; what to make of a batch; argnums. See `load_program`."""
    with open(path, "rb") as file:
        content = file.read()
    refused = f"{os.fsdecode(path)} is no program that can be loaded"
    try:
        return _program_in(parsed(content), len(content))
    except RecursionError:
        raise TapeError(f"{refused}: it is nested too deeply") from None
    except ValueError as error:
        raise TapeError(f"{refused}: {error}") from error


def _check_form(x: Any, form: Any, *where: Any) -> None:
    """Raise unless `x` looks like `form`; see FORM. `where` it is: names, and places in lists."""
    if isinstance(form, type):
        ok = form is object or type(x) is form
        if form is float:  # JSON as Python reads it has nan and inf of its own, and any int
            ok = type(x) in (float, int) and abs(x) <= LARGEST
            ok = ok or (type(x) is str and x in ODD_FLOATS)
        if not ok:
            require(False, _told(where), f"{form.__name__} is wanted, got {describe(x)}")
    elif isinstance(form, dict):
        if type(x) is not dict:
            require(False, _told(where), f"an object is wanted, got {describe(x)}")
        if str in form:
            form = dict.fromkeys(x, form[str])
        if form.keys() != x.keys():  # some may be left out
            names = {name.rstrip("?"): name for name in form}
            missing = [name for name in form if name not in x and name[-1:] != "?"]
            unknown = [name for name in x if name not in names]
            if missing or unknown:
                require(False, _told(where), f"without {missing}, unknown {unknown!r:.60}")
            form = {name: form[names[name]] for name in x}
        for name, entry in x.items():
            wanted = form[name]
            if type(entry) is not wanted or wanted is float:  # a short way for most
                _check_form(entry, wanted, *where, name)
    else:
        if type(x) is not list:
            require(False, _told(where), f"a list is wanted, got {describe(x)}")
        if type(form) is not list and len(x) != len(form):
            require(False, _told(where), f"{len(form)} are wanted")
        if type(form) is tuple:
            for i, (entry, one) in enumerate(zip(x, form), 1):
                _check_form(entry, one, *where, i)
            return
        (one,) = form
        for i, entry in enumerate(x, 1):
            if type(entry) is not one or one is float:  # a short way for most
                _check_form(entry, one, *where, i)


def _told(where: Sequence[Any]) -> str:
    return "".join([f" {x}" if type(x) is int else f", {x}" for x in where])[2:]


def _program_in(x: Any, size: int) -> tuple[SavedFunction, str | None, Any]:
    """The program in a document that was read from `size` bytes."""
    require(type(x) is dict and x.get("format") == FORMAT, "format", f"it does not say {FORMAT!r}")
    version = x.get("version")
    require(
        type(version) is int and version in (VERSION, WITH_LOOPS),
        "version",
        f"{describe(version)}; this is for versions {VERSION} and {WITH_LOOPS}",
    )
    _check_form(x, FORM, "program")
    for i, tape in enumerate(x["tapes"], start=1):
        loops = type(tape) is dict and "chain" in tape
        _check_form(tape, WITH_LOOP if loops else {**OF_A_CALL, **TAPE}, "program", "tapes", i)
    batch = x["batch"]
    require(batch is None or batch in REDUCTIONS, "batch", f"unknown {describe(batch)}")
    for option in ("static", "sequences"):
        some = {*map(type, x.get(option, ()))}
        require(some <= {int, str}, option, "ints and strings are wanted")
    both = {*x["static"]} & {*x.get("sequences", ())}
    require(not both, "sequences", f"{both} in static, too")
    argnums = x.get("argnums")
    if type(argnums) not in (int, type(None)):
        _check_form(argnums, [int], "argnums")
        require(argnums, "argnums", "a place or several are wanted")
    for row, operands in x["primitives"].items():
        require(row in BY_NAME, f"primitive {row!r:.40}", "it is not in the table")
        known = list(BY_NAME[row].operands)
        require(operands == known, row, f"it has the operands {known} in this version")
    leaves = [
        engines.Value(float(from_json(leaf["data"])), leaf.get("label")) for leaf in x["leaves"]
    ]
    tapes: Tapes = {}
    for i, tape in enumerate(x["tapes"], start=1):
        try:
            key, specialization = _tape_in(tape, leaves, x, size)
        except TapeError as error:
            raise TapeError(f"tape {i}, {error}") from None
        tapes.setdefault(key, []).append(specialization)
    require(tapes, "program", "it has no tape")
    function = SavedFunction(x["name"], tapes, x["static"], x.get("sequences", ()))
    return function, batch, argnums


def _tape_in(x: Any, leaves: list[Any], program: Any, size: int) -> tuple[Any, Specialization]:
    names = [name for name, _ in x["arguments"]]
    positional = [name for name in names if type(name) is int]
    require(
        names[: len(positional)] == list(range(len(positional)))
        and {*map(type, names[len(positional) :])} <= {str}
        and len(set(names)) == len(names),
        "arguments",
        f"names {names!r:.60}",
    )
    key = tuple(
        (name, _in(entry, f"argument {name}", _argument_in)) for name, entry in x["arguments"]
    )
    primitives, tape = program["primitives"], None  # type: Any, Any
    if "chain" in x:
        tape = _chain_in(x["chain"], key, primitives, size, program["batch"])
    else:
        tape = _bare_tape_in(x, primitives, size)
        _check_arguments(key, tape, program["batch"])
    result, entries, outputs = _result_in(x["result"])
    require(outputs == list(range(len(tape.outputs))), "result", f"outputs {outputs!r:.60}")
    places = x["leaves"]
    require(len(places) == len(tape.captured), "leaves", f"{len(places)} of them")
    require(all(0 <= i < len(leaves) for i in places), "leaves", f"{places!r:.60}")
    lines = x["lines"] if "chain" in x else [guard[4] for guard in x["guards"]]
    require(len(lines) == len(tape.guards), "lines", f"{len(lines)} of them")
    own = [leaves[i] for i in places]
    return key, Specialization(tape, own, result, entries, lines, keep=True)


def _bare_tape_in(x: Any, primitives: Any, size: int) -> Tape:
    """A tape, checked."""
    constants = {slot: float(from_json(data)) for slot, data in x["constants"]}
    require(len(constants) == len(x["constants"]), "constants", "a slot with two of them")
    tape = Tape(
        [
            _instruction_in(instruction, x["same"], primitives, f"instruction {i}")
            for i, instruction in enumerate(x["instructions"], 1)
        ],
        constants=constants,
        guards=[tuple(guard[:4]) for guard in x["guards"]],
        **{name: x[word] for word, name in WORDS.items() if word in x},
    )
    require(tape.slots <= size, "slots", f"{tape.slots} of them in {size} bytes")
    check(tape)
    return tape


def _kinds_of(key: Any) -> Iterator[tuple[bool, str]]:
    """For each input whether it differs from sample to sample, and what it is."""
    if key == NUMBER or key[0] in ("sequence", "samples", "array"):
        count = 1 if key == NUMBER else math.prod(key[1])
        yield from repeat((key[0] == "samples", SEQUENCE if key[0] == "sequence" else ONE), count)
    else:
        for entry in entries_of(key):
            yield from _kinds_of(entry)


def _chain_in(x: Any, key: Any, primitives: Any, size: int, batch: Any) -> Chain:
    """A chain for such arguments, checked."""

    def tape_in(x: Any, where: str) -> Tape:
        _check_form(x, TAPE, where)
        return _bare_tape_in(x, primitives, size)

    # The shape of an array may promise any number.
    inputs = list(islice((one for _, entry in key for one in _kinds_of(entry)), size))
    differs = [differs for differs, _ in inputs]
    require(batch is not None or not any(differs), "arguments", "samples without a batch")
    forms = Forms(tape_in=tape_in, number_in=lambda x: float(from_json(x)), most=size)
    chain: Chain = chain_in(x, forms, _check_form, differs)
    kinds(chain, [ONE] * len(chain.captured) + [found for _, found in inputs], "chain")
    return chain


def _instruction_in(x: Any, uniform: int, primitives: Any, where: str) -> Instruction:
    op, columns, shared = x["op"], x["columns"], x["shared"]
    if op not in primitives:
        require(False, where, f"unknown primitive {describe(op)}")
    require(len(shared) == len(columns), where, f"{len(shared)} shared, {len(columns)} columns")
    require(x["rows"] == 1 or not all(shared), where, f"{x['rows']} equal rows")
    require(all(columns), where, "a column without slots")
    return Instruction(
        BY_NAME[op],
        x["rows"],
        x["width"],
        x["out"],
        x["gated"],
        tuple([Column.of(slots, same, uniform) for slots, same in zip(columns, shared)]),
    )


def _check_arguments(key: Any, tape: Tape, batch: Any) -> None:
    """Raise unless the inputs of the tape are those of the arguments."""
    have = len(tape.inputs)
    every = (one for _, entry in key for one in _kinds_of(entry))
    first = list(islice(every, have + 1))  # the shape of an array may promise any number
    count = len(first) if len(first) <= have else "more"
    require(count == have, "inputs", f"{have} of them, {count} in the arguments")
    vary = [differs for differs, _ in first]
    batched = any(vary) or (batch is not None and SEQUENCE in [kind for _, kind in first])
    require(batched == (batch is not None), "arguments", f"they do not agree with batch {batch}")
    require(vary == [slot >= tape.uniform for slot in tape.inputs], "inputs", "uniform or varying")


def _in(x: Any, where: str, leaf: Callable[[str, Any, str], Any], depth: int = 0) -> Any:
    """The key that `_out` wrote; `leaf` reads what in it has no entries."""
    require(depth <= DEPTH, where, "nested too deeply")
    kind, entry = (x, x) if x == "number" else _one_of(x, where)
    if kind == "dict":
        _check_form(entry, [(object, object)], where)
        names = tuple(_constant_in(*_one_of(name, where), where) for name, _ in entry)
        require(len(set(names)) == len(names), where, "a key that occurs twice")
        return ("dict", names, *(_in(part, where, leaf, depth + 1) for _, part in entry))
    if kind in ("list", "tuple"):
        _check_form(entry, [object], where)
        parts = [_in(part, where, leaf, depth + 1) for part in entry]
        return ("list" if kind == "list" else tuple, *parts)
    return leaf(kind, entry, where)


def _argument_in(kind: str, entry: Any, where: str) -> Any:
    if kind == "number":
        return NUMBER
    if kind == "array":
        return "array", _shape_in(entry, where)
    word = kind.removesuffix(" of arrays")
    if word in ("samples", "sequence"):
        shape = _shape_in(entry, where)
        require(0 not in shape, where, f"shape {entry}")
        return (word, shape) if kind == word else (word, shape, "array")
    return constant(_constant_in(kind, entry, where))


def _result_in(x: Any) -> tuple[Any, list[Any], list[int]]:
    """The key of a result, its entries with an `Output` for each output; the numbers of these."""
    entries: list[Any] = []

    def entry_in(kind: str, entry: Any, where: str) -> Any:
        if kind == "sequence of outputs":
            _check_form(entry, (object, [int]), where)
            key = _in(entry[0], where, _argument_in)
            require(count_of(key) == len(entry[1]), where, f"{len(entry[1])} outputs")
            return OutputSequence(key, entry[1])
        if kind != "output":
            return _constant_in(kind, entry, where)
        _check_form(entry, int, where)
        return Output(entry)

    def leaf_in(kind: str, entry: Any, where: str) -> Any:
        if kind != "array of outputs":
            entries.append(entry_in(kind, entry, where))
            return NUMBER
        _check_form(entry, ([int], [object]), where)
        shape, parts = _shape_in(entry[0], where), entry[1]
        require(len(parts) == math.prod(shape), where, f"{len(parts)} in shape {shape}")
        entries.extend(entry_in(*_one_of(part, where), where) for part in parts)
        return "array", shape

    key = _in(x, "result", leaf_in)
    outputs = [
        [entry.number] if isinstance(entry, Output) else entry.outputs
        for entry in entries
        if isinstance(entry, (Output, OutputSequence))
    ]
    return key, entries, [number for numbers in outputs for number in numbers]


def _shape_in(x: Any, where: str) -> tuple[int, ...]:
    _check_form(x, [int], where)
    fits = all(0 <= n <= MOST for n in x) and 0 not in x[1:] and len(x) < DEPTH
    require(fits, where, f"shape {x!r:.60}")
    return tuple(x)


def _one_of(x: Any, where: str) -> tuple[str, Any]:
    """The only key of an object, and its value."""
    require(type(x) is dict and len(x) == 1, where, f"one of a kind is wanted, got {describe(x)}")
    [(kind, entry)] = x.items()
    return kind, entry


def _constant_in(kind: str, entry: Any, where: str) -> Any:
    if kind == "float":
        _check_form(entry, float, where)
        return float(from_json(entry))
    require(kind == "constant", where, f"unknown {describe(kind)}")
    require(type(entry) in (type(None), bool, str, int), where, f"got {describe(entry)}")
    return entry
