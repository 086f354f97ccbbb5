"""Programs as files and pickles: the tapes they keep, with the leaves these read.

A file is JSON to look at, with every float exact; nothing in it is ever run or imported. A program
from a file has no function, but it has its tapes, and a tape can be followed on Values as well as
replayed on numbers. So `SavedFunction` stands in for the function, and a loaded program can do
whatever the tapes know: derivatives of any order, or a part in another compiled function.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType

from .. import engines, modes
from ..methods import DETACH
from ..primitive import Primitive, apply, describe, plain, where
from .arguments import NUMBER, Arguments, Constant
from .check import MOST, TapeError, check
from .compile import REDUCTIONS, MissingTapeError, Program
from .specialization import Output, Variant
from .tape import HOLDS, OPCODES, ROWS, Column, Instruction, Tape
from .trace import WHERE_AT_MOST, WHERE_LESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = "autograd_lite program"
VERSION = 1
DEPTH = 64  # of nested arguments and results
BY_NAME = {row.name: row for row in ROWS}
ODD = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # which JSON has no numbers for
LARGEST_INT = 2**63


class SavedFunction:
    """What a program without its function calls instead: its tapes, followed on Values.

    Args:
        saved: the tapes, by the key of the arguments; see `arguments`.
    """

    def __init__(self, name: str, saved: dict[Any, list[Variant]], static: Iterable[Any]) -> None:
        self.__name__, self.saved, self.static = name, saved, frozenset(static)

    def __call__(self, *args: Any, **named: Any) -> Any:
        arguments = Arguments(args, named, False, self.static)
        fitting = [
            variant
            for key, variants in self.saved.items()
            if tuple((name, _of_one_sample(entry)) for name, entry in key) == arguments.key
            for variant in variants
        ]
        for variant in fitting:
            found = _followed(variant, arguments.given)
            if found is not None:
                return variant.shaped(found)
        count = sum(map(len, self.saved.values()))
        have = f"the {count} tapes" if count != 1 else "the one tape"
        if not fitting:
            known = " or ".join(map(_outline_of_call, self.saved))
            why = f"is for arguments like {_outline_of_call(arguments.key)}, only for {known}"
        else:
            line = fitting[0].lines[-1] if fitting[0].lines else "a comparison"
            why = f"takes this branch; one of their comparisons is on {line}"
        raise MissingTapeError(
            f"{self.__name__} is here without its function, so it can only replay {have} it has, "
            f"and none {why}. Call the original with such arguments before it is saved"
        )


def _followed(variant: Variant, given: list[Any]) -> list[Any] | None:
    """The outputs of a tape, done on Values; None if its guards do not hold."""
    tape = variant.tape
    values: list[Any] = [0.0] * tape.slots
    for slot, x in tape.constants.items():
        values[slot] = x
    for slot, x in zip((*tape.outer, *tape.inputs), (*variant.leaves(), *given)):
        values[slot] = x
    for instruction in tape.instructions:
        for row in range(instruction.rows):
            operands = [values[slot] for slot in instruction.operands(row)]
            values[instruction.out + row] = _done(instruction.op, operands)
    for sign, x, y, outcome in tape.guards:
        if _holds(sign, values[x], values[y]) is not outcome:
            return None
    found = [values[slot] for slot in tape.outputs]
    return [x if hasattr(type(x), "_apply") else engines.Value(x) for x in found]


def _done(op: Primitive, operands: list[Any]) -> Any:
    if op is WHERE_LESS or op is WHERE_AT_MOST:
        a, b, x, y = operands
        return where(a < b if op is WHERE_LESS else a <= b, x, y)
    if op is DETACH:
        return operands[0].detach() if hasattr(type(operands[0]), "_apply") else operands[0]
    return apply(op, tuple(operands))


def _holds(sign: str, x: Any, y: Any) -> bool:
    trace = modes.current.trace if modes.active else None
    if trace is None or not any(hasattr(type(operand), "_apply") for operand in (x, y)):
        return HOLDS[sign](plain(x), plain(y))  # type: ignore[no-any-return]
    if not hasattr(type(x), "_apply"):
        x = type(y)(x)
    return bool(trace.compare(sign, x, y))


# The structure of arguments -----------------------------------------------------------------------


def _of_one_sample(key: Any) -> Any:
    """The key of an argument of the function for one sample."""
    if key == NUMBER or key[0] == "constant":
        return key
    if key[0] == "samples":
        one: Any = NUMBER
        for n in reversed(key[1]):
            one = ("list", *[one] * n)
        return one
    if key[0] == "dict":
        return ("dict", key[1], *map(_of_one_sample, key[2:]))
    return (key[0], *map(_of_one_sample, key[1:]))


def _inputs_of(key: Any) -> Iterator[tuple[bool, int]]:
    """(whether it differs from sample to sample, how many inputs), for each number or column."""
    if key == NUMBER:
        yield False, 1
    elif key[0] == "samples":
        yield True, math.prod(key[1])
    elif key[0] != "constant":
        for entry in key[2:] if key[0] == "dict" else key[1:]:
            yield from _inputs_of(entry)


def _outline_of_call(key: Any) -> str:
    parts = [f"{name}=" * isinstance(name, str) + _outline(entry) for name, entry in key]
    return f"({', '.join(parts)})"


def _outline(key: Any) -> str:
    """A key in a few words."""
    if key == NUMBER:
        return NUMBER
    if key[0] == "constant":
        return repr(key[1].x)
    if key[0] == "samples":
        return f"samples of shape {key[1]}"
    entries = key[2:] if key[0] == "dict" else key[1:]
    kind = key[0] if isinstance(key[0], str) else key[0].__name__
    return f"a {kind} of {len(entries)}"


# To JSON ------------------------------------------------------------------------------------------


def save(program: Program, path: Any) -> None:
    """Write the program's tapes to a file; see `Program.save`."""
    text = _laid_out(document(program), 4) + "\n"
    target = os.fspath(path)
    if isinstance(target, bytes):
        target = os.fsdecode(target)
    temporary = f"{target}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def document(program: Program) -> dict[str, Any]:
    """The program as lists, dicts, strings and numbers."""
    kept = variants_of(program)
    if not kept:
        raise ValueError(
            f"{program.__name__} has no tape to save yet: call it first, with arguments of each "
            "structure that the saved program shall take"
        )
    for name in program.static:
        if type(name) not in (str, int):
            raise TypeError(f"static {describe(name)} cannot be saved")
    leaves: list[Any] = []
    places: dict[int, int] = {}
    for variants in kept.values():
        for variant in variants:
            for leaf in variant.leaves():
                if id(leaf) not in places:
                    places[id(leaf)] = len(leaves)
                    leaves.append(leaf)
    tapes = [
        {
            "arguments": [[name, _key_out(entry, f"argument {name}")] for name, entry in key],
            "result": _result_out(variant.result),
            "leaves": [places[id(leaf)] for leaf in variant.leaves()],
            **_tape_out(variant.tape, variant.lines),
        }
        for key, variants in kept.items()
        for variant in variants
    ]
    used = {i["op"]: None for tape in tapes for i in tape["instructions"]}
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": str(program.__name__),
        "batch": program.reduction,
        "static": sorted(program.static, key=str),
        "primitives": {name: list(BY_NAME[name].operands) for name in used},
        "leaves": [_leaf_out(leaf) for leaf in leaves],
        "tapes": tapes,
    }


