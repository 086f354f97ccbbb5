"""Worksheets to print, each student's with other numbers, and their keys.

The numbers are drawn from the student's name or number, so a sheet can be made again at any time;
the answers are those that the engine computes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..engines import Value
from ..views.names import names
from ..views.output.page import Section, page
from ..views.stepper.stepper import step
from ..views.text import number
from ..views.worksheet.sheet import PAGE_STYLE
from ..views.worksheet.worksheet import Worksheet, asked_for
from .sources import CourseError

STYLE = PAGE_STYLE + "section{break-after:page}section:last-child{break-after:auto}"
TRIES = 100  # to find numbers that nobody in the class has
STEEP = 1.5  # beyond it a tanh is so flat that its slope cannot be found from three digits


@dataclass(frozen=True)
class Task:
    """A graph to work through with a pencil.

    Attributes:
        name: of its sheet, with the number of the notebook after which it can be solved.
        blank: what is left empty, as for `draw(..., blank=...)`.
        leaves: the names of its leaves.
        make: the result, of the leaves.
    """

    name: str
    blank: str
    leaves: str
    make: Callable[..., Any]


def _neuron(w: Any, x: Any, v: Any, y: Any, b: Any) -> Any:
    total = w * x + v * y + b
    total.label = "z"
    return total.tanh()


def _net(x: Any, w: Any, b: Any, v: Any, c: Any, y: Any) -> Any:
    hidden = (w * x + b).sigmoid()
    hidden.label = "h"
    answer = v * hidden + c
    answer.label = "a"
    return (answer - y) ** 2


def _cross_entropy(z1: Any, z2: Any) -> Any:
    total = z1.exp() + z2.exp()
    total.label = "sum"
    return total.log() - z1


TASKS = [
    Task("01-two-paths", "all", "a b c", lambda a, b, c: (a * b + c) * a),
    Task("03-neuron", "all", "w x v y b", _neuron),
    Task("04-backpropagation", "gradients", "x w b v c y", _net),
    Task("05-cross-entropy", "gradients", "z1 z2", _cross_entropy),
]


def sheet(task: Task, student: str, attempt: int = 0) -> Worksheet:
    """The worksheet of a student.

    Args:
        task: what is asked.
        student: a name or number; the same one always gets the same numbers.
        attempt: another one gives other numbers.

    >>> from autograd_lite.course.sheets import TASKS, answers, sheet
    >>> for student in ("ada", "carl"):
    ...     print([value for _, value, _ in answers(sheet(TASKS[0], student))][:3])
    [-0.8, 1.2, -0.96]
    [-1.4, 0.9, -1.26]
    """
    seed = hashlib.sha256(f"{task.name}/{student}/{attempt}".encode()).digest()
    rng, leaves = Random(seed), task.leaves.split()
    while True:
        tenths = rng.sample(range(2, 20), len(leaves))  # no two alike, so that no mix-up is right
        result = task.make(
            *(Value(rng.choice((-1, 1)) * n / 10, x) for n, x in zip(tenths, leaves))
        )
        if not _flat(result):
            break
    result.label = "loss" if task.blank == "gradients" else "out"
    return Worksheet(step(result), asked_for(task.blank), who=student)


def _flat(result: Any) -> bool:
    """Whether a tanh ends the sheet where it is flat."""
    return bool(result.op.name == "tanh" and abs(result.parents[0].data) > STEEP)


def answers(made: Worksheet) -> list[tuple[str, float, float]]:
    """(name, value, gradient) of each Value of a worksheet, as the engine computes them."""
    run = made._stepper.run
    called = names(run.order)
    return [(called[x], x.data, run.gradients[x]) for x in run.order]


def tasks(numbers: Sequence[str] = ()) -> list[Task]:
    """The tasks after notebooks, all of them by default.

    Args:
        numbers: of the notebooks, as "04" or "4".

    Raises:
        CourseError: there is none after one of them.
    """
    known = {task.name[:2].lstrip("0"): task for task in TASKS}
    if missing := [number for number in numbers if number.lstrip("0") not in known]:
        there = ", ".join(task.name[:2] for task in TASKS)
        raise CourseError(f"There is no worksheet {', '.join(missing)}; there are: {there}")
    wanted = [number.lstrip("0") for number in numbers] or known
    return [task for number, task in known.items() if number in wanted]


def classroom(
    students: Sequence[str], chosen: Sequence[Task] = TASKS
) -> Iterator[tuple[Task, str, Worksheet]]:
    """The worksheets of a class: of each task, no two students have the same answers.

    Args:
        students: their names or numbers.
        chosen: what each of them is asked.

    Raises:
        CourseError: a student is named twice.
    """
    if twice := sorted({student for student in students if students.count(student) > 1}):
        raise CourseError(f"There are two students {', '.join(twice)}: give each another name")
    given: set[tuple[Any, ...]] = set()
    for student in students:
        for task in chosen:
            for attempt in range(TRIES):
                made = sheet(task, student, attempt)
                key = (task.name, *(number(gradient) for _, _, gradient in answers(made)))
                if key not in given:
                    break
            else:
                raise CourseError(f"{task.name} has too few numbers for {len(students)} students")
            given.add(key)
            yield task, student, made


def printed(title: str, made: Sequence[Worksheet]) -> str:
    """A page to print, with a sheet of A4 for each worksheet."""
    parts = [Section(svg=each.svg) for each in made]
    return page(title, parts, language=made[0].language, style=STYLE, headed=False)
