"""The size of the engine: what one reads in one sitting stays that short."""

from __future__ import annotations

import ast

import pytest
from count_lines import PACKAGES, ROOT, code_lines

ENGINE = ROOT / "autograd_lite"
READ_FIRST = ("primitive", "value", "chain_rule")


def imported(path):
    """The modules of the engine that a file imports when it is loaded."""
    names = set()
    for node in ast.parse(path.read_bytes()).body:  # not in functions, nor under TYPE_CHECKING
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names |= {node.module.split(".")[0]} if node.module else {x.name for x in node.names}
    return {name for name in names if (ENGINE / f"{name}.py").exists()}


def with_imports(names):
    """These modules of the engine, and all that they import."""
    reached, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imported(ENGINE / f"{name}.py")
    return reached


def size(names):
    return sum(code_lines(ENGINE / f"{name}.py") for name in names)


def test_primitive_value_and_chain_rule_are_read_in_one_sitting():
    assert size(READ_FIRST) <= 530


def test_so_is_all_that_they_import_but_the_rows():
    assert with_imports(READ_FIRST) >= {*READ_FIRST, "primitives", "methods", "modes", "ieee"}
    assert size(with_imports(READ_FIRST) - {"primitives"}) <= 940


def test_what_counts_as_code(tmp_path):
    path = tmp_path / "example.py"
    path.write_text(
        '"""A module,\n\nin three lines."""\n\n'
        "import os  # a comment beside code counts once\n\n# a comment alone does not\n\n\n"
        'def f(x):\n    """A docstring."""\n\n    text = """two\nlines"""\n    return (\n'
        '        x\n    )\n\n\nclass A:\n    "Another."\n'
    )
    assert code_lines(path) == 1 + 1 + 2 + 3 + 1
    path = tmp_path / "example.c"
    path.write_text('/* a\n comment */\nint x; /* beside */\n\n// alone\nchar *y = "/* no */";\n')
    assert code_lines(path) == 2


def files_that_say(text):
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {path.name for path in paths if text in path.read_text(encoding="utf-8")}


def test_what_a_value_is_and_whether_a_trace_is_on_is_asked_of_one_function_each():
    assert files_that_say('"_apply"') == {"primitive.py"}
    assert files_that_say('_ruling("trace"') == {"modes.py"}


def late_imports_of_value():
    """Files with a function that imports Value from the face of the package."""
    for path in (ROOT / "autograd_lite").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom) and node.level and not node.module:
                        yield from (path.name for x in node.names if x.name == "Value")


@pytest.mark.slow
def test_only_engines_knows_which_value_is_in_use():
    assert files_that_say("AUTOGRAD_LITE_BACKEND") == {"engines.py"}
    assert set(late_imports_of_value()) == set()
