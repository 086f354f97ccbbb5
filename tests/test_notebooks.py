"""Every notebook runs on both engines, its stored outputs are what it gives now, and its exercises
can be solved: the folded solution is right, and a wrong answer is noticed.

Originals run on one engine and their translations, which have the same code, on the other; the
longest originals on both. After the check of an exercise, cells are added that put in the solution,
check it, and then check a wrong answer; so answers may not change what comes after.
"""

import ast
import base64
import importlib.util
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograd_lite.course import sources
from autograd_lite.course.sources import tags
from conftest import ENGINES

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SOURCES = sorted(NOTEBOOKS.glob("[0-9]*.py")) + sorted(NOTEBOOKS.glob("zh/[0-9]*.py"))
TRANSLATED = [source for source in SOURCES if source.parent != NOTEBOOKS]
OURS = '<svg xmlns="http://www.w3.org/2000/svg" class="ag"'  # drawn alike everywhere

DIGITS = re.compile(r"\d*\.\d{9,}(e-?\d+)?")  # the last ones may differ between C libraries

RIGHT = "Exercise {0}: right", "练习 {0}：正确"
WRONG = '''
def _wrong(x):
    """An answer of the same kind that is not right."""
    if isinstance(x, bool):
        return not x
    if isinstance(x, (int, float)) or hasattr(type(x), "_apply"):
        return 0.123
    if isinstance(x, (list, tuple)):
        return type(x)(map(_wrong, x))
    if isinstance(x, dict):
        return {key: _wrong(each) for key, each in x.items()}
    if isinstance(x, str):
        return "wrong"
    return lambda *args, **named: 0.123

def _said(check):
    with _redirected(_StringIO()) as out:
        exec(check, globals())
    return out.getvalue()

from contextlib import redirect_stdout as _redirected
from io import StringIO as _StringIO
_names, _check = %r, %r
for _name in _names:
    _right = globals()[_name]
    for _answer in (_wrong(_right), None, "wrong", (_ for _ in [0.123]), 0.123):
        globals()[_name] = _answer
        try:
            _text = _said(_check)
        except BaseException as _error:
            print("raised:", repr(_error), "for", _name, "=", repr(_answer))
            continue
        if not any(_mark in _text for _mark in ("not yet: ", "还不对：")):
            print("not noticed:", _name, "=", repr(_answer), _text)
        elif any(_mark in _text for _mark in ("not what was asked for", "这不是题目要的答案")):
            print("no hint in the assert, for", _name)
    globals()[_name] = _wrong(_right)
    if not callable(_right) and any(_x in _said(_check) for _x in ("raised", "引发了")):
        print("not an AssertionError, for", _name, _said(_check))
    globals()[_name] = _right
globals().update(dict.fromkeys(_names, ...))
'''


@pytest.fixture(scope="module")
def builder():
    for needed in ("jupytext", "nbclient", "ipykernel"):
        pytest.importorskip(needed, reason=f"{needed} is not installed (extra [dev])")
    return script("build")


@pytest.fixture(scope="module")
def lite():
    return script("lite")


