"""The files of each edition of the course: {path in the folder: a notebook, or text}."""

from __future__ import annotations

import csv
import importlib.util
import io
import re
import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import editions, sources
from .sheets import answers, classroom, printed, tasks
from .slides import REVEAL, slides
from .sources import CourseError

Files = dict[str, Any]
UNANSWERED = re.compile(r"^.*\]\(answers\.md\).*\n\n", re.MULTILINE)


def student(options: Namespace) -> Files:
    """The notebooks without solutions, the bug gym, and the table of words that they link to."""
    return {**_notebooks(options, editions.student), **_words(options), **_gym(options)}


def instructor(options: Namespace) -> Files:
    """The same with the solutions in their places."""
    return {
        **_notebooks(options, editions.instructor),
        **_words(options),
        **_gym(options, answers=True),
    }


def nbgrader(options: Namespace) -> Files:
    """A course directory of nbgrader, in which each notebook is an assignment."""
    files: Files = {"nbgrader_config.py": editions.NBGRADER_CONFIG}
    for path in _chosen(options):
        with _told(path):
            made = editions.nbgrader(sources.read(path), options.show_checks)
        files[f"source/{path.stem}/{path.name}"] = made
    return files


def otter(options: Namespace) -> Files:
    """A master notebook for each assignment."""
    files: Files = {}
    for path in _chosen(options):
        with _told(path):
            made = editions.otter(
                sources.read(path), path.stem, options.language, options.show_checks
            )
        files[f"{path.stem}/{path.name}"] = made
    return files


def colab(options: Namespace) -> Files:
    """The notebooks for Google Colab."""
    address = options.address.rstrip("/")
    return {
        path.name: editions.colab(
            sources.read(path), options.package, f"{address}/{path.name}" if address else ""
        )
        for path in _chosen(options)
    }


def slide_shows(options: Namespace) -> Files:
    """A page of slides for each notebook."""
    reveal = None
    if shutil.which("npm"):
        reveal = script(sources.home(options.notebooks), "lite").from_npm(REVEAL)
    else:
        print("npm is not here, so the slides will load reveal.js from the network when shown")
    return {
        f"{path.stem}.html": slides(sources.read(path), path, options.language, reveal)
        for path in _chosen(options)
    }


def worksheets(options: Namespace) -> Files:
    """The sheets of a class, each student's by itself and all in one page, and their keys."""
    students = _names(options.students)
    sheets: dict[str, list[Any]] = {}
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["student", "sheet", "name", "value", "gradient"])
    for task, name, made in classroom(students, tasks(_numbers(options))):
        sheets.setdefault(name, []).append(made)
        for called, *found in answers(made):
            rows.writerow([name, task.name, called, *(f"{x:.12g}" for x in found)])
    everything = [made for each in sheets.values() for made in each]
    keys = [made.key for made in everything]
    files: Files = {
        "all-sheets.html": printed("all-sheets", everything),
        "all-keys.html": printed("all-keys", keys),
        "answers.csv": table.getvalue(),
    }
    for name, each in sheets.items():
        path = "sheets/" + re.sub(r"[^\w-]", "_", name) + ".html"
        if path in files:
            raise CourseError(f"{name} and another student would have the file {path}")
        files[path] = printed(name, each)
    return files


EDITIONS: dict[str, Callable[[Namespace], Files]] = {
    "student": student,
    "instructor": instructor,
    "nbgrader": nbgrader,
    "otter": otter,
    "colab": colab,
    "slides": slide_shows,
    "worksheets": worksheets,
}


def written(files: Files, folder: Path, *, over: bool) -> list[Path]:
    """Write files; returns the paths of those that were written.

    Args:
        files: by their paths in the folder.
        folder: which is made if it is not there.
        over: whether files that are there already are written over, or left as they are.

    Raises:
        CourseError: the folder is a file.
    """
    if folder.is_file():
        raise CourseError(f"{folder} is a file: name a folder")
    paths = []
    for name, content in files.items():
        path = folder / name
        if path.exists() and not over:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            sources.write(content, path)
            sources.trust(path)
        paths.append(path)
    return paths


def script(place: Path, name: str) -> Any:
    """A program that lies beside the notebooks, these or the project's own, as a module."""
    paths = [folder / f"{name}.py" for folder in (place, sources.BESIDE)]
    path = next(filter(Path.exists, paths), paths[0])
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.exists() or spec is None or spec.loader is None:
        raise CourseError(f"{path} is needed for this edition, and is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _chosen(options: Namespace) -> list[Path]:
    return sources.chosen(sources.home(options.notebooks), options.language, _numbers(options))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What is wrong with a notebook is said with its name."""
    try:
        yield
    except CourseError as error:
        raise CourseError(f"{path.name}: {error}") from error


def _numbers(options: Namespace) -> list[str]:
    return [number.strip() for number in options.only.split(",") if number.strip()]


def _notebooks(options: Namespace, edition: Callable[[Any], Any]) -> Files:
    return {path.name: edition(sources.read(path)) for path in _chosen(options)}


def _words(options: Namespace) -> Files:
    """The README beside the notebooks of a language: the words of the course."""
    path = sources.home(options.notebooks) / options.language / "README.md"
    return {path.name: sources.inside(path.read_text(encoding="utf-8"))} if path.exists() else {}


def _gym(options: Namespace, *, answers: bool = False) -> Files:
    """The programs of the bug gym, unless some notebooks are asked for.

    The answers are in English in each language, and come into the same folder. Without them, no
    line speaks of them.
    """
    place = sources.home(options.notebooks)
    gym = place / options.language / "gym"
    paths = [*(gym if gym.exists() else place / "gym").glob("*.*"), place / "gym" / "answers.md"]
    files = {
        f"gym/{path.name}": path.read_text(encoding="utf-8").replace("../../gym/", "")
        for path in sorted({*paths})
        if path.suffix in (".py", ".md") and path.exists() and not options.only
        if answers or path.name != "answers.md"
    }
    return files if answers else {name: UNANSWERED.sub("", text) for name, text in files.items()}


def _names(given: str) -> list[str]:
    """The students, or those that a file lists."""
    path = Path(given)
    if not path.is_file() and "," not in given and re.search(r"[/\\]|\.\w+$", given):
        raise CourseError(f"There is no file {given}: --students takes one, or names (ada,carl)")
    listed = path.read_text(encoding="utf-8").splitlines() if path.is_file() else given.split(",")
    found = [name.strip() for name in listed if name.strip()]
    if not found:
        raise CourseError("--students names nobody")
    return found
