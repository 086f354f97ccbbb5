"""The program beside a graph: the lines that made its Values, and which made which.

Only what belongs to the graph is shown, for a page may be shared: functions that made Values of it,
and outside of functions the statements that did, with the `for`, `if` or `with` around them. Of the
file's path there is its name alone.
"""

from __future__ import annotations

import ast
import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from ..lines import SourceLine, guards
from .language import say
from .text import shortened

LONGEST = 160  # characters of a line
MOST_ROWS = 80  # of a function; of a longer one, and of a longer statement, what made Values
MODULE = "<module>"
Program = Sequence[str]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(slots=True)
class Block:
    """Lines that stand together: of a function, or of a file outside of functions.

    Attributes:
        title: of what they are.
        lines: all lines of the file.
        numbers: of those that are shown, from 1, in order.
    """

    title: str
    lines: Program
    numbers: list[int] = field(default_factory=list)

    @property
    def indentation(self) -> int:
        """How many characters all lines that are shown begin with."""
        texts = [self.lines[n - 1] for n in self.numbers if n <= len(self.lines)]
        return min((len(x) - len(x.lstrip()) for x in texts if x.strip()), default=0)


def program_beside(cards: Mapping[str, Iterable[Any]], order: Sequence[Any]) -> dict[str, Any]:
    """What a payload says of the program, as `program`; nothing if no line was recorded.

    Args:
        cards: the Values that each card stands for, by its key.
        order: all Values of the graph, in topological order.
    """
    known = ((v, getattr(v, "source", None)) for v in order)  # nodes of other engines have none
    sources = {v: source for v, source in known if source is not None}
    if not sources:
        return {}
    in_time = sorted(sources, key=lambda v: v._place.time)
    steered = [guard.source for guard in guards(order) if guard.source is not None]
    texts = {id(source.program): source.program for source in (*sources.values(), *steered)}
    one = {program: program for program in texts.values()}  # of those that are equal
    programs = {at: one[program] for at, program in texts.items()}
    blocks = _blocks([sources[v] for v in in_time] + steered, programs)
    rows, listed = _listed(blocks)
    made = {
        key: _marks([sources[v] for v in nodes if v in sources], rows, programs)
        for key, nodes in cards.items()
    }
    return {"program": {"blocks": listed, "made": {key: at for key, at in made.items() if at}}}


def _blocks(sources: Iterable[SourceLine], programs: Mapping[int, Program]) -> list[Block]:
    """The lines that are shown, in the order in which they made Values first."""
    files: dict[tuple[str, int], _File] = {}
    for place, source in enumerate(dict.fromkeys(sources)):
        program = programs[id(source.program)]
        key = source.file, id(program)
        if key not in files:
            files[key] = _File(source.file, program)
        for number in range(source.number, source.last + 1):
            files[key].places.setdefault(number, place)
    blocks = [(file, block) for file in files.values() for block in file.blocks()]
    blocks.sort(key=lambda pair: min(pair[0].places.get(n, math.inf) for n in pair[1].numbers))
    return [block for _, block in blocks]


