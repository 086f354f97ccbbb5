"""Editions of a notebook: for students, for teachers, for Colab, for programs that grade.

Each takes a notebook as nbformat has it, changes it, and returns it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

from ..views.language import say, speaking
from . import sources
from .sources import CourseError, Exercise, forget


def student(notebook: Any) -> Any:
    """Without solutions; with all outputs, but for those that answer a prediction."""
    return sources.without_solutions(notebook)


def instructor(notebook: Any) -> Any:
    """With each solution in its place, so that all checks say "right" when it is run."""
    for exercise in sources.exercises(notebook.cells):
        exercise.answer.source = exercise.solution.rstrip()
        forget(exercise.answer)
        forget(exercise.check)
    return sources.alone(notebook)


COLAB = """\
import sys

if "google.colab" in sys.modules:  # in Colab alone
    %pip install --quiet {package} anywidget
    from google.colab import output

    output.enable_custom_widget_manager()  # steppers and pictures that answer to keys"""
BADGE = "[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]({})"
HUB = "https://github.com/"


def colab(notebook: Any, package: str, address: str = "") -> Any:
    """For students on Google Colab: its first cell installs the package there, and only there.

    Args:
        package: what pip is to install.
        address: of the notebook on GitHub, as https://github.com/OWNER/NAME/blob/main/FILE; with
            it the notebook begins with a badge that opens it in Colab.

    Raises:
        CourseError: Colab does not open that address.
    """
    from nbformat.v4 import new_code_cell

    if address and not address.startswith(HUB):
        raise CourseError(f"Colab opens notebooks on {HUB}OWNER/NAME/blob/..., got {address}")
    notebook = sources.without_solutions(notebook)
    notebook.cells.insert(1, new_code_cell(COLAB.format(package=package)))
    if address:
        opened = "https://colab.research.google.com/github/" + address.removeprefix(HUB)
        notebook.cells[0].source += "\n\n" + BADGE.format(opened)
    return notebook


# For programs that grade --------------------------------------------------------------------------

NBGRADER_CONFIG = '''\
"""`nbgrader generate_assignment NAME` makes release/NAME from source/NAME; see its manual."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "autograd_lite"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}  # later cells run without an answer
c.ExecutePreprocessor.timeout = 300
'''


def nbgrader(notebook: Any, shown: bool = False) -> Any:
    """A source for nbgrader, whose `generate_assignment` makes the students' copy.

    Args:
        notebook: which.
        shown: whether students see the checks and can run them; they grade in either case. A check
            that a later cell asks is seen in any case.
    """
    found = list(sources.exercises(notebook.cells))
    notebook = sources.without_solutions(notebook)
    for exercise in found:
        answer, check, key = exercise.answer, exercise.check, f"exercise-{exercise.number}"
        tested = [*_checked(exercise), "verdict.grade()"]
        visible = check.source.rstrip() if shown or exercise.goes_on else _notice(exercise)
        answer.source = _lines(
            answer.source.rstrip(),
            "### BEGIN SOLUTION", exercise.solution.rstrip(), "### END SOLUTION",
        )  # fmt: skip
        check.source = _lines(visible, "### BEGIN HIDDEN TESTS", *tested, "### END HIDDEN TESTS")
        for cell, grade in ((answer, False), (check, True)):
            cell.metadata["nbgrader"] = {
                "grade_id": key if grade else f"{key}-answer",
                "grade": grade,
                "solution": not grade,
                "locked": grade,
                "task": False,
                "schema_version": 3,
                **({"points": 1} if grade else {}),
            }
            forget(cell)
    return notebook


def otter(notebook: Any, name: str, language: str = "en", shown: bool = False) -> Any:
    """A master for `otter assign`, which makes the students' copy and the autograder.

    Args:
        notebook: which.
        name: of the assignment.
        language: of the notebook, in which its checks say what they expect.
        shown: whether students see the checks and can run them; they grade in either case. A check
            that a later cell asks is seen in any case.
    """
    from nbformat.v4 import new_code_cell, new_output, new_raw_cell

    found = {id(exercise.question): exercise for exercise in sources.exercises(notebook.cells)}
    notebook = sources.without_solutions(notebook)

    def cells() -> Iterator[Any]:
        yield new_raw_cell(f"# ASSIGNMENT CONFIG\nname: {json.dumps(name)}\nrun_tests: false")
        for cell in notebook.cells:
            exercise = found.get(id(cell))
            if exercise:
                yield from question(exercise)
            elif not {"exercise", "check"} & {*sources.tags(cell)}:
                yield cell

    def question(exercise: Exercise) -> Iterator[Any]:
        answer, check = exercise.answer, exercise.check
        asked = [new_code_cell(check.source)] if exercise.goes_on else []
        answer.source = _lines(
            '""" # BEGIN PROMPT', answer.source.rstrip(), '"""; # END PROMPT',
            "# BEGIN SOLUTION NO PROMPT", exercise.solution.rstrip(), "# END SOLUTION",
        )  # fmt: skip
        check.source = _lines(*([] if shown else ["# HIDDEN"]), *_checked(exercise))
        forget(answer)
        forget(check)
        with speaking(language):  # what a right answer prints is what the test expects
            said = say("Exercise {number}: right", number=exercise.number)
        check.outputs = [new_output("stream", name="stdout", text=said)]
        yield new_raw_cell(f"# BEGIN QUESTION\nname: exercise_{exercise.number}\npoints: 1")
        yield exercise.question
        for part, inner in (("SOLUTION", answer), ("TESTS", check)):
            yield from (new_raw_cell(f"# BEGIN {part}"), inner, new_raw_cell(f"# END {part}"))
        yield new_raw_cell("# END QUESTION")
        yield from asked

    notebook.cells = list(cells())
    return notebook


def _lines(*parts: str) -> str:
    return "\n".join(parts)


def _notice(exercise: Exercise) -> str:
    return f"# exercise {exercise.number} is checked when your work is graded"


def _checked(exercise: Exercise) -> list[str]:
    """The check as statements that leave its `verdict`, whatever names an answer has taken."""
    body = ast.parse(exercise.check.source).body
    last = body[-1] if body else None
    if not isinstance(last, ast.FunctionDef) or len(last.decorator_list) != 1:
        raise CourseError(f"exercise {exercise.number}: its check ends with @exercise(...)")
    (call,) = last.decorator_list
    last.decorator_list = []
    return [
        "from autograd_lite.course import exercise",
        *map(ast.unparse, body),
        f"verdict = {ast.unparse(call)}({last.name})",
    ]