def script(name):
    """The program of that name, which lies beside the notebooks."""
    spec = importlib.util.spec_from_file_location(name, NOTEBOOKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runs(builder, request):
    """A function of source and engine: the notebook, executed with the added cells."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = {}

        def start(source, engine):
            if (source, engine) not in found:
                notebook = with_solutions(builder.read(source))
                found[source, engine] = pool.submit(builder.run, notebook, source.parent, engine)
            return found[source, engine]

        if "PYTEST_XDIST_WORKER" not in os.environ:  # all that will be asked for, side by side
            for item in request.session.items:
                params = getattr(getattr(item, "callspec", None), "params", {})
                if item.path == Path(__file__) and "engine" in params:
                    start(params["source"], params["engine"])
        yield lambda source, engine: start(source, engine).result()
        pool.shutdown(cancel_futures=True)


def name_of(source):
    return source.relative_to(NOTEBOOKS).with_suffix("").as_posix()


_engines = list(ENGINES)
FIRST, LAST = _engines[0], _engines[-1]
LONG = ("07", "10", "14")  # numbers of those that take minutes on the first


def engines_of(source):
    """Where it runs: a translation has the code of its original, as a test compares."""
    if source in TRANSLATED:
        return [LAST]
    return [FIRST, LAST] if source.name.startswith(LONG) else [FIRST]


RUNS = [
    pytest.param(
        source, engine, id=f"{name_of(source)}-{engine}",
        marks=[pytest.mark.long] if source.name.startswith(LONG) and engine != LAST else [],
    )
    for source in SOURCES
    for engine in dict.fromkeys(engines_of(source))
]  # fmt: skip
each_source = pytest.mark.parametrize("source", SOURCES, ids=map(name_of, SOURCES))
each_run = pytest.mark.parametrize(("source", "engine"), RUNS)


# Exercises ----------------------------------------------------------------------------------------


def exercises(cells):
    """(number, solution, the cell to answer in, the cell that checks) of each exercise."""
    for each in sources.exercises(cells):
        if "@exercise" in each.check.source:
            said = decorated(each.check)
            assert said == (each.number, set(answers(each.answer))), f"exercise {each.number}"
        yield each.number, each.solution, each.answer, each.check


def decorated(cell):
    """The number and the names of answers that `@exercise(...)` is given."""
    functions = [x for x in ast.parse(cell.source).body if isinstance(x, ast.FunctionDef)]
    number, *given = functions[-1].decorator_list[0].args
    return number.value, {name.id for name in given}


def answers(cell):
    """The names that wait for an answer: those that are `...`."""
    return [
        name.id
        for statement in ast.parse(cell.source).body
        if isinstance(statement, ast.Assign)
        and any(isinstance(x, ast.Constant) and x.value is ... for x in ast.walk(statement.value))
        for target in statement.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    ]


def with_solutions(notebook):
    """The notebook with cells added that answer each exercise, check it, and answer it wrongly."""
    from nbformat.v4 import new_code_cell

    for number, solution, cell, check in list(exercises(notebook.cells)):
        wrong = WRONG % (answers(cell), check.source)
        added = {"solution": solution, "checked": check.source, "wrong": wrong}
        place = notebook.cells.index(check) + 1
        notebook.cells[place:place] = [
            new_code_cell(source, metadata={"added": [kind, number]})
            for kind, source in added.items()
        ]
    return notebook


def printed(notebook):
    """What each added cell printed, by its kind and the number of the exercise."""
    return {
        tuple(cell.metadata["added"]): "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if "added" in cell.metadata
    }


# Tests --------------------------------------------------------------------------------------------


def contents(notebook):
    """Sources, texts, and the pictures that this project draws: the same everywhere."""
    for cell in notebook.cells:
        if "added" in cell.metadata:
            continue
        yield cell.cell_type, cell.source
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = output.get("text") or data.get("text/latex") or data.get("text/plain")
            yield DIGITS.sub(lambda found: f"{float(found[0]):.8g}", text)
            if data.get("image/svg+xml", "").startswith(OURS):  # others draw as they like
                yield data["image/svg+xml"]


@each_run
@pytest.mark.filterwarnings("ignore")
def test_it_runs_and_its_outputs_are_current(runs, source, engine):
    import nbformat

    stored = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    again = f"python notebooks/build.py {name_of(source)}"
    for before, now in zip(contents(stored), contents(runs(source, engine)), strict=True):
        assert before == now, f"the stored notebook is not current: {again}"


@each_run
@pytest.mark.filterwarnings("ignore")
def test_solutions_are_right_and_wrong_answers_noticed(runs, source, engine):
    texts = printed(runs(source, engine))
    for (kind, number), text in texts.items():
        if kind == "checked":
            assert any(right.format(number) in text for right in RIGHT), (number, text)
        else:
            assert text == "" or kind == "solution", (number, text)


@each_source
def test_what_is_stored_can_be_shown_anywhere(builder, source):
    import nbformat

    path = source.with_suffix(".ipynb")
    stored = nbformat.read(path, as_version=4)
    assert "widgets" not in stored.metadata
    for cell in stored.cells:
        assert "execution" not in cell.metadata
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                assert "raises-exception" in tags(cell)
            data = output.get("data", {})
            assert set(data) <= {*builder.KEPT, builder.VIEW}, "a preview shows no other kinds"
            assert data.get(builder.VIEW, {}).get("kind", "step") in builder.LIVE
    names = re.findall(r"/tmp/|/home/|/Users/|ipykernel_\d", path.read_text(encoding="utf-8"))
    assert not names, "paths of the machine that built it"


@each_source
def test_it_needs_nothing_that_a_browser_lacks(builder, lite, source):
    there = {*sys.stdlib_module_names, "autograd_lite", "nn", "IPython"}  # IPython is the kernel
    assert lite.imports(builder.read(source)) <= there


@pytest.mark.parametrize("translated", TRANSLATED, ids=[source.stem for source in TRANSLATED])
def test_both_editions_have_the_same_code(builder, translated):
    original, translation = (
        [code_of(cell) for cell in builder.read(source).cells if cell.cell_type == "code"]
        for source in (NOTEBOOKS / translated.name, translated)
    )
    assert translation == original


def code_of(cell):
    """The code of a cell without comments, and with all texts alike."""
    return ast.unparse(Wordless().visit(ast.parse(cell.source)))


class Wordless(ast.NodeTransformer):
    def visit_Expr(self, node):
        call = node.value
        chooses = isinstance(call, ast.Call) and ast.unparse(call.func) == "set_language"
        return None if chooses else self.generic_visit(node)

    def visit_ImportFrom(self, node):
        node.names = [name for name in node.names if name.name != "set_language"]
        return node if node.names else None

    def visit_Constant(self, node):
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node):
        return ast.Constant("")


@each_source
def test_exercises_are_numbered_and_wait_for_an_answer(builder, source):
    cells = builder.read(source).cells
    found = list(exercises(cells))
    assert [number for number, *_ in found] == list(range(1, len(found) + 1))
    assert len(found) >= 3
    assert all(answers(cell) for _, _, cell, _ in found)
    assert len(found) == sum("check" in tags(cell) for cell in cells)


PREDICTED = re.compile(r"^\w+ = \.\.\. +# .*\S")


@each_source
def test_a_prediction_is_asked_for_before_it_is_shown(builder, source):
    cells = builder.read(source).cells
    asked = [i for i, cell in enumerate(cells) if "prediction" in tags(cell)]
    for i in asked:
        assert PREDICTED.match(cells[i].source), "name = ...  # the question: " + cells[i].source
        name, after = cells[i].source.split()[0], cells[i + 1 :]
        assert any(f"predicted({name}," in re.sub(r"\(\s+", "(", x.source) for x in after), name
    told = sum(len(re.findall(r"\bpredicted\(", cell.source)) for cell in cells)
    assert len(asked) == told
    assert told >= 3


@each_source
def test_bold_is_bold(builder, source):
    """`**what?**Chinese` is not: between a mark and a letter, ** begins something in Markdown."""
    from markdown_it import MarkdownIt  # which jupytext needs

    read = MarkdownIt("commonmark")
    for cell in builder.read(source).cells:
        if cell.cell_type == "markdown":
            parts = [part for block in read.parse(cell.source) for part in block.children or []]
            assert not any("**" in part.content for part in parts if part.type == "text"), parts
            marks = [part.type for part in parts if part.type.startswith("strong")]
            assert marks == ["strong_open", "strong_close"] * (len(marks) // 2), cell.source


CHINESE = [
    *TRANSLATED,
    NOTEBOOKS.parent / "README.zh.md",
    *sorted((NOTEBOOKS.parent / "docs" / "zh").glob("*.md")),
]


def prose(path):
    """A Chinese text without its line breaks and its bold."""
    return re.sub(r"\n#? *|[*]", "", path.read_text(encoding="utf-8"))


def glossary():
    """The Chinese terms of the glossary, with what it says about each in brackets."""
    text = (NOTEBOOKS / "zh" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", text.partition("## 术语对照")[2], re.M)
    return [row for row in rows if row != "中文"]


def refused(terms):
    """The words that terms like "节点（不作“结点”）" tell one to avoid."""
    notes = [note for term in terms for note in re.findall("（不作(.*?)）", term)]
    return [word for note in notes for word in re.findall("“(.*?)”", note)]


@pytest.mark.parametrize(
    "text", CHINESE, ids=[f"{text.parent.name}-{text.stem}" for text in CHINESE]
)
def test_chinese_has_no_word_that_its_glossary_refuses(text):
    written = re.sub("“.*?”", "", prose(text))  # those quoted are talked about
    words = refused(glossary())
    assert {"自动求导", "数值求导"} <= set(words)
    assert [word for word in words if word in written] == []


def test_each_term_of_the_glossary_is_used():
    written = "".join(map(prose, CHINESE))
    terms = [
        word for term in glossary() for word in re.split("[、：]", re.sub("（.*?）", "", term))
    ]
    assert [word for word in terms if word not in written] == []


@each_source
def test_links_lead_to_notebooks(source):
    linked = re.findall(r"\]\(((\d\d[a-z]?)-[\w-]*\.ipynb)\)", source.read_text(encoding="utf-8"))
    for name, number in linked:
        there = [path.stem for path in source.parent.glob(f"{number}-*.py")]
        assert name.removesuffix(".ipynb") in there, f"{name}; there is {there}"


def test_an_exported_page_keeps_solutions_folded(builder):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    from autograd_lite.export import page_of

    page = page_of(SOURCES[0].with_suffix(".ipynb"))
    folded = re.findall("<details.*?</details>", page, re.DOTALL)
    solutions = [solution for _, solution, *_ in exercises(builder.read(SOURCES[0]).cells)]
    for solution, text in zip(solutions, folded[-len(solutions) :], strict=True):
        assert solution.split()[0] in text


def test_there_are_notebooks():
    assert SOURCES


def test_a_stored_picture_has_a_png_beside_it(builder):
    pytest.importorskip("resvg_py", reason="resvg is not installed (extra [png])")
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    from autograd_lite import Value, draw

    def notebook(**forms):
        data = {"image/svg+xml": draw(Value(1.0, "x")).svg, "text/plain": "x", **forms}
        cell = new_code_cell("", outputs=[new_output("display_data", data)])
        return new_notebook(cells=[cell, new_code_cell("1")])

    cleaned = builder.clean(notebook(**{"image/png": "of this machine"}))
    assert "image/png" not in cleaned.cells[0].outputs[0].data
    (data,) = builder.displayed(builder.with_pngs(cleaned))
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    (data,) = builder.displayed(builder.with_pngs(notebook(), notebook(**{"image/png": "before"})))
    assert data["image/png"] == "before"


def test_cleaning_keeps_what_previews_show(builder):
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "HBox()"}
    view = {"image/svg+xml": "<svg/>", "text/html": "<b>", "text/plain": "<A at 0x7fab12345678>"}
    outputs = [
        new_output("display_data", widget),
        new_output("display_data", {**view, **widget, builder.VIEW: {"kind": "draw"}}),
        new_output("display_data", {**view, builder.VIEW: {"kind": "step"}}),
        new_output("stream", name="stderr", text="\r 50%|█████     | 1/2 [00:01<00:01, 1.0it/s]"),
        new_output("stream", name="stderr", text="/tmp/ipykernel_7/123.py:4: UserWarning: slow"),
        new_output("error", ename="ValueError", evalue="no", traceback=["/home/me/x.py", "..."]),
    ]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    notebook.metadata["widgets"] = {"state": {}}
    drawn, stepped, warned, failed = builder.clean(notebook).cells[0].outputs
    assert drawn.data == {"image/svg+xml": "<svg/>", "text/plain": "HBox()"}
    assert set(stepped.data) == {"image/svg+xml", "text/plain", builder.VIEW}
    assert stepped.data["text/plain"] == "<A at 0x…>"
    assert warned.text == "this cell: UserWarning: slow"
    assert failed.traceback == ["ValueError: no"]
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("甲，\n乙\n**丙**", "甲，乙**丙**"),
        ("甲\nand\n乙", "甲\nand\n乙"),  # a space is right beside Latin letters,
        ("甲。\nand，\n`x`：\n$y$", "甲。and，`x`：$y$"),  # but not after a full-width mark
        ("* 甲，\n  乙。\n* 丙。\n\n丁", "* 甲，乙。\n* 丙。\n\n丁"),
        ("甲：\n$$x$$\n|甲|\n|乙|", "甲：\n$$x$$\n|甲|\n|乙|"),
        ("甲\n```python\n# 乙。\nx = 1\n```", "甲\n```python\n# 乙。\nx = 1\n```"),
    ],
)
def test_lines_of_chinese_are_joined_without_a_space(builder, written, shown):
    assert builder.joined(written) == shown


def test_only_prose_is_joined(builder, tmp_path):
    source = tmp_path / "01-it.py"
    source.write_text("# %% [markdown]\n# 甲\n# 乙\n\n# %%\n# 甲\n# 乙\n", encoding="utf-8")
    assert [cell.source for cell in builder.read(source).cells] == ["甲乙", "# 甲\n# 乙"]


QUESTION = """\
### Exercise 1
Twice three?

<details><summary>Solution</summary>
Six.
```python
twice = 6
```
</details>"""
CHECK = """\
from autograd_lite.course import exercise
@exercise(1, twice)
def check():
    {}"""


@pytest.mark.parametrize(
    ("check", "solution", "checked", "wrong"),
    [
        ('assert twice == 6, "double it"', "6", "right", ""),
        ('assert abs(twice - 6) < 1, "double it"', "6", "right", ""),
        ('assert twice == 6, "double it"', "5", "not yet: double it", ""),
        ("assert twice == 6", "6", "right", "no hint"),
        ('assert twice, "double it"', "6", "right", "not noticed: twice = 0.123"),
        ('assert twice != 0.123, "double it"', "6", "right", "not noticed: twice = None"),
        ('assert {6: 6}[twice], "double it"', "6", "right", "not an AssertionError"),
    ],
)
def test_the_tests_notice(builder, check, solution, checked, wrong):
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [
        new_markdown_cell(QUESTION.replace("twice = 6", f"twice = {solution}")),
        new_code_cell("twice = ...", metadata={"tags": ["exercise"]}),
        new_code_cell(CHECK.format(check), metadata={"tags": ["check"]}),
    ]
    notebook = with_solutions(new_notebook(cells=cells))
    shared: dict = {}
    texts = {}
    for cell in notebook.cells[1:]:  # as a kernel would
        texts[(cell.metadata.get("added") or [""])[0]] = _executed(cell.source, shared)
    assert checked in texts["checked"]
    assert wrong in texts["wrong"]
    assert texts["wrong"] == "" or wrong


def _executed(source, shared):
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(source, shared)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return out.getvalue()
