"""What a notebook says of a reader's answers. It never raises: a wrong answer stops no Run All."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..views.language import say

CHINESE = "[\u3400-\u9fff]"
SPACE = re.compile(rf"(?<={CHINESE}) (?={CHINESE})")  # which Chinese has none of


@dataclass(frozen=True)
class Verdict:
    """What came of a check.

    Attributes:
        number: of the exercise.
        right: None for an exercise that is not answered yet.
        said: the line that was printed.

    >>> from autograd_lite.course import Verdict
    >>> Verdict(1, True, "Exercise 1: right").grade()
    >>> Verdict(2, None, "Exercise 2: not answered yet").grade()
    Traceback (most recent call last):
    AssertionError: Exercise 2: not answered yet
    """

    number: int
    right: bool | None
    said: str

    def grade(self) -> None:
        """For programs that give points: raise AssertionError unless the answer is right."""
        if not self.right:
            raise AssertionError(self.said)


def exercise(number: int, *answers: Any) -> Callable[[Callable[[], object]], Verdict]:
    """Check an exercise: the decorated function runs at once, and one line says what came of it.

    The line is in the language of the views (`set_language`). Nothing is raised, whatever the
    answers are: the cell of a wrong answer does not stop the cells after it.

    Args:
        number: of the exercise.
        answers: what the reader was to fill in; one that is still `...`, or a list with `...` in
            it, is not an answer yet, and then the function is not run.

    Returns:
        what makes a function into its `Verdict`. The function asserts what an answer must be, with
        a hint as the message.

    >>> from autograd_lite.course import exercise
    >>> def checked(product):
    ...     @exercise(1, product)
    ...     def check():
    ...         assert product == 6.0, "multiply the two numbers"
    >>> checked(...)
    Exercise 1: not answered yet
    >>> checked(5.0)
    Exercise 1: not yet: multiply the two numbers
    >>> checked(6.0)
    Exercise 1: right
    """

    def run(check: Callable[[], object]) -> Verdict:
        if any(map(_waits, answers)):
            verdict = Verdict(
                number, None, say("Exercise {number}: not answered yet", number=number)
            )
        elif (hint := _objection(check)) is None:
            verdict = Verdict(number, True, say("Exercise {number}: right", number=number))
        else:
            said = say("Exercise {number}: not yet: {hint}", number=number, hint=hint)
            verdict = Verdict(number, False, said)
        print(verdict.said)
        return verdict

    return run


def predicted(guess: Any, truth: Any, why: str) -> None:
    """Set a reader's prediction beside what is true, in one printed line.

    Args:
        guess: what the reader said; `...` or None for nothing.
        truth: what is true; numbers are printed with four digits.
        why: in one sentence.

    >>> from autograd_lite.course import predicted
    >>> predicted("b", "w", "its input is the larger one")
    You said b; it is w: its input is the larger one.
    >>> predicted("W", "w", "its input is the larger one")
    You said W, and so it is: its input is the larger one.
    >>> predicted(..., 2 / 3, "two of three answers are right")
    You did not guess; it is 0.6667: two of three answers are right.
    """
    why, guess, truth = why.rstrip(".。 "), _plain(guess), _plain(truth)
    if guess is ... or guess is None:
        said = say("You did not guess; it is {truth}: {why}.", truth=_shown(truth), why=why)
    elif _same(guess, truth):
        said = say("You said {guess}, and so it is: {why}.", guess=_shown(guess), why=why)
    else:
        parts = {"guess": _shown(guess), "truth": _shown(truth)}
        said = say("You said {guess}; it is {truth}: {why}.", why=why, **parts)
    print(SPACE.sub("", said))


# What a reader may have written -------------------------------------------------------------------


def _waits(answer: Any) -> bool:
    """Whether an answer is `...`, or a list, tuple or dict with such a part."""
    if isinstance(answer, dict):
        return any(map(_waits, answer.values()))
    return answer is ... or (isinstance(answer, (list, tuple)) and any(map(_waits, answer)))


def _objection(check: Callable[[], object]) -> str | None:
    """What a check says against the answer; None if it is right."""
    try:
        check()
    except AssertionError as error:
        return _text(error) or say("not what was asked for")
    except (Exception, SystemExit) as error:
        kind = type(error).__name__
        return say("your answer raised {error}", error=f"{kind}: {_text(error)}")
    return None


def _text(thing: object) -> str:
    """`str`, also of what has none."""
    try:
        return str(thing)
    except Exception:
        return type(thing).__name__


def _plain(thing: Any) -> Any:
    """The number of a Value; all else as it is."""
    data = getattr(thing, "data", None)
    return data if isinstance(data, float) else thing


def _shown(thing: Any) -> str:
    return f"{thing:.4g}" if isinstance(thing, float) else _text(thing)


def _same(guess: Any, truth: Any) -> bool:
    """Whether a guess is right: numbers to three digits, texts in any case."""
    if isinstance(guess, str) or isinstance(truth, str):
        return _shown(guess).strip().casefold() == _shown(truth).strip().casefold()
    try:
        return bool(guess == truth) or math.isclose(guess, truth, rel_tol=5e-4)
    except Exception:  # what cannot be compared is another thing
        return False
