"""The notebooks of the course: where they are, and what their cells are for.

Their cells have tags. `exercise` is a cell in which names wait for an answer (`name = ...`); the
question is the text before it, with the solution folded (`<details>`), and `check` is the cell
after it. `lent` is a cell after a check that goes on with the answer if that is right, else with
what is lent. `prediction` is a cell in which a reader commits to a guess, and a later cell says
`predicted(...)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).parents[2] / "notebooks"  # in the project's sources, not in a wheel
FILE = re.compile(r"(\d\d[a-z]?)-[\w-]+")
HEADING = re.compile(r"^###+ +\D*(\d+)", re.MULTILINE)
FOLDED = re.compile(  # what says that it is a solution, or holds code
    r"\n*<details>(?:(?!</details>).)*?"
    r"(?:<summary>[^<]*(?:[Ss]olution|答案|解答)|```python\n)(?:(?!</details>).)*</details>\n*",
    re.DOTALL,
)
TOLD = re.compile(r"predicted\(\s*\w+,\s*(?:\"[^\"]*\"|-?[\d.]+),")  # the truth stands in the code
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
ELSEWHERE = r"\[([^]\n]*)\]\((?:zh|\.\.)/[^)\n]*\)"  # a link to the other language
ONLY_ELSEWHERE = re.compile(rf"^{ELSEWHERE}\s*$\n*", re.MULTILINE)


class CourseError(Exception):
    """What stands in the way of an edition; the message says what to do."""


@dataclass
class Exercise:
    """An exercise of a notebook: the cells that belong together, and the code that solves it.

    `goes_on` says that the cell after the check asks what the check has found.
    """

    number: int
    question: Any
    answer: Any
    check: Any
    solution: str
    goes_on: bool


# Files --------------------------------------------------------------------------------------------


def home(given: Path | None) -> Path:
    """The folder `notebooks` of the project's sources.

    Args:
        given: where it is; None for the one beside the package.

    Raises:
        CourseError: there are no notebooks.
    """
    place = given or BESIDE
    if not any(place.glob("[0-9]*.ipynb")):
        where = f"There are no notebooks in {place}"
        if not given:
            where = "This installation of autograd_lite comes without the notebooks"
        raise CourseError(
            f"{where}: they are in the folder notebooks/ of the project's sources. Get those, and "
            "name that folder with --notebooks"
        )
    return place


def chosen(place: Path, language: str = "en", only: Sequence[str] = ()) -> list[Path]:
    """The notebooks of a language, in order.

    Args:
        place: the folder `notebooks`.
        language: "en", or the name of a folder in it.
        only: the numbers of those that are wanted, as "04", "7a"; all of them by default.

    Raises:
        CourseError: one of these is not there.
    """
    folder = place if language == "en" else place / language
    paths = sorted(path for path in folder.glob("*.ipynb") if FILE.fullmatch(path.stem))
    numbers = {path.stem.split("-")[0].lstrip("0"): path for path in paths}
    wanted = [number.lower().lstrip("0") for number in only]
    if missing := [number for number in only if number.lower().lstrip("0") not in numbers]:
        known = ", ".join(path.stem.split("-")[0] for path in paths)
        raise CourseError(f"There is no notebook {', '.join(missing)}; there are: {known}")
    return [path for number, path in numbers.items() if not wanted or number in wanted]


def read(path: Path) -> Any:
    """A notebook with its outputs, as nbformat has it."""
    return nbformat().read(path, as_version=4)


def write(notebook: Any, path: Path) -> None:
    """Write a notebook; every build gives the same file."""
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat().write(notebook, path)


def trust(path: Path) -> None:
    """Mark a notebook as one's own, so that Jupyter shows all its pictures before it is run.

    Where Jupyter cannot keep such a mark, pictures show when the notebook has been run.
    """
    from nbformat.sign import NotebookNotary

    with suppress(OSError):  # a home that cannot be written
        NotebookNotary().sign(read(path))


def nbformat() -> Any:
    """The package that reads and writes notebooks."""
    try:
        import nbformat
    except ImportError as error:
        raise CourseError(
            "To write notebooks, nbformat is needed: pip install 'autograd_lite[notebook]'"
        ) from error
    return nbformat


# Cells --------------------------------------------------------------------------------------------


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    found: list[str] = cell.metadata.get("tags", [])
    return found


def exercises(cells: Sequence[Any]) -> Iterator[Exercise]:
    """The exercises among the cells of a notebook.

    Raises:
        CourseError: one of them lacks a number, its one solution, or its check.
    """
    for question, answer, check, after in zip(
        cells, cells[1:], [*cells[2:], None], [*cells[3:], None, None]
    ):
        if "exercise" not in tags(answer):
            continue
        heading = HEADING.search(question.source)
        if not heading:
            raise CourseError(f"no heading like `### Exercise 1` before:\n{answer.source}")
        number, solutions = int(heading[1]), solutions_in(question.source)
        if len(solutions) != 1:
            raise CourseError(f"exercise {number}: one folded solution in ```python")
        if check is None or "check" not in tags(check):
            raise CourseError(f"exercise {number}: a cell tagged check comes next")
        goes_on = after is not None and "lent" in tags(after)
        yield Exercise(number, question, answer, check, solutions[0], goes_on)


def solutions_in(text: str) -> list[str]:
    """The code of each folded solution."""
    return [code[1] for folded in FOLDED.findall(text) if (code := CODE.search(folded))]


def unsolved(text: str) -> str:
    r"""Text without its folded solutions.

    >>> from autograd_lite.course.sources import unsolved
    >>> unsolved("Why?\n\n<details><summary>Solution</summary>\nSo.\n</details>\n\nGo on.")
    'Why?\n\nGo on.'
    >>> unsolved("<details><summary>More</summary>\nA proof.\n</details>")
    '<details><summary>More</summary>\nA proof.\n</details>'
    """
    return FOLDED.sub("\n\n", text).strip("\n")


def without_solutions(notebook: Any, *, told: bool = False) -> Any:
    """The notebook for a reader who is to find them, and to predict before a cell is run.

    A cell that holds the answer of a prediction as a number or word is folded, too.

    Args:
        notebook: as nbformat has it.
        told: whether the outputs that answer predictions stay.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = unsolved(cell.source)
        elif "predicted(" in cell.source and not told:
            forget(cell)  # its output would tell
            if TOLD.search(cell.source):
                cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    return alone(notebook)


def forget(cell: Any) -> None:
    """Take away what a cell gave when it was run."""
    cell.outputs, cell.execution_count = [], None


def alone(notebook: Any) -> Any:
    """The notebook without links out of its folder, which lead nowhere in a copy."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = inside(cell.source)
    return notebook


def inside(text: str) -> str:
    """Text without links out of its folder: those to the other language.

    >>> from autograd_lite.course.sources import inside
    >>> inside("[2. Activations](02-activations.ipynb), [in English](../02-activations.ipynb)")
    '[2. Activations](02-activations.ipynb), in English'
    """
    return re.sub(ELSEWHERE, r"\1", ONLY_ELSEWHERE.sub("", text))
