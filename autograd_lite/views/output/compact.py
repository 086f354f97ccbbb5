"""compact: scripts and styles without what only their readers need: comments, spaces, `const`.

Names stay, so that an error in a browser says where it is.
"""

from __future__ import annotations

import functools
import re

# What is copied as it stands, or is a space. A `/` begins a regular expression where a value may
# begin; a template is one piece with all that stands in it, so none of ours has another within.
SCRIPT = re.compile(
    r"""
    (?P<kept> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
      | (?<=[(,=:!&|?{};\n])\s*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]* )
    | (?P<comment> \s*//[^\n]* )
    | (?P<template> ` )
    | (?P<space> [ \t]+ )
    """,
    re.VERBOSE,
)
NEEDLESS = re.compile(r";?\n?(?=\})|(?<=[{};,(\[])\n|\n(?=[\])])")  # ends of lines
IN_BRACKETS = r"\((?:[^;{}()`]|\((?:[^;{}()`]|\([^;{}()`]*\))*\))*\)"
NAMES = r"let(?: \w+|\{[\w,:]+\}|\[[\w,]+\])="
DECLARATION = rf"{NAMES}(?:[^;{{}}()`]|{IN_BRACKETS})*;"
DECLARED = re.compile(rf"(?<!\w){DECLARATION}(?:{DECLARATION})+")  # one after the other
SIGNS = frozenset("{}()[];,=+-*/<>!?:&|%^~\n.")


@functools.lru_cache(maxsize=16)
def compact_script(text: str) -> str:
    """JavaScript without comments and needless spaces.

    >>> compact_script('const a = b + "c  d"; // e')
    'let a=b+"c  d";'
    """
    parts: list[str] = []
    at = 0
    while match := SCRIPT.search(text, at):
        parts.append(text[at : match.start()])
        at = match.end()
        if match["template"]:
            at = _end_of_template(text, match.start())
            parts.append(text[match.start() : at])
        elif match["kept"]:
            parts.append(match[0].strip())
        elif match["space"]:
            before, after = text[match.start() - 1 : match.start()], text[at : at + 1]
            joined = before in "+-" and after == before  # a + +b
            if joined or not (before in SIGNS or after in SIGNS):
                parts.append(" ")
    parts.append(text[at:])
    text = "".join(f"{line}\n" for line in "".join(parts).split("\n") if line)
    text = re.sub(r"(?<![\w.\"'`])const(?= \w|[{[])", "let", NEEDLESS.sub("", text))
    return DECLARED.sub(lambda found: re.sub(r";let ?", ",", found[0]), text)


def _end_of_template(text: str, start: int) -> int:
    """The place after a template literal, which may hold others."""
    depth = [0]  # of braces, for each template that is open
    at, inside = start + 1, True  # inside its text, or in an expression
    while True:
        sign = text[at]
        if inside and sign == "\\":
            at += 1
        elif inside and sign == "`":
            depth.pop()
            if not depth:
                return at + 1
            inside = False
        elif inside and text.startswith("${", at):
            at, inside = at + 1, False
            depth[-1] = 0
        elif not inside and sign == "`":
            depth.append(0)
            inside = True
        elif not inside and sign == "{":
            depth[-1] += 1
        elif not inside and sign == "}":
            if depth[-1] == 0:
                inside = True
            else:
                depth[-1] -= 1
        at += 1


def compact_style(text: str) -> str:
    """CSS without comments and needless spaces.

    >>> compact_style(".a > .b {\\n  color: red;\\n}\\n")
    '.a>.b{color:red}'
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "", text)
    text = re.sub(r" ?([{}>;,]) ?| (?=!)|(?<=[\w-]:) ", r"\1", text)
    return re.sub(r"(?<![\d.])0(?=\.\d)", "", text).replace(";}", "}")
