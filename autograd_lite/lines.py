"""source_lines: which line of the program made each Value, and which comparisons steered it.

A Value refers to a `Place`, which has its scope and its line. Nothing else here refers to Values
but weakly, so that a graph lives no longer than without lines. A comparison is kept with its first
operand; it steers what was made after it.
"""

from __future__ import annotations

import linecache
import operator
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice, pairwise
from weakref import WeakKeyDictionary, ref

from . import scopes
from .anomaly import IMPORT, PACKAGES
from .modes import Entry, Mode
from .place import Place
from .primitive import is_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from . import Value


class SourceLine:
    """A line of a program that made Values.

    Attributes:
        file: its name, as Python knows it; `<stdin>` and the like where there is none.
        number: of the line, from 1.
        text: the line; "" where Python does not know it.
        function: in which it is; `<module>` outside of functions.
        last: the number of the line where its expression ends.
        columns: where in `text` the expression begins and, in line `last`, where it ends; None
            before Python 3.11.
        program: all lines of the file, as they were; empty where Python does not know them.

    >>> from autograd_lite import Value, source_lines
    >>> with source_lines():
    ...     x = Value(3.0)
    ...     y = x * x + 1.0
    >>> y.source.number, y.source.text, str(y.source)
    (3, '    y = x * x + 1.0', 'line 3: y = x * x + 1.0')
    """

    __module__ = "autograd_lite"

    __slots__ = ("columns", "file", "function", "last", "number", "program")

    def __init__(self, code: Any, program: Sequence[str], span: Sequence[Any]) -> None:
        first, last, start, end = span
        self.file, self.function, self.program = code.co_filename, code.co_name, program
        self.number, self.last = first, max(first, last or first)
        self.columns: tuple[int, int] | None = None
        if start is not None and end is not None and self.last <= len(program):
            self.columns = _signs(self.text, start), _signs(program[self.last - 1], end)

    @property
    def text(self) -> str:
        known = self.number <= len(self.program)
        return self.program[self.number - 1].rstrip("\r\n") if known else ""

    def __str__(self) -> str:
        return f"line {self.number}" + (f": {self.text.strip()}" if self.text else "")

    def __repr__(self) -> str:
        return f"<line {self.number} of {self.file}>"


class Guard:
    """A comparison that steered the program: `x sign y` came out so.

    Attributes:
        sign: "<", "<=", ">", ">=" or "!=", which is how the program asks `if x:`.
        x, y: Values, or one of them a number.
        outcome: True or False.
        source: its `SourceLine`, or None.
        turn: how often its line had compared then, itself included.
    """

    __slots__ = ("outcome", "sign", "source", "turn", "x", "y")

    def __init__(self, sign: str, x: Value, y: Any, outcome: bool, source: Any, turn: int) -> None:
        self.sign, self.x, self.y, self.outcome, self.source = sign, x, y, outcome, source
        self.turn = turn


