"""What students are given holds no solution: not folded, not in a later cell, a hint or an output.

A solution is taken apart into functions and formulas. It is shown where a cell has a formula of it,
or most lines of a function. Numbers and words are not looked for: a check must have them.
"""

from __future__ import annotations

import ast
import copy
import re
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("nbformat", reason="nbformat is not installed (extra [notebook])")

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.course import editions, sources
from autograd_lite.views.language import languages

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MOST = 0.7  # of the lines of a function
CUT = re.compile(  # what nbgrader and otter-grader take out of a cell
    r"^### BEGIN (SOLUTION|HIDDEN TESTS)$.*?^### END \1$"
    r"|^# BEGIN SOLUTION NO PROMPT$.*?^# END SOLUTION$",
    re.MULTILINE | re.DOTALL,
)


# What a cell shows --------------------------------------------------------------------------------


def parts(solution):
    """The functions and formulas of a solution: (name, lines)."""
    for statement in ast.parse(solution).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            lines = [line for inner in statement.body for line in lines_of(inner)]
            yield statement.name, lines
        elif isinstance(statement, ast.Assign):
            value, name = statement.value, ast.unparse(statement.targets[0])
            lambdas = [x for x in ast.walk(value) if isinstance(x, ast.Lambda)]
            for formula in [x.body for x in lambdas] or [value]:
                if any(isinstance(x, ast.Name) for x in ast.walk(formula)):
                    yield name, lines_of(formula)


def lines_of(tree):
    return [squeezed(line) for line in ast.unparse(tree).splitlines()]


def squeezed(text):
    """Lines with no more spaces than those between words."""
    return re.sub(r"(?<!\w) +| +(?!\w)", "", text).replace("'", '"')


def texts(cell):
    """All that a cell shows, without spaces."""
    found = [re.sub(r"  #.*", "", cell.source), *outputs(cell)]
    found.append(cell.source.replace("\n", " "))  # a formula in prose may go on in the next line
    is_code = cell.cell_type == "code"
    for code in [cell.source] if is_code else sources.CODE.findall(cell.source):
        with suppress(SyntaxError):  # a magic of IPython
            found.append(ast.unparse(ast.parse(code)))
    return [squeezed(text) for text in found]


def outputs(cell):
    return [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    ]


def shown(lines, seen):
    """Whether these lines of a solution can be read in the texts of a cell."""
    if len(lines) == 1:  # a formula, which may stand within a line; `f(y, x)` is not `(y, x)`
        formula = lines[0].removeprefix("return").strip()
        around = re.compile(rf"(?:(?<![\w.])|(?<=return)){re.escape(formula)}(?![\w.(])")
        return any(formula in text and around.search(text) for text in seen)
    there = {line.strip() for text in seen for line in text.splitlines()}
    return sum(line in there for line in lines) >= MOST * len(lines)


def found(solutions, cells):
    """(exercise, name, cell) of each part of a solution that can be read in a cell."""
    looked_for = [(number, *part) for number, solution in solutions for part in parts(solution)]
    return [
        (number, name, cell.source)
        for cell in cells
        for seen in [texts(cell)]
        for number, name, lines in looked_for
        if shown(lines, seen)
    ]


# What students are given --------------------------------------------------------------------------


def released(notebook):
    """What `nbgrader generate_assignment` and `otter assign` make of a source, near enough."""
    cells, tests = [], False
    for cell in notebook.cells:
        tests = cell.source == "# BEGIN TESTS" or (tests and cell.source != "# END TESTS")
        if not tests:
            cell.source = CUT.sub("", cell.source)
            cells.append(cell)
    notebook.cells = cells
    return notebook


GIVEN = {
    "student": editions.student,
    "colab": lambda notebook: editions.colab(notebook, "autograd_lite"),
    "slides": lambda notebook: sources.without_solutions(notebook, told=True),
    "nbgrader": lambda notebook: released(editions.nbgrader(notebook, shown=True)),
    "otter": lambda notebook: released(editions.otter(notebook, "it")),
}


@pytest.mark.parametrize("language", languages())
def test_no_copy_of_a_student_shows_a_solution(language):
    for path in sources.chosen(NOTEBOOKS, language):
        notebook = sources.read(path)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("image/svg+xml", None)  # pictures take time to copy
                output.get("data", {}).pop("image/png", None)
        solutions = [(each.number, each.solution) for each in sources.exercises(notebook.cells)]
        assert solutions
        cells = {}  # each once, for most are the same in all editions
        for make in GIVEN.values():
            for cell in make(copy.deepcopy(notebook)).cells:
                cells[(cell.source, *outputs(cell))] = cell
        assert found(solutions, cells.values()) == [], path.stem
        assert {number for number, *_ in found(solutions, notebook.cells)} == {
            number for number, solution in solutions if [*parts(solution)]
        }, "the instructor's copy has them"


SOLUTION = """\
from math import exp

def twice(x):
    \"\"\"Two of them.\"\"\"
    y = x + x
    z = y * 1.0
    return z

sizes = (x, y)
rule = Rule("cube", lambda x: x * x * x)
number = 6.0"""


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def given(x):\n  y = x+x\n  z = y*1.0\n  return z", ["twice"]),
        ("y = x + x\nz = y * 1.0\nprint(z)", []),
        ("y = x + x\nz = y * 1.0\nreturn z", ["twice"]),
        ("y = x + x", []),
        ("print(x, y)", []),
        ('assert it == sizes, "sizes: (x,y), in this order"', ["sizes"]),
        ("cube = [lambda x: x*x * x]", ["rule"]),
        ("number = 6.0", []),
    ],
)
def test_what_shows_a_solution(source, names):
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

    for cell in (
        new_code_cell(source),
        new_markdown_cell(f"```python\n{source}\n```"),
        new_code_cell("1", outputs=[new_output("stream", name="stdout", text=source)]),
    ):
        seen = found([(1, SOLUTION)], [cell])
        assert [name for _, name, _ in seen] == names


# What notebook 12 goes on with --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edition", "wrong", "yours", "lent"),
    [
        (editions.student, None, 0, 6),
        (editions.instructor, None, 6, 0),
        (editions.instructor, "mul_partials = lambda out, x, y: (x, y)", 5, 1),
    ],
)
def test_an_engine_is_whole_with_what_is_lent(edition, wrong, yours, lent, capsys):
    [path] = sources.chosen(NOTEBOOKS, only=["12"])
    cells = edition(sources.read(path)).cells
    names = {}
    for cell in cells[: next(i for i, x in enumerate(cells) if "## Truth number two" in x.source)]:
        if cell.cell_type == "code":
            exec(cell.source, names)
            if wrong and cell.source.startswith("add_partials ="):
                exec(wrong, names)
    said = capsys.readouterr().out
    assert said.count("going on with yours") == yours
    assert said.count("going on with what is lent") == lent
    tanh, exp, log, relu = (names[each] for each in ("tanh", "exp", "log", "relu"))

    def f(x, y):
        return tanh(x * y + exp(y) ** 2.0) - relu(x) / log(x) + y

    at = (0.5, -2.0)
    leaves = [names["Node"](number) for number in at]
    f(*leaves).backward()
    x, y = (Value(number) for number in at)
    truth = ag.tanh(x * y + ag.exp(y) ** 2.0) - ag.relu(x) / ag.log(x) + y
    truth.backward()
    assert [leaf.grad for leaf in leaves] == pytest.approx([x.grad, y.grad], rel=1e-12)
    nudged = [names["slope_by_nudging"](f, at, k) for k in (0, 1)]
    assert nudged == pytest.approx([x.grad, y.grad], rel=1e-6)