def variants_of(program: Program) -> dict[Any, list[Variant]]:
    """The tapes that a program could still replay."""
    if isinstance(program.function, SavedFunction):
        return program.function.saved
    kept = program._variants.items()
    current = {
        key: [variant for variant in variants if variant.is_current()] for key, variants in kept
    }
    return {key: variants for key, variants in current.items() if variants}


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


def _number_out(x: float) -> Any:
    return x if math.isfinite(x) else str(x)


def _atom_out(x: Any, where: str) -> Any:
    if x is None or type(x) in (bool, str) or (type(x) is int and abs(x) < LARGEST_INT):
        return {"constant": x}
    if type(x) is float:
        return {"float": _number_out(x)}
    raise TypeError(
        f"{where} holds {describe(x)}, which a file cannot: only numbers, strings, True, False, "
        "None, and lists, tuples and dicts of them can be saved"
    )


def _key_out(key: Any, where: str, depth: int = 0) -> Any:
    if depth > DEPTH:
        raise TypeError(f"{where} is nested deeper than the {DEPTH} levels that can be saved")
    if key == NUMBER:
        return "number"
    kind = key[0]
    if kind == "constant":
        return _atom_out(key[1].x, where)
    if kind == "samples":
        return {"samples": list(key[1])}
    if kind == "dict":
        return {
            "dict": [
                [_atom_out(name, where), _key_out(entry, where, depth + 1)]
                for name, entry in zip(key[1], key[2:])
            ]
        }
    if kind != "list" and kind is not tuple:
        raise TypeError(f"{where} is a {kind.__name__}, which a file cannot hold: use a tuple")
    name = "list" if kind == "list" else "tuple"
    return {name: [_key_out(entry, where, depth + 1) for entry in key[1:]]}


