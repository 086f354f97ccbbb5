"""Programs as files: the tapes they keep, with the leaves these read.

A file is JSON to look at, with every float exact; nothing in it is ever run or imported. FORM is
what a document looks like; `check` says whether its tapes hold together.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import engines
from ..files import as_json, from_json, parsed, write
from ..primitive import describe
from ..structure import NUMBER, constant, entries_of, outline, unflatten
from .arguments import inputs_of
from .check import MOST, check, require
from .errors import TapeError
from .replay import REDUCTIONS
from .saved_function import SavedFunction
from .specialization import Output, Specialization
from .tape import OPCODES, ROWS, WORDS_OF_0_1_0, Column, Instruction, Tape

if TYPE_CHECKING:
    from .saved_function import Tapes

FORMAT = "autograd_lite program"
VERSION = 1
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
FORM = {
    "format": str,
    "version": int,
    "name": str,
    "batch": object,
    "static": [object],
    "argnums?": object,
    "primitives": {str: [str]},
    "leaves": [{"data": float, "label?": str}],
    "tapes": [{
        "arguments": [(object, object)], "result": object, "leaves": [int],
        "same": int, "lanes": int, "constants": [(int, float)],
        "outer": [int], "inputs": [int], "outputs": [int], "guards": [(str, int, int, bool, str)],
        "reorder?": bool,
        "operations": {str: int}, "instructions": [INSTRUCTION],
    }],
}  # fmt: skip


# To JSON ------------------------------------------------------------------------------------------


def save(
    path: Any, name: str, tapes: Tapes, batch: str | None, static: Iterable[Any], argnums: Any
) -> None:
    """Write tapes to a file; see `Program.save`."""
    write(path, _laid_out(document(name, tapes, batch, static, argnums), 4) + "\n")


def document(
    name: str, tapes: Tapes, batch: str | None, static: Iterable[Any], argnums: Any = None
) -> dict[str, Any]:
    """The tapes of a program as lists, dicts, strings and numbers."""
    if not tapes:
        raise ValueError(
            f"{name} has no tape to save yet: call it first, with arguments of each "
            "structure that the saved program shall take"
        )
    for x in static:
        if type(x) not in (str, int):
            raise TypeError(f"static {describe(x)} cannot be saved")
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
            **_tape_out(specialization.tape, specialization.lines),
        }
        for key, specializations in tapes.items()
        for specialization in specializations
    ]
    used = {i["op"]: None for tape in saved for i in tape["instructions"]}
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": str(name),
        "batch": batch,
        "static": sorted(static, key=str),
        **({} if argnums is None else {"argnums": argnums}),
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
    if key == NUMBER or key[0] in ("constant", "array", "samples"):
        return leaf(key, where)
    kind = key[0]
    if kind not in ("dict", "list") and kind is not tuple:
        name = key[1][0].__name__ if kind == "dataclass" else kind.__name__
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
    if kind == "samples":
        return {"samples of arrays" if len(key) > 2 else "samples": list(key[1])}
    if 0 in key[1][1:]:
        raise TypeError(f"{where} is {outline(key)}, without numbers, which a file cannot hold")
    return {"array": list(key[1])}


def _result_out(specialization: Specialization) -> Any:
    entries = iter(specialization.entries)

    def entry_out(x: Any, where: str) -> Any:
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


def _tape_out(tape: Tape, lines: list[str]) -> dict[str, Any]:
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
            f"{op.name} cannot be saved: a file holds built-in operations and no code. Compose a "
            "primitive of your own of these, or pickle the program"
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
        type(version) is int and version == VERSION,
        "version",
        f"{describe(version)}; this is for version {VERSION}",
    )
    _check_form(x, FORM, "program")
    batch = x["batch"]
    require(batch is None or batch in REDUCTIONS, "batch", f"unknown {describe(batch)}")
    require({*map(type, x["static"])} <= {int, str}, "static", "ints and strings are wanted")
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
    return SavedFunction(x["name"], tapes, x["static"]), batch, argnums


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
    constants = {slot: float(from_json(data)) for slot, data in x["constants"]}
    require(len(constants) == len(x["constants"]), "constants", "a slot with two of them")
    tape = Tape(
        [
            _instruction_in(instruction, x["same"], program["primitives"], f"instruction {i}")
            for i, instruction in enumerate(x["instructions"], 1)
        ],
        constants=constants,
        guards=[tuple(guard[:4]) for guard in x["guards"]],
        **{name: x[word] for word, name in WORDS.items() if word in x},
    )
    require(tape.slots <= size, "slots", f"{tape.slots} of them in {size} bytes")
    check(tape)
    _check_arguments(key, tape, program["batch"])
    result, outputs = _result_in(x["result"])
    require(outputs == list(range(len(tape.outputs))), "result", f"outputs {outputs!r:.60}")
    places = x["leaves"]
    require(len(places) == len(tape.captured), "leaves", f"{len(places)} of them")
    require(all(0 <= i < len(leaves) for i in places), "leaves", f"{places!r:.60}")
    lines = [guard[4] for guard in x["guards"]]
    return key, Specialization(tape, [leaves[i] for i in places], result, lines, keep=True)


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
    inputs = (shape for _, entry in key for shape in inputs_of(entry))
    first = islice(inputs, have + 1)  # the shape of an array may promise any number
    wanted = [(shape is not None, math.prod(shape or ())) for shape in first]
    count = sum(n for _, n in wanted)
    require(count == have, "inputs", f"{have} of them, {count} in the arguments")
    vary = [differs for differs, n in wanted for _ in range(n)]
    require(any(vary) == (batch is not None), "arguments", f"they do not agree with batch {batch}")
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
    if kind in ("samples", "samples of arrays"):
        shape = _shape_in(entry, where)
        require(0 not in shape, where, f"shape {entry}")
        return ("samples", shape) if kind == "samples" else ("samples", shape, "array")
    return constant(_constant_in(kind, entry, where))


def _result_in(x: Any) -> tuple[Any, list[int]]:
    """A result with an `Output` for each output; and the numbers of these."""
    entries: list[Any] = []

    def entry_in(kind: str, entry: Any, where: str) -> Any:
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

    result = unflatten(_in(x, "result", leaf_in), iter(entries))
    return result, [entry.number for entry in entries if isinstance(entry, Output)]


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