class _File:
    """The text of a file, and where its functions and statements are.

    Attributes:
        places: when each line that is wanted made its first Value.
    """

    def __init__(self, name: str, lines: Program) -> None:
        self.name, self.lines = name, lines
        self.places: dict[int, int] = {}
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError, RecursionError):  # as of a cell with commands of IPython
            tree = ast.Module([], [])
        nodes = list(ast.walk(tree))
        self.functions = [x for x in nodes if isinstance(x, DEFINITIONS)]
        self.statements = [x for x in nodes if isinstance(x, ast.stmt)]

    def blocks(self) -> Iterator[Block]:
        """The blocks of which the lines that are wanted are part."""
        shown: dict[Any, list[int]] = {}  # lines by the function they are in, or None
        for number in self.places:
            shown.setdefault(self._around(number), []).append(number)
        for function, inside in shown.items():
            if any(function is not other and self._holds(other, function) for other in shown):
                continue  # it stands in that of another
            for other, more in shown.items():
                if other is not function and self._holds(function, other):
                    inside = [*inside, *more]
            name = MODULE if function is None else function.name
            yield Block(self._title(name), self.lines, self._rows(function, inside))

    def _around(self, number: int) -> Any:
        """The innermost function that a line is in; None outside of functions."""
        inside = [x for x in self.functions if _first(x) <= number <= (x.end_lineno or 0)]
        return min(inside, key=lambda x: (x.end_lineno or 0) - x.lineno, default=None)

    def _holds(self, outer: Any, inner: Any) -> bool:
        if outer is None or inner is None:
            return False
        return bool(outer.lineno < inner.lineno and inner.end_lineno <= outer.end_lineno)

    def _rows(self, function: Any, inside: Sequence[int]) -> list[int]:
        if function is not None:
            first, last = _first(function), function.end_lineno
            if last - first < MOST_ROWS:
                return [*range(first, last + 1)]
        rows = {*inside}
        for statement in self.statements:
            first, last = _first(statement), statement.end_lineno or statement.lineno
            if not any(first <= number <= last for number in inside):
                continue
            body = getattr(statement, "body", None)
            if body:  # of a compound statement its head
                rows.update(range(first, max(_first(body[0]), first + 1)))
            elif last - first < MOST_ROWS:
                rows.update(range(first, last + 1))
        return sorted(rows)

    def _title(self, name: str) -> str:
        shell = sys.modules.get("IPython")
        compiler = getattr(shell and shell.get_ipython(), "compile", None)
        cell = getattr(compiler, "_filename_map", {}).get(self.name)
        cell = cell or next(iter(re.findall(r"^<ipython-input-(\d+)", self.name)), None)
        file = say("cell {number}", number=cell) if cell else PurePath(self.name).name
        return shortened(file if name == MODULE else f"{name} · {file}", 80)


def _first(statement: Any) -> int:
    """The line where a statement begins, with its decorators."""
    decorators = [x.lineno for x in getattr(statement, "decorator_list", ())]
    return int(min([statement.lineno, *decorators]))


def line_of(nodes: Sequence[Any]) -> str:
    """The line that made the Values of a card, in words; "" if none or several are known."""
    sources = {v.source for v in nodes}
    source = sources.pop() if len(sources) == 1 else None
    if source is None:
        return ""
    text = shortened(source.text, 60)
    return say("line {number}: {text}", number=source.number, text=text) if text else ""


Rows = dict[tuple[int, int], tuple[int, int]]  # by the file's lines and a number: row, indentation


def _listed(blocks: Sequence[Block]) -> tuple[Rows, list[dict[str, Any]]]:
    """The blocks as JSON, and where each line stands among all their rows."""
    rows: Rows = {}
    listed = []
    count = 0
    for block in blocks:
        indentation, texts = block.indentation, list[Any]()
        before = None
        for number in block.numbers:
            if before is not None and number > before + 1:
                texts.append([0, "⋯"])
            before = number
            rows[id(block.lines), number] = count + len(texts), indentation
            text = block.lines[number - 1] if number <= len(block.lines) else ""
            texts.append([number, _safe(text[indentation:])])
        count += len(texts)
        entry: dict[str, Any] = {"title": block.title, "rows": texts}
        if not block.lines:
            entry["note"] = say("Python keeps no text of what is typed or run there.")
        listed.append(entry)
    return rows, listed


def _safe(text: str) -> str:
    """A line of a program that cannot disturb the page around it; as many characters as it had."""
    text = re.sub(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", " ", text.rstrip("\r\n"))
    text = re.sub(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "\ufffd", text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _marks(
    sources: Iterable[SourceLine], rows: Rows, programs: Mapping[int, Program]
) -> list[list[int]]:
    """What of which rows made a card: [row, from, to], characters of its text."""
    found: dict[tuple[int, int, int], None] = {}
    for source in dict.fromkeys(sources):
        for number in range(source.number, source.last + 1):
            at = rows.get((id(programs[id(source.program)]), number))
            if at is None:
                continue
            row, indentation = at
            text = source.program[number - 1].rstrip() if number <= len(source.program) else ""
            start, end = len(text) - len(text.lstrip()), len(text)
            if source.columns is not None and number == source.number:
                start = source.columns[0]
            if source.columns is not None and number == source.last:
                end = source.columns[1]
            mark = [min(max(x - indentation, 0), LONGEST) for x in (start, end)]
            found[row, mark[0], mark[1]] = None
    return [list(mark) for mark in sorted(found)]