def _result_out(x: Any, depth: int = 0) -> Any:
    where = "the result"
    if depth > DEPTH:
        raise TypeError(f"{where} is nested deeper than the {DEPTH} levels that can be saved")
    if isinstance(x, Output):
        return {"output": x.number}
    if type(x) is dict:
        return {"dict": [[_atom_out(k, where), _result_out(v, depth + 1)] for k, v in x.items()]}
    if type(x) in (list, tuple):
        return {type(x).__name__: [_result_out(entry, depth + 1) for entry in x]}
    return _atom_out(x, where)


def _leaf_out(leaf: Any) -> dict[str, Any]:
    if leaf.label is not None and type(leaf.label) is not str:
        raise TypeError(f"a leaf's label is a string in a file, got {describe(leaf.label)}")
    found = {"data": _number_out(leaf._data)}
    return found if leaf.label is None else {**found, "label": leaf.label}


def _tape_out(tape: Tape, lines: list[str]) -> dict[str, Any]:
    return {
        "same": tape.same,
        "lanes": tape.lanes,
        "constants": [[slot, _number_out(x)] for slot, x in tape.constants.items()],
        "outer": tape.outer,
        "inputs": tape.inputs,
        "outputs": tape.outputs,
        "guards": [[*guard, line] for guard, line in zip(tape.guards, lines)],
        "operations": tape.operations,
        "instructions": [
            {
                "op": part.op.name,
                "rows": part.rows,
                "width": part.width,
                "out": part.out,
                "gated": part.gated,
                "shared": [column.shared for column in part.columns],
                "columns": [list(column.slots) for column in part.columns],
            }
            for instruction in tape.instructions
            for part in _parts(instruction)
        ],
    }


def _parts(instruction: Instruction) -> list[Instruction]:
    """Equal rows apart, so that a file is as long as what it says: no row without its operands."""
    op, rows, width, out, gated, columns = (
        instruction.op, instruction.rows, instruction.width, instruction.out, instruction.gated,
        instruction.columns,
    )  # fmt: skip
    if op not in OPCODES:
        raise TypeError(
            f"the custom primitive {op.name} cannot be saved: a file holds no code. Write it with "
            "rows of the table, or pickle the program"
        )
    if rows == 1 or not all(column.shared for column in columns):
        return [instruction]
    return [Instruction(op, 1, width, out + r, gated, columns) for r in range(rows)]


# From JSON ----------------------------------------------------------------------------------------