class source_lines(Mode):
    """Record which line of your program makes each Value, for the pages of `step` and `draw`.

    `v.source` is the line then; a page shows the program beside the graph. Comparisons of Values,
    as in `if x < 0`, are recorded with it. Like the other modes it is on in its own task or thread
    until it is left, and costs nothing outside. It is slow inside: for programs that one reads.

    The line is the innermost one that is neither in this package nor in `nn`, nor in a library, if
    your own code has called that.

    >>> from autograd_lite import Value, source_lines, step
    >>> with source_lines():
    ...     x = Value(3.0, label="x")
    ...     y = x * x
    >>> print(y.source)
    line 3: y = x * x
    """

    __module__ = "autograd_lite"

    def __init__(self, *function: Any) -> None:
        if function:  # of a decorator without brackets
            type(self).wanted()
        self._attribute = "lines"
        self._turns: dict[Any, int] = {}  # how often each `SourceLine` has compared
        self._codes: dict[int, _Code] = {}  # by the id of a code object, which it keeps alive
        self._programs: dict[tuple[str, ...], tuple[str, ...]] = {}  # one for each text

    __init__.__wrapped__ = lambda self: None  # type: ignore[attr-defined]  # shown

    @property
    def _value(self) -> Any:
        """What is asked for places: the mode itself; an attribute would be a cycle."""
        return self

    def __enter__(self) -> Any:
        asked = scopes._openings.open  # what new Values look at before they ask for their place
        asked.add(Entry(self, asked.discard))
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        scopes._openings.close(self)

    def place(self, scope: scopes.Scope | None) -> Place:
        """The place of a Value that is being made."""
        code, frame = self._of_user()
        if code is None:
            return Place(scope, None, next(_times))
        place: Place | None = code.places.get(frame.f_lasti)
        if place is None or place.scope is not scope or place.time < _compared:
            source = place.source if place else self._source(code, frame)
            place = code.places[frame.f_lasti] = Place(scope, source, next(_times))
        return place

    def compare(self, sign: str, x: Any, y: Any) -> bool:
        """The outcome of `x sign y`, which is recorded."""
        global _compared
        outcome: bool = SIGNS[sign](x._data, y._data if is_value(y) else y)
        source = self.place(None).source
        _compared = next(_times)
        turn = self._turns[source] = self._turns.get(source, 0) + 1
        other = ref(y) if is_value(y) else float(y)
        listed = _comparisons.setdefault(x, [])
        listed.append(_Comparison(sign, other, outcome, source, _compared, turn))
        if len(listed) >= 16 and len(listed) & (len(listed) - 1) == 0:
            listed[:] = {each.key(): each for each in listed if each.lives()}.values()
        return outcome

    def _of_user(self) -> tuple[Any, Any]:
        """The code and the frame of the user that is running; None, None if there is none."""
        frame: FrameType | None = sys._getframe(1)
        library: tuple[Any, Any] = None, None
        while frame is not None:
            code = self._codes.get(id(frame.f_code))
            if code is None:
                code = self._codes[id(frame.f_code)] = _Code(frame.f_code)
            if code.owner == USER:
                return code, frame
            if code.owner == LIBRARY and library[0] is None:
                library = code, frame
            frame = frame.f_back
        return library

    def _source(self, known: _Code, frame: FrameType) -> SourceLine:
        code = known.code
        if known.program is None:
            lines = tuple(program_of(frame))
            known.program = self._programs.setdefault(lines, lines)
        span = (frame.f_lineno, None, None, None)
        if sys.version_info >= (3, 11):
            first, *rest = next(islice(code.co_positions(), frame.f_lasti // 2, None), span)
            span = (first or span[0], *rest)
        return SourceLine(code, known.program, span)


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
         "!=": operator.ne}  # fmt: skip
USER, LIBRARY, OURS = range(3)
INSTALLED = (os.path.dirname(os.__file__) + os.sep, f"{os.sep}site-packages{os.sep}", "<__")


class _Code:
    """What is known of a code object: whose it is, its program, the places by instruction."""

    __slots__ = ("code", "owner", "places", "program")

    def __init__(self, code: CodeType) -> None:
        library, installed, internal = INSTALLED
        file = code.co_filename
        self.code, self.owner = code, USER
        if file.startswith((*PACKAGES, IMPORT)):
            self.owner = OURS
        elif file.startswith((library, internal, "<frozen ")) or installed in file:
            self.owner = LIBRARY
        self.program: Sequence[str] | None = None
        self.places: dict[int, Place] = {}


class _Comparison:
    """A comparison, which is kept with its first operand."""

    __slots__ = ("other", "outcome", "sign", "source", "time", "turn")

    def __init__(
        self, sign: str, other: Any, outcome: bool, source: Any, time: int, turn: int
    ) -> None:
        self.sign, self.other, self.outcome = sign, other, outcome
        self.source, self.time, self.turn = source, time, turn

    def key(self) -> tuple[Any, ...]:
        """Two comparisons with one key are one guard; the newest is kept, which steers less."""
        other = id(self.operand()) if self.is_weak() else self.other
        return self.sign, other, self.is_weak(), self.outcome, self.source

    def is_weak(self) -> bool:
        return type(self.other) is not float

    def operand(self) -> Any:
        """The second operand; None if it is a Value that has died."""
        return self.other() if self.is_weak() else self.other

    def lives(self) -> bool:
        return self.operand() is not None


_comparisons: WeakKeyDictionary[Value, list[_Comparison]] = WeakKeyDictionary()
_times = count(1)
_compared = 0  # the time of the newest comparison


def guards(order: Sequence[Any]) -> list[Guard]:
    """The comparisons that steered a graph, in the order of the program.

    Those count whose operands are in the graph or numbers, and that came before the newest Value of
    the graph that has a line.

    Args:
        order: its Values.
    """
    if not _comparisons:
        return []
    newest = max((getattr(v._place, "time", 0) for v in order), default=0)
    inside = set(order)
    found: dict[tuple[Any, ...], tuple[int, Guard]] = {}
    for x in order:
        for each in _comparisons.get(x, ()):
            y = each.operand()
            if each.time <= newest and (type(y) is float or y in inside):
                guard = Guard(each.sign, x, y, each.outcome, each.source, each.turn)
                found.setdefault((x, *each.key()), (each.time, guard))
    return [guard for _, guard in sorted(found.values(), key=lambda pair: pair[0])]


# The text of a program ----------------------------------------------------------------------------


def program_of(frame: FrameType) -> Sequence[str]:
    """The lines of the file that runs in a frame; none where nobody has kept them.

    Files, cells of notebooks and, from Python 3.13, what was typed are known to `linecache`. The
    text of `python -c` stands in the command; that of `exec` may stand in the caller, where it is
    known by giving the same code.
    """
    name = frame.f_code.co_filename
    lines = linecache.getlines(name, frame.f_globals)
    if (lines and name != "<string>") or not name.startswith("<"):
        return lines
    while frame.f_back is not None and frame.f_back.f_code.co_filename == name:
        frame = frame.f_back
    if lines and _gives("".join(lines), frame.f_code):  # many texts have the name `<string>`
        return lines
    for text in _texts(frame):
        if _gives(text, frame.f_code):
            return text.splitlines(keepends=True)
    return []


def _texts(frame: FrameType) -> Iterator[str]:
    command = getattr(sys, "orig_argv", ())
    if frame.f_back is None:
        yield from (text for flag, text in pairwise(command) if flag == "-c")
    else:
        held: Iterable[Any] = (*frame.f_back.f_code.co_consts, *frame.f_back.f_locals.values())
        yield from (text for text in held if type(text) is str and len(text) < 1_000_000)


def _gives(text: str, code: CodeType) -> bool:
    """Whether a text compiles to this code."""
    future = code.co_flags & 0x1FE0000  # as of `from __future__ import annotations`
    try:
        made = compile(text, code.co_filename, "exec", future, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return made == code and [*made.co_lines()] == [*code.co_lines()]  # 3.10 compares no lines


def _signs(text: str, column: int) -> int:
    """A place in a line, which Python counts in bytes, in characters."""
    return len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
