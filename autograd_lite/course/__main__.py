"""python -m autograd_lite.course DIR: the notebooks as a folder to work in, and other editions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..export import ExportError
from ..views.language import languages, speaking, spoken_here
from ..words import counted
from .folders import EDITIONS, script, student, written
from .sources import CourseError, home

START = """\
Write the notebooks of the course, without solutions, into DIR, to read, run and change them there.
A file that is there already is left as it is. For teachers: "build --help" lists other editions."""
BUILD = """\
Write an edition of the notebooks into DIR:
  student     without solutions, as the command without "build" gives them
  instructor  with the solutions in their places
  nbgrader    a course for nbgrader, with hidden tests
  otter       masters for "otter assign", with hidden tests
  colab       for Google Colab: the first cell installs the package there
  slides      to show in a browser: each key reveals one thing
  worksheets  to print: each student's have other numbers; with their keys
  lite        a site that runs the notebooks in a browser"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    builds = given[:1] == ["build"]
    parser = builder() if builds else starter()
    if not builds and any(word.startswith("--for") for word in given):
        parser.error("--for belongs to build: ... autograd_lite.course build --for EDITION DIR")
    options = parser.parse_args(given[builds:])
    for option in ("only", "language"):
        if builds and options.edition == "lite" and getattr(options, option):
            parser.error(f"--{option} is not for lite: the site has all notebooks and languages")
    options.language = options.language or spoken_here()
    try:
        with speaking(options.language):
            print(build(options) if builds else start(options))
    except (CourseError, ExportError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def start(options: argparse.Namespace) -> str:
    """A folder for a student; returns what to say."""
    files = student(options)
    new = written(files, options.DIR, over=False)
    said = [f"{counted(len(new), 'new file')} in {options.DIR}"]
    if kept := len(files) - len(new):
        said.append(
            f"{counted(kept, 'file')} left as they were: delete or rename one to get it anew"
        )
    quoted = f'"{options.DIR}"' if " " in str(options.DIR) else str(options.DIR)
    return "\n".join([*said, f"next: jupyter lab {quoted}"])


def build(options: argparse.Namespace) -> str:
    """An edition; returns what to say.

    Raises:
        CourseError: it would write over files that are there.
    """
    if options.edition == "lite":
        return f"{script(home(options.notebooks), 'lite').build(options.DIR.resolve())}"
    files = EDITIONS[options.edition](options)
    there = [name for name in files if (options.DIR / name).exists()]
    if there and not options.replace:
        raise CourseError(
            f"{options.DIR / there[0]} is there already; --replace writes over it"
            + (f" and {counted(len(there) - 1, 'other file')}" if len(there) > 1 else "")
        )
    new = written(files, options.DIR, over=True)
    return f"{counted(len(new), 'file')} in {options.DIR}" + NEXT.get(options.edition, "")


NEXT = {
    "nbgrader": "\nnext, there: nbgrader generate_assignment NAME, for each folder in source/",
    "otter": "\nnext, in each folder there: otter assign NOTEBOOK dist",
    "slides": "\nopen one in a browser: → or PageDown reveals the next thing",
    "worksheets": "\nprint all-sheets.html; all-keys.html and answers.csv are for you",
}


def starter() -> argparse.ArgumentParser:
    """The command for students."""
    return _parser("python -m autograd_lite.course", START)


def builder() -> argparse.ArgumentParser:
    """The command for teachers."""
    parser = _parser("python -m autograd_lite.course build", BUILD)
    add = parser.add_argument
    known = [*EDITIONS, "lite"]
    add("--for", dest="edition", required=True, choices=known, metavar="EDITION")
    add("--replace", action="store_true", help="write over files that are there already")
    add(
        "--show-checks",
        action="store_true",
        help="nbgrader, otter: students see the checks and can run them; by default these only "
        "grade",
    )
    add(
        "--package",
        default="autograd_lite",
        help='colab: what pip installs there, as "git+https://github.com/OWNER/NAME"; by default '
        "%(default)s",
    )
    add(
        "--address",
        default="",
        help="colab: where DIR will be, as https://github.com/OWNER/NAME/blob/main/DIR; with it, "
        "each notebook has a badge that opens it",
    )
    add(
        "--students",
        default=",".join(map(str, range(1, 31))),
        help="worksheets: names or numbers, as ada,carl; or a file with one on each line; by "
        "default 1 to 30",
    )
    return parser


def _parser(program: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("DIR", type=Path, help="a folder; it is made if it is not there")
    add("--language", choices=languages(), help=f"by default {spoken_here()}")
    add("--only", default="", metavar="NUMBERS", help="some notebooks, or worksheets, as 01,07a")
    add(
        "--notebooks",
        type=Path,
        metavar="FOLDER",
        help="the folder notebooks/ of the project's sources; by default the one beside this "
        "package",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
