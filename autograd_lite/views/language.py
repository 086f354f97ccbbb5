"""The language of what views say: English, or another that has a file in `locale/`.

The key of a text is the English text itself, with a name in braces for each number or name in it.
A file of `locale/` gives each text in its language; what it lacks is said in English. Scripts say
their texts by the same function and from the same files: a page has a script in its language, and
the one script of all widgets is given `script_words`.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from ..primitive import describe
from ..words import counted as counted_in_english

LOCALE = Path(__file__).parent / "locale"
ENGLISH = "en"
SETTING = "AUTOGRAD_LITE_LANGUAGE"
SAYS = re.compile(r'(?<![.\w])say\(\s*("(?:[^"\\]|\\.)*")')  # in a script
COUNTS = re.compile(r'(?<![.\w])counted\([^"]*?("[^"]*"), ("[^"]*")')

F = TypeVar("F", bound=Callable[..., Any])

_set: str | None = None  # for all threads
_here: ContextVar[str | None] = ContextVar("autograd_lite.views.language", default=None)


# Which language -----------------------------------------------------------------------------------


def set_language(language: str) -> None:
    """Choose the language of all views that are made from now on: "en", "zh".

    It is the words of pictures, pages and printed steps that change; names in your program,
    `w.grad` and messages of errors stay. One view alone has a language by `language=`. Without
    either it is the one that the environment names in AUTOGRAD_LITE_LANGUAGE, or English.

    Raises:
        TypeError, ValueError: there is no such language; the message lists those there are.

    >>> from autograd_lite import Value, explain, paths, set_language
    >>> x = Value(3.0, label="x")
    >>> set_language("zh")
    >>> print(paths(x, x))
    x 就是结果本身，所以 x.grad = 1。
    >>> set_language("en")
    >>> print(paths(x, x))
    x is the result itself, so x.grad = 1.
    """
    global _set
    _set = known(language)


def spoken_here() -> str:
    """The language that is spoken where this is called."""
    return _here.get() or _set or _of_environment()


def languages() -> list[str]:
    """The languages there are.

    >>> from autograd_lite.views.language import languages
    >>> {"en", "zh"} <= set(languages())
    True
    """
    return [ENGLISH, *sorted(path.stem for path in LOCALE.glob("*.json"))]


def known(language: str, role: str = "language") -> str:
    """`language`, if it is one of those there are; `role` is what it was given as."""
    if not isinstance(language, str):
        raise TypeError(f'{role} is a str, as "zh", got {describe(language)}')
    if language not in languages():
        near = [x for x in languages() if language.lower().replace("_", "-").startswith(f"{x}-")]
        raise ValueError(
            f"{role} is one of {', '.join(languages())}, got {language!r}"
            + (f": take {near[0]!r}" if near else f"; another one is a file in {LOCALE}")
        )
    return language


@functools.cache
def _of_environment() -> str:
    return known(os.environ.get(SETTING) or ENGLISH, SETTING)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """In this task or thread another language is spoken while this is open; None changes nothing.

    >>> from autograd_lite.views.language import say, speaking
    >>> with speaking("zh"):
    ...     say("Forward"), say("a sentence that nobody has put into Chinese")
    ('前向', 'a sentence that nobody has put into Chinese')
    """
    token = _here.set(spoken_here() if language is None else known(language))
    try:
        yield
    finally:
        _here.reset(token)


def spoken(method: F) -> F:
    """A method of what has a `language`, which is spoken in it whenever it is called."""

    @functools.wraps(method)
    def speaks(self: Any, *args: Any, **options: Any) -> Any:
        with speaking(self.language):
            return method(self, *args, **options)

    return speaks  # type: ignore[return-value]


# What is said -------------------------------------------------------------------------------------


def say(template: str, **parts: Any) -> str:
    """A text in the language that is spoken here.

    Args:
        template: the English text, which is its key; `{name}` stands for a part. A literal, so
            that it is found where texts are collected.
        parts: names and numbers, as they are shown.

    >>> from autograd_lite.views.language import say, speaking
    >>> say("step {place} of {all}", place=2, all=9)
    'step 2 of 9'
    >>> with speaking("zh"):
    ...     say("step {place} of {all}", place=2, all=9)
    '第 2 步，共 9 步'
    """
    words = texts(spoken_here()).get(template, template)
    return words.format(**parts) if parts else words


def counted(n: int, noun: str, nouns: str = "") -> str:
    """A count and its noun, as `words.counted`; its key is `{count} nouns`.

    >>> from autograd_lite.views.language import counted, speaking
    >>> counted(1, "step"), counted(2048, "step")
    ('1 step', '2,048 steps')
    >>> with speaking("zh"):
    ...     counted(1, "step")
    '1 步'
    """
    template = texts(spoken_here()).get(f"{{count}} {nouns or noun + 's'}")
    if template is None:
        return counted_in_english(n, noun, nouns)
    return template.format(count=f"{n:,}")


@functools.cache
def texts(language: str) -> dict[str, str]:
    """The texts of a language by the English ones; of English none.

    Its file has them in groups, whose names are for its readers alone.
    """
    if language not in languages()[1:]:
        return {}
    groups = json.loads((LOCALE / f"{language}.json").read_text(encoding="utf-8"))
    return {english: text for group in groups.values() for english, text in group.items()}


def said_in(script: str) -> list[str]:
    """The keys of all that a script says."""
    says = [json.loads(literal) for literal in SAYS.findall(script)]
    nouns = [f"{{count}} {json.loads(nouns)}" for _, nouns in COUNTS.findall(script)]
    return list(dict.fromkeys([*says, *nouns]))


def script_words(script: str, language: str) -> dict[str, str]:
    """The words that this script says, by the English ones; none of them in English."""
    words = texts(language)
    return {english: words[english] for english in said_in(script) if english in words}


def in_language(script: str, language: str) -> str:
    """This script with its texts in a language: shorter than to bring both, the keys and the words.

    What it counts is not replaced, for a noun alone has no words: that comes by `script_words`.
    """
    words = texts(language)

    def said(match: re.Match[str]) -> str:
        english = json.loads(match[1])
        literal = json.dumps(words.get(english, english), ensure_ascii=False)
        return match[0][: -len(match[1])] + literal.replace("<", r"\u003c")

    return SAYS.sub(said, script) if words else script
