"""Lines of code by room: without docstrings, comments and blank lines.

    python tests/count_lines.py            # each room, and the total
    python tests/count_lines.py autograd_lite/views nn    # each file of some rooms

A room is a folder; the programs above the rooms of `autograd_lite` are counted apart. What is
generated is not counted.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("autograd_lite", "nn")
PROGRAMS = ("__main__.py", "export.py", "course.py")
C_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
C_TEXT = re.compile(rb'"(?:\\.|[^"\\\n])*"')
NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


def code_lines(path: Path) -> int:
    """The lines of a file of Python, C or JavaScript that hold code."""
    text = path.read_bytes()
    if path.suffix != ".py":
        text = C_COMMENT.sub(b"", C_TEXT.sub(b'""', text))
        return sum(bool(line.strip()) for line in text.splitlines())
    lines = set[int]()
    for token in tokenize.tokenize(io.BytesIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstring_lines(ast.parse(text)))


def docstring_lines(tree: ast.Module) -> set[int]:
    """The lines that docstrings take."""
    lines = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if first is not None and ast.get_docstring(node, clean=False) is not None:
                assert first.end_lineno is not None
                lines.update(range(first.lineno, first.end_lineno + 1))
    return lines


def is_generated(path: Path) -> bool:
    """Whether a program writes the file."""
    return path.suffix in (".inc", ".pyi")


def room_of(path: Path) -> str:
    """The room in which a file lies, as a path from the root."""
    folder = path.parent.relative_to(ROOT).as_posix()
    if path.suffix in (".c", ".h"):
        return f"{folder} (C)"
    if path.suffix in (".js", ".css"):
        return f"{folder} (page)"
    if folder == PACKAGES[0]:
        return f"{folder}: programs" if path.name in PROGRAMS else f"{folder}: engine"
    return folder


def files() -> list[Path]:
    """The files of both packages that people write."""
    kinds = (".py", ".c", ".h", ".js", ".css")
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*")]
    return sorted(path for path in found if path.suffix in kinds and not is_generated(path))


def main(rooms: list[str]) -> None:
    """Print the table of rooms, or the files of some rooms."""
    if rooms:
        for path in files():
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(tuple(rooms)):
                print(f"{code_lines(path):7,}  {name}")
        return
    lines, counts = Counter[str](), Counter[str]()
    for path in files():
        lines[room_of(path)] += code_lines(path)
        counts[room_of(path)] += 1
    for room in sorted(lines):
        print(f"{lines[room]:7,}  {counts[room]:3} files  {room}")
    print(f"{sum(lines.values()):7,}  {sum(counts.values()):3} files")


if __name__ == "__main__":
    main(sys.argv[1:])
