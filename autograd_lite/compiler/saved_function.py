"""SavedFunction: what a program calls that has tapes but no function.

A tape can be followed on Values as well as replayed on numbers, so a program from a file can do
whatever its tapes know: derivatives of any order, or a part in another compiled function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

from .. import engines, modes
from ..methods import DETACH
from ..primitive import Primitive, apply, is_value, plain, value_at
from ..structure import flatten, outline, unflatten
from . import interpreter
from .arguments import Arguments, Rows, as_lists, of_one_sample
from .chain import Chain
from .errors import MissingTapeError
from .specialization import Specialization
from .tape import Tape
from .trace import HOLDS, TRACE_ROWS

Tapes = dict[Any, list[Specialization]]  # by the key of the arguments; see `arguments`


class SavedFunction:
    """A function made of tapes.

    Args:
        name: of the function that was traced.
        tapes: the specializations, by the key of the arguments.
        static: names and places of the arguments that are constants.
        sequences: those of the arguments that may be of any length.
    """

    def __init__(
        self, name: str, tapes: Tapes, static: Iterable[Any], sequences: Iterable[Any] = ()
    ) -> None:
        self.__name__, self.tapes, self.static = name, tapes, frozenset(static)
        self.sequences = frozenset(sequences)
        self.__doc__ = f"{name}, without its function"

    def __call__(self, *args: Any, **named: Any) -> Any:
        if self.sequences and modes.trace() is not None:
            raise TypeError(
                f"{self.__name__} is here without its function, and has sequences: it cannot be "
                "called in another compiled function, and has no hvp"
            )
        arguments = _ArgumentsWithValues(args, named, False, self.static, self.sequences)
        called = _as_called(arguments.key)
        fitting = [
            specialization
            for key, tapes in self.tapes.items()
            if _as_called(key) == called
            for specialization in tapes
        ]
        for specialization in fitting:
            outputs = _followed(specialization, arguments.flat())
            if outputs is not None:
                sequences = {k: x for k, x in enumerate(outputs) if not is_value(x)}
                return specialization.shaped(outputs, sequences=sequences)
        raise self.missing(arguments.key, fitting)

    def missing(self, key: Any, fitting: Sequence[Specialization]) -> MissingTapeError:
        """What to raise for such arguments, if only `fitting` are for them, on other branches."""
        count = sum(map(len, self.tapes.values()))
        have = f"the {count} tapes" if count != 1 else "the one tape"
        if not fitting:
            known = " or ".join(map(outline_of_call, self.tapes))
            why = f"is for arguments like {outline_of_call(key)}, only for {known}"
        else:
            line = fitting[0].lines[-1] if fitting[0].lines else "a comparison"
            why = f"takes this branch; one of their comparisons is on {line}"
        return MissingTapeError(
            f"{self.__name__} is here without its function, so it can only replay {have} it has, "
            f"and none {why}. Call the original with such arguments before it is saved"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> SavedFunction:
        """The function on leaves of its own; the tapes themselves never change."""
        tapes = {
            key: [
                Specialization(
                    s.tape, deepcopy(s.leaves(), memo), s.key, s.entries, s.lines, keep=True
                )
                for s in specializations
            ]
            for key, specializations in self.tapes.items()
        }
        return SavedFunction(self.__name__, tapes, self.static, self.sequences)


class _ArgumentsWithValues(Arguments):
    """Arguments, in whose sequences there may be Values."""

    def _rows(self, x: Any) -> Rows:
        entries: list[Any] = []
        key = flatten(x, entries)
        if not any(map(is_value, entries)):
            return Rows(x)
        return _RowsOfValues(unflatten(key, map(plain, entries)), entries)


class _RowsOfValues(Rows):
    """A sequence of Values and numbers."""

    def __init__(self, numbers: Any, values: list[Any]) -> None:
        super().__init__(numbers)
        self.values = values

    def columns(self) -> list[Any]:
        return [self.values[j :: self.width] for j in range(self.width)]


def _followed(specialization: Specialization, given: list[Any]) -> list[Any] | None:
    """The outputs of a tape, done on Values; None if its guards do not hold."""
    operands = (*specialization.leaves(), *given)
    if isinstance(specialization.tape, Chain):
        from .loop_steps import chain_on_values  # which follows tapes by what is here

        outputs = chain_on_values(specialization.tape, operands, tape_on_values)
    else:
        outputs = tape_on_values(specialization.tape, operands)
    if outputs is None:
        return None
    return [engines.Value(x) if type(x) is float else x for x in outputs]


def tape_on_values(tape: Tape, operands: Sequence[Any]) -> list[Any] | None:
    """The outputs of a tape, done on Values; None if its guards do not hold."""
    leaves = dict(zip((*tape.captured, *tape.inputs), operands))
    values = interpreter.forward(tape, leaves, on_values)
    for sign, x, y, outcome in tape.guards:
        if _holds(sign, values[x], values[y]) is not outcome:
            return None
    return [values[slot] for slot in tape.outputs]


def on_values(op: Primitive, operands: list[Any]) -> Any:
    """A primitive on Values and numbers, those of a trace as well."""
    if not any(map(is_value, operands)):
        return value_at(op, operands)
    if op is DETACH:
        return operands[0].detach() if is_value(operands[0]) else operands[0]
    return op.evaluate(*operands) if op in TRACE_ROWS else apply(op, tuple(operands))


def _holds(sign: str, x: Any, y: Any) -> bool:
    trace = modes.trace()
    if trace is None or not (is_value(x) or is_value(y)):
        return HOLDS[sign](plain(x), plain(y))  # type: ignore[no-any-return]
    return bool(trace.compare(sign, x if is_value(x) else type(y)(x), y))


# The structure of arguments -----------------------------------------------------------------------


def _as_called(key: Any) -> Any:
    """The key of a call of the function for one sample; lists and arrays are alike to a tape."""
    return tuple((name, as_lists(of_one_sample(entry))) for name, entry in key)


def outline_of_call(key: Any) -> str:
    parts = [f"{name}=" * isinstance(name, str) + outline(entry) for name, entry in key]
    return f"({', '.join(parts)})"