def load(path: Any, threads: int) -> Program:
    """The program in a file; see `load_program`."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        return _program_in(_parsed(content), len(content), threads)
    except TapeError as error:
        raise TapeError(f"{os.fsdecode(path)} is no program that can be loaded: {error}") from error


def _parsed(content: bytes) -> Any:
    """JSON, read strictly."""

    def an_int(text: str) -> int:
        if len(text) > 20:
            raise ValueError(f"an int of {len(text)} digits")
        return int(text)

    def a_float(text: str) -> float:
        x = float(text)
        if not math.isfinite(x):
            raise ValueError(f"{text[:20]} is too large for a float")
        return x

    def no_constant(text: str) -> Any:
        raise ValueError(f"{text} is not JSON")

    def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key that occurs twice")
        return found

    try:
        return json.loads(
            content.decode("utf-8"),
            parse_int=an_int,
            parse_float=a_float,
            parse_constant=no_constant,
            object_pairs_hook=each_key_once,
        )
    except RecursionError:
        raise TapeError("it is nested too deeply") from None
    except ValueError as error:
        raise TapeError(f"not JSON: {error}") from None


def _require(holds: Any, what: str) -> None:
    if not holds:
        raise TapeError(what)


def _fields(x: Any, where: str, names: str, optional: str = "") -> Any:
    """The dict `x`, if it has just these keys."""
    _require(type(x) is dict, f"{where}: an object is wanted, got {describe(x)}")
    missing = [name for name in names.split() if name not in x]
    unknown = [name for name in x if name not in names.split() + optional.split()]
    _require(not missing, f"{where}: without {', '.join(missing)}")
    _require(not unknown, f"{where}: unknown {describe(unknown and unknown[0])}")
    return x


def _list(x: Any, where: str) -> Any:
    _require(type(x) is list, f"{where}: a list is wanted, got {describe(x)}")
    return x


def _pairs(x: Any, where: str, size: int = 2) -> Any:
    for entry in _list(x, where):
        _require(len(_list(entry, where)) == size, f"{where}: entries of {size} are wanted")
    return x


def _text(x: Any, where: str) -> str:
    _require(type(x) is str, f"{where}: a string is wanted, got {describe(x)}")
    return x  # type: ignore[no-any-return]


def _int(x: Any, where: str, below: int = MOST) -> int:
    _require(type(x) is int and 0 <= x < below, f"{where}: an int below {below}, got {describe(x)}")
    return x  # type: ignore[no-any-return]


def _ints(x: Any, where: str) -> list[int]:
    _require(set(map(type, _list(x, where))) <= {int}, f"{where}: a list of ints is wanted")
    return x  # type: ignore[no-any-return]


def _number(x: Any, where: str) -> float:
    if type(x) is str and x in ODD:
        return ODD[x]
    _require(type(x) in (float, int), f"{where}: a number is wanted, got {describe(x)}")
    return float(x)


def _program_in(x: Any, size: int, threads: int) -> Program:
    """The program in a document that was read from `size` bytes."""
    _require(type(x) is dict and x.get("format") == FORMAT, f"it does not say {FORMAT!r}")
    version = x.get("version")
    _require(
        type(version) is int and version == VERSION,
        f"version {describe(version)} of the format; this is for version {VERSION}",
    )
    _fields(x, "program", "format version name batch static primitives leaves tapes")
    name, batch = _text(x["name"], "name"), x["batch"]
    _require(batch is None or (type(batch) is str and batch in REDUCTIONS), "unknown batch")
    static = _list(x["static"], "static")
    _require(set(map(type, static)) <= {int, str}, "static: ints and strings are wanted")
    _require(type(x["primitives"]) is dict, "primitives: an object is wanted")
    for row, operands in x["primitives"].items():
        _require(row in BY_NAME, f"the primitive {describe(row)} is not in the table")
        _require(
            operands == list(BY_NAME[row].operands), f"{row} has other operands in this version"
        )
    leaves = [_leaf_in(leaf, i) for i, leaf in enumerate(_list(x["leaves"], "leaves"))]
    saved: dict[Any, list[Variant]] = {}
    for i, tape in enumerate(_list(x["tapes"], "tapes"), start=1):
        key, variant = _variant_in(tape, leaves, x, size, f"tape {i}")
        saved.setdefault(key, []).append(variant)
    _require(saved, "it has no tape")
    return without_function(name, saved, batch, static, threads)


def without_function(
    name: str, saved: dict[Any, list[Variant]], batch: str | None, static: Any, threads: int
) -> Program:
    """A program of tapes, which keep their leaves."""
    program = Program(SavedFunction(name, saved, static), batch, static, threads)
    program.__doc__ = f"{name}, without its function"
    program._variants = {key: list(map(_again, variants)) for key, variants in saved.items()}
    return program


def _again(variant: Variant) -> Variant:
    return Variant(variant.tape, variant.leaves(), variant.result, variant.lines, keep=True)


def _leaf_in(x: Any, i: int) -> Any:
    where = f"leaf {i}"
    _fields(x, where, "data", "label")
    label = _text(x["label"], where) if "label" in x else None
    return engines.Value(_number(x["data"], where), label)


def _variant_in(
    x: Any, leaves: list[Any], program: Any, size: int, where: str
) -> tuple[Any, Variant]:
    _fields(
        x,
        where,
        "arguments result leaves same lanes constants outer inputs outputs guards operations "
        "instructions",
    )
    arguments = _pairs(x["arguments"], f"{where}, arguments")
    names = [name for name, _ in arguments]
    positional = [name for name in names if type(name) is int]
    _require(
        names[: len(positional)] == list(range(len(positional)))
        and set(map(type, names[len(positional) :])) <= {str}
        and len(set(names)) == len(names),
        f"{where}: names of arguments",
    )
    key = tuple((name, _key_in(entry, f"{where}, argument {name}")) for name, entry in arguments)
    guards = _pairs(x["guards"], f"{where}, guards", 5)
    lines = [_text(guard[4], f"{where}, guards") for guard in guards]
    constants = _pairs(x["constants"], f"{where}, constants")
    _require(
        all(type(k) is str and type(n) is int for k, n in x["operations"].items())
        if type(x["operations"]) is dict
        else False,
        f"{where}: operations",
    )
    same = _int(x["same"], f"{where}, same")
    numbers = {
        _int(slot, f"{where}, constants"): _number(data, f"{where}, constants")
        for slot, data in constants
    }
    _require(len(numbers) == len(constants), f"{where}: a slot with two constants")
    tape = Tape(
        [
            _instruction_in(instruction, same, program["primitives"], f"{where}, instruction {i}")
            for i, instruction in enumerate(_list(x["instructions"], f"{where}, instructions"), 1)
        ],
        same=same,
        lanes=_int(x["lanes"], f"{where}, lanes"),
        constants=numbers,
        outer=_ints(x["outer"], f"{where}, outer"),
        inputs=_ints(x["inputs"], f"{where}, inputs"),
        outputs=_ints(x["outputs"], f"{where}, outputs"),
        guards=[(sign, a, b, outcome) for sign, a, b, outcome, _ in guards],
        operations=x["operations"],
    )
    _require(tape.slots <= size, f"{where}: {tape.slots} slots in {size} bytes")
    try:
        check(tape)
    except TapeError as error:
        raise TapeError(f"{where}, {error}") from None
    _check_arguments(key, tape, program["batch"], where)
    outputs: list[int] = []
    result = _result_in(x["result"], outputs, f"{where}, result")
    _require(outputs == list(range(len(tape.outputs))), f"{where}: outputs of the result")
    own = _ints(x["leaves"], f"{where}, leaves")
    _require(len(own) == len(tape.outer), f"{where}: {len(own)} leaves, {len(tape.outer)} outer")
    chosen = [leaves[_int(i, f"{where}, leaves", len(leaves))] for i in own]
    return key, Variant(tape, chosen, result, lines, keep=True)


def _instruction_in(x: Any, same: int, primitives: Any, where: str) -> Instruction:
    _fields(x, where, "op rows width out gated shared columns")
    op = _text(x["op"], where)
    _require(op in BY_NAME and op in primitives, f"{where}: unknown primitive {describe(op)}")
    rows = _int(x["rows"], where)
    shared, columns = _list(x["shared"], where), _list(x["columns"], where)
    _require(len(shared) == len(columns), f"{where}: {len(shared)} shared, {len(columns)} columns")
    _require(rows == 1 or not all(shared), f"{where}: {rows} equal rows")
    for slots in columns:
        _require(_ints(slots, where), f"{where}: a column without slots")
    return Instruction(
        BY_NAME[op],
        rows,
        _int(x["width"], where),
        _int(x["out"], where),
        x["gated"],
        tuple(Column.of(slots, own, same) for slots, own in zip(columns, shared)),
    )


def _check_arguments(key: Any, tape: Tape, batch: Any, where: str) -> None:
    """The inputs of the tape are those of the arguments."""
    wanted = [found for _, entry in key for found in _inputs_of(entry)]
    _require(
        any(differs for differs, _ in wanted) == (batch is not None),
        f"{where}: arguments and batch do not agree",
    )
    _require(
        sum(count for _, count in wanted) == len(tape.inputs),
        f"{where}: {len(tape.inputs)} inputs, {sum(count for _, count in wanted)} in the arguments",
    )
    inputs = iter(tape.inputs)
    for differs, count in wanted:
        for _ in range(count):
            _require((next(inputs) >= tape.same) == differs, f"{where}: an input's kind of slot")


def _one_of(x: Any, where: str) -> tuple[str, Any]:
    """The key and the value of a dict of one."""
    _require(type(x) is dict and len(x) == 1, f"{where}: one of a kind is wanted, {describe(x)}")
    return next(iter(x.items()))  # type: ignore[no-any-return]


def _atom_in(x: Any, where: str) -> Any:
    kind, entry = _one_of(x, where)
    if kind == "float":
        return _number(entry, where)
    _require(kind == "constant", f"{where}: unknown {describe(kind)}")
    _require(type(entry) in (type(None), bool, str, int), f"{where}: {describe(entry)}")
    return entry


def _names_in(pairs: Any, where: str) -> tuple[Any, ...]:
    names = tuple(_atom_in(name, where) for name, _ in _pairs(pairs, where))
    _require(len(set(names)) == len(names), f"{where}: a key that occurs twice")
    return names


def _key_in(x: Any, where: str, depth: int = 0) -> Any:
    _require(depth <= DEPTH, f"{where}: nested too deeply")
    if type(x) is str and x == "number":
        return NUMBER
    kind, entry = _one_of(x, where)
    if kind == "samples":
        shape = tuple(_int(n, where) for n in _list(entry, where))
        _require(len(shape) < DEPTH and 0 not in shape, f"{where}: shape of samples")
        return "samples", shape
    if kind == "dict":
        names = _names_in(entry, where)
        return ("dict", names, *(_key_in(part, where, depth + 1) for _, part in entry))
    if kind in ("list", "tuple"):
        parts = [_key_in(part, where, depth + 1) for part in _list(entry, where)]
        return ("list" if kind == "list" else tuple, *parts)
    return "constant", Constant(_atom_in(x, where))


def _result_in(x: Any, outputs: list[int], where: str, depth: int = 0) -> Any:
    _require(depth <= DEPTH, f"{where}: nested too deeply")
    kind, entry = _one_of(x, where)
    if kind == "output":
        outputs.append(_int(entry, where))
        return Output(entry)
    if kind == "dict":
        names = _names_in(entry, where)
        parts = [_result_in(part, outputs, where, depth + 1) for _, part in entry]
        return dict(zip(names, parts))
    if kind in ("list", "tuple"):
        parts = [_result_in(part, outputs, where, depth + 1) for part in _list(entry, where)]
        return parts if kind == "list" else tuple(parts)
    return _atom_in(x, where)


# Pickles and copies -------------------------------------------------------------------------------

_asked: set[int] = set()  # ids of the programs whose function is being tried


def state_of(program: Program) -> dict[str, Any]:
    """What is pickled: the function, if that can be, and the tapes with their leaves."""
    function = _picklable(program)
    tapes = [
        (key, _tape_state(variant.tape), variant.leaves(), variant.result, variant.lines)
        for key, variants in variants_of(program).items()
        for variant in variants
    ]
    if function is None and not tapes:
        raise TypeError(
            f"{program.__name__} has neither a function that can be pickled nor a tape yet: "
            "call it first, or compile a function that can be imported"
        )
    return {
        "name": program.__name__,
        "doc": program.__doc__,
        "function": function,
        "batch": program.reduction,
        "static": program.static,
        "threads": program.threads,
        "tapes": tapes,
    }


def restore(program: Program, state: dict[str, Any]) -> None:
    """Make an empty program what `state_of` described."""
    saved: dict[Any, list[Variant]] = {}
    function = _found(state["function"]) if state["function"] else None
    # An object brings its leaves; those of an imported function may have other numbers here.
    keep = function is None or state["function"][0] == "import"
    for key, tape, leaves, result, lines in state["tapes"]:
        variant = Variant(_tape_of_state(tape), list(leaves), result, lines, keep)
        saved.setdefault(key, []).append(variant)
    options = state["batch"], state["static"], state["threads"]
    if function is None:
        made = without_function(state["name"], saved, *options)
    else:
        made = Program(function, *options)
        made._variants = saved
    program.__dict__.update(made.__dict__)
    program.__name__, program.__doc__ = state["name"], state["doc"]


def _picklable(program: Program) -> tuple[Any, ...] | None:
    """How to find the function again: ("import", module, name) or ("object", the function)."""
    function = program.function
    if isinstance(function, SavedFunction):
        return None
    if isinstance(function, FunctionType):
        path = ("import", function.__module__, function.__qualname__)
        return path if _found(path) is function else None
    if id(program) not in _asked:  # an object may hold the program
        _asked.add(id(program))
        try:
            pickle.dumps(function)
        except Exception:
            return None
        finally:
            _asked.discard(id(program))
    return "object", function


def _found(how: tuple[Any, ...]) -> Any:
    """The function that `_picklable` described; None if it cannot be imported here."""
    if how[0] == "object":
        return how[1]
    try:
        found: Any = sys.modules.get(how[1]) or importlib.import_module(how[1])
        for name in how[2].split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return None
    found = found.function if isinstance(found, Program) else found  # the name of a decorated one
    return found if callable(found) else None


def _tape_state(tape: Tape) -> dict[str, Any]:
    state = dict(tape.__dict__)
    state["instructions"] = [
        (
            i.op.name if i.op in OPCODES else i.op,
            i.rows,
            i.width,
            i.out,
            i.gated,
            [(column.slots, column.shared) for column in i.columns],
        )
        for i in tape.instructions
    ]
    return state


def _tape_of_state(state: dict[str, Any]) -> Tape:
    instructions = [
        Instruction(
            BY_NAME[op] if isinstance(op, str) else op,
            rows,
            width,
            out,
            gated,
            tuple(Column(slots, shared) for slots, shared in columns),
        )
        for op, rows, width, out, gated, columns in state["instructions"]
    ]
    return Tape(**{**state, "instructions": instructions})


def copied(program: Program, copy: Callable[[Any], Any]) -> Program:
    """A program on `copy` of the function, which is traced anew; without a function, of its tapes.

    Tapes are not shared: they refer to the leaves of the original.
    """
    function, options = program.function, (program.reduction, program.static, program.threads)
    if not isinstance(function, SavedFunction):
        return Program(copy(function), *options)
    saved = {
        key: [
            Variant(v.tape, [copy(leaf) for leaf in v.leaves()], v.result, v.lines, keep=True)
            for v in vs
        ]
        for key, vs in function.saved.items()
    }
    return without_function(program.__name__, saved, *options)
