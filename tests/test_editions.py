"""Editions of the course: what is in them, that no file of a reader is lost, and that nbgrader and
otter-grader give the solutions full marks and the untouched copy none."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (extra [notebook])")

from autograd_lite.course import exercise, folders, sheets, sources  # noqa: E402
from autograd_lite.course.__main__ import main  # noqa: E402
from autograd_lite.views.language import languages  # noqa: E402

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
GRADED = ["01", "05", "12"]  # those that are given to the programs that grade
GRADED_QUICKLY = ["12"]  # in a usual run
GOES_ON = ["12"]  # whose cells ask what their checks have found

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
three = 3


@exercise(1, twice)
def check():
    assert twice == 2 * three, "double it\""""


@pytest.fixture(autouse=True)
def _own_signatures(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def small(tmp_path):
    """A folder of notebooks with one in it, in two languages."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    out = new_output("stream", name="stdout", text="its output\n")
    home = tmp_path / "notebooks"
    for folder, link in (
        (home, "[中文版](zh/01-a.ipynb)"),
        (home / "zh", "[English](../01-a.ipynb)"),
    ):
        cells = [
            new_markdown_cell(f"# 1. A title\n\n{link}\n\nSee [2](02-b.ipynb)."),
            new_code_cell("from autograd_lite.course import exercise, predicted", outputs=[out]),
            new_code_cell("guess = ...  # how much?", metadata={"tags": ["prediction"]}),
            new_code_cell('predicted(guess, 6, "so it is")', outputs=[out]),
            new_markdown_cell(QUESTION),
            new_code_cell("twice = ...  # your answer", metadata={"tags": ["exercise"]}),
            new_code_cell(CHECK, metadata={"tags": ["check"]}, outputs=[out]),
            new_markdown_cell("<details><summary>More</summary>\nA proof.\n</details>"),
        ]
        folder.mkdir()
        nbformat.write(new_notebook(cells=cells), folder / "01-a.ipynb")
    return home


def made(small, folder, *arguments):
    assert main([*arguments, str(folder), "--notebooks", str(small)]) == 0
    return folder


def read(path):
    return nbformat.read(path, as_version=4)


def run(cells):
    """The names that these cells leave, run one after the other."""
    names = {}
    for cell in cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    return names


# For students -------------------------------------------------------------------------------------


def test_a_student_gets_no_solution_and_no_answer_of_a_prediction(small, tmp_path):
    cells = read(made(small, tmp_path / "mine") / "01-a.ipynb").cells
    texts = [cell.source for cell in cells]
    assert "twice = 6" not in "".join(texts)
    assert texts[4] == "### Exercise 1\nTwice three?"
    assert "A proof." in texts[-1]
    assert [len(cell.get("outputs", "x")) for cell in cells if cell.cell_type == "code"] == [
        1, 0, 0, 0, 1,
    ]  # fmt: skip
    assert texts[0] == "# 1. A title\n\nSee [2](02-b.ipynb)."
    folded = [
        cell.source for cell in cells if cell.metadata.get("jupyter", {}).get("source_hidden")
    ]
    assert folded == ['predicted(guess, 6, "so it is")']  # it says 6


def test_what_a_student_wrote_stays(small, tmp_path, capsys):
    folder = made(small, tmp_path / "my course")
    path = folder / "01-a.ipynb"
    assert "1 new file" in (said := capsys.readouterr().out)
    assert f'next: jupyter lab "{folder}"' in said
    path.write_text("mine", encoding="utf-8")
    made(small, folder)
    assert path.read_text(encoding="utf-8") == "mine"
    assert "1 file left as they were" in capsys.readouterr().out
    path.unlink()
    made(small, folder)
    assert "Twice three" in path.read_text(encoding="utf-8")


def test_its_pictures_are_trusted(small, tmp_path):
    from nbformat.sign import NotebookNotary

    path = made(small, tmp_path / "mine") / "01-a.ipynb"
    assert NotebookNotary().check_signature(read(path))
    assert not NotebookNotary().check_signature(read(small / "01-a.ipynb"))


def test_a_home_that_cannot_be_written_is_no_reason_to_stop(small, tmp_path, monkeypatch):
    def sign(self, notebook):
        raise PermissionError

    monkeypatch.setattr("nbformat.sign.NotebookNotary.sign", sign)
    assert (made(small, tmp_path / "mine") / "01-a.ipynb").exists()


def test_a_file_is_no_folder_and_editions_are_built(small, tmp_path, capsys):
    (tmp_path / "mine").write_text("", encoding="utf-8")
    assert main([str(tmp_path / "mine"), "--notebooks", str(small)]) == 1
    assert "mine is a file: name a folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(tmp_path / "x"), "--for", "slides"])
    assert "--for belongs to build" in capsys.readouterr().err


def test_the_site_has_all_notebooks_so_none_can_be_chosen(tmp_path, capsys):
    for option in (["--only", "04"], ["--language", "zh"]):
        with pytest.raises(SystemExit):
            main(["build", "--for", "lite", str(tmp_path / "site"), *option])
        assert f"{option[0]} is not for lite: the site has all" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_the_language_is_chosen(small, tmp_path, capsys):
    (small / "zh" / "README.md").write_text(
        "[词](../01-a.ipynb) [一](01-a.ipynb)", encoding="utf-8"
    )
    folder = made(small, tmp_path / "zh-course", "--language", "zh")
    assert (folder / "README.md").read_text(encoding="utf-8") == "词 [一](01-a.ipynb)"
    assert "English" not in (folder / "01-a.ipynb").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main([str(tmp_path / "x"), "--language", "tlh"])


def test_without_notebooks_it_says_where_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sources, "BESIDE", tmp_path / "nowhere")
    assert main([str(tmp_path / "mine")]) == 1
    said = capsys.readouterr().err
    assert "comes without the notebooks: they are in the folder notebooks/ of the project's" in said
    assert not (tmp_path / "mine").exists()


def test_a_number_that_is_not_there(small, tmp_path, capsys):
    assert main([str(tmp_path / "x"), "--only", "1,7a", "--notebooks", str(small)]) == 1
    assert capsys.readouterr().err == "There is no notebook 7a; there are: 01\n"


@pytest.mark.parametrize("language", languages())
def test_links_of_the_real_notebooks_stay_in_the_folder(language, tmp_path):
    assert main([str(tmp_path), "--language", language]) == 0
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert len(there) > 5
    for path in tmp_path.glob("*.ipynb"):
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"`[^`]*`|\$[^$]*\$", "", cell.source)
                links = {*re.findall(r"\]\((?!https?:|#)([^)#]+\.\w+)[^)]*\)", text)}
                assert {link for link in links - there if known(link, there)} == set(), path.name
                assert "```python" not in text or "<summary>" not in text, path.name
    assert "gym/answers.md" not in there
    program = (tmp_path / "gym" / "01-uphill.py").read_text(encoding="utf-8")
    assert (f'set_language("{language}")' in program) is (language != "en")
    assert "answers.md" not in (tmp_path / "gym" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", languages())
def test_a_teacher_is_given_the_answers_of_the_gym(language, tmp_path):
    assert main(["build", "--for", "instructor", str(tmp_path), "--language", language]) == 0
    assert (tmp_path / "gym" / "answers.md").exists()
    assert "](answers.md)" in (tmp_path / "gym" / "README.md").read_text(encoding="utf-8")


def known(link, there):
    """Whether a link must lead somewhere: all must, but to notebooks that are not there at all."""
    number = re.match(r"(\d\d[a-z]?-).*ipynb", link)
    return not number or any(name.startswith(number[1]) for name in there)


# For teachers -------------------------------------------------------------------------------------


def test_the_instructor_has_the_solutions_in_their_places(small, tmp_path, capsys):
    folder = made(small, tmp_path / "all", "build", "--for", "instructor")
    cells = read(folder / "01-a.ipynb").cells
    assert cells[5].source == "twice = 6"
    assert "<details>" in cells[4].source
    capsys.readouterr()
    assert run(cells)["check"].right
    assert "Exercise 1: right" in capsys.readouterr().out


def test_a_build_writes_over_nothing_unless_it_is_told(small, tmp_path, capsys):
    folder = made(small, tmp_path / "all", "build", "--for", "student")
    (folder / "01-a.ipynb").write_text("mine", encoding="utf-8")
    command = ["build", "--for", "student", str(folder), "--notebooks", str(small)]
    assert main(command) == 1
    assert "01-a.ipynb is there already; --replace" in capsys.readouterr().err
    assert (folder / "01-a.ipynb").read_text(encoding="utf-8") == "mine"
    assert main([*command, "--replace"]) == 0
    assert "Twice" in (folder / "01-a.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("edition", [*folders.EDITIONS])
def test_two_builds_are_the_same(small, tmp_path, edition, monkeypatch):
    if edition == "slides":
        pytest.importorskip("nbconvert", reason="extra [notebook]")
        monkeypatch.setattr(shutil, "which", lambda name: None)
    more = ["--students", "ada,carl"]
    first, second = (
        made(small, tmp_path / name, "build", "--for", edition, *more) for name in ("a", "b")
    )
    names = [path.relative_to(first) for path in sorted(first.rglob("*.*"))]
    assert names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_check_of_another_kind_cannot_be_graded(small, tmp_path, capsys):
    path = small / "01-a.ipynb"
    text = path.read_text(encoding="utf-8").replace("@exercise(1, twice)", "# nothing")
    path.write_text(text, encoding="utf-8")
    command = ["build", str(tmp_path / "x"), "--notebooks", str(small), "--for"]
    for edition in ("nbgrader", "otter"):
        assert main([*command, edition]) == 1
        assert "01-a.ipynb: exercise 1: its check ends with @exercise" in capsys.readouterr().err


def test_a_check_that_a_later_cell_asks_is_seen(small, tmp_path, capsys):
    from nbformat.v4 import new_code_cell

    notebook = read(small / "01-a.ipynb")
    notebook.cells.insert(7, new_code_cell("print(check.right)", metadata={"tags": ["lent"]}))
    nbformat.write(notebook, small / "01-a.ipynb")
    for edition, name in (("nbgrader", "source/01-a/01-a.ipynb"), ("otter", "01-a/01-a.ipynb")):
        folder = made(small, tmp_path / edition, "build", "--for", edition)
        cells = read(folder / name).cells
        place = [cell.source for cell in cells].index("print(check.right)")
        asked = cells[place - 1].source.split("### BEGIN HIDDEN")[0]
        capsys.readouterr()
        exec(asked, {"exercise": exercise, "twice": 6})
        assert capsys.readouterr().out == "Exercise 1: right\n"


@pytest.mark.parametrize("shown", [False, True])
def test_checks_are_hidden_from_students_unless_they_are_to_see_them(small, tmp_path, shown):
    more = ["--show-checks"] if shown else []
    folder = made(small, tmp_path / "n", "build", "--for", "nbgrader", *more)
    check = read(folder / "source" / "01-a" / "01-a.ipynb").cells[6].source
    visible = check[: check.index("### BEGIN HIDDEN TESTS")]
    assert ("double it" in visible) is shown
    folder = made(small, tmp_path / "o", "build", "--for", "otter", *more)
    tests = [c.source for c in read(folder / "01-a" / "01-a.ipynb").cells if "verdict" in c.source]
    assert [test.startswith("# HIDDEN\n") for test in tests] == [not shown]


def test_in_colab_the_first_cell_installs_and_elsewhere_it_does_nothing(small, tmp_path, capsys):
    hub = "https://github.com/o/n/blob/main/colab/"
    arguments = ["build", "--for", "colab", "--package", "git+https://x/y", "--address", hub]
    title, first, *_ = read(made(small, tmp_path / "c", *arguments) / "01-a.ipynb").cells
    opened = "https://colab.research.google.com/github/o/n/blob/main/colab/01-a.ipynb"
    assert f"]({opened})" in title.source
    assert "    %pip install --quiet git+https://x/y anywidget\n" in first.source
    pytest.importorskip("IPython")
    from IPython.core.inputtransformer2 import TransformerManager

    exec(TransformerManager().transform_cell(first.source), {})  # here nothing is installed
    assert main(
        [*arguments[:-1], "https://else.where", str(tmp_path / "d"), "--notebooks", str(small)]
    )
    assert "Colab opens notebooks on https://github.com/" in capsys.readouterr().err


# Worksheets ---------------------------------------------------------------------------------------


def test_no_two_students_share_their_answers(tmp_path):
    assert main(["build", "--for", "worksheets", str(tmp_path / "w")]) == 0
    with (tmp_path / "w" / "answers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    given = {}
    for row in rows:
        given.setdefault((row["sheet"], row["student"]), []).append(f"{float(row['gradient']):.3g}")
    assert len(given) == 4 * 30
    for sheet in {sheet for sheet, _ in given}:
        answers = [tuple(each) for (name, _), each in given.items() if name == sheet]
        assert len(set(answers)) == 30


def test_a_student_always_gets_the_same_numbers_and_the_key_has_the_answers(tmp_path):
    names = tmp_path / "class.txt"
    names.write_text("Ada L.\n\n李雷\n", encoding="utf-8")
    for folder, students in (("a", str(names)), ("b", "李雷, x")):
        command = ["build", "--for", "worksheets", str(tmp_path / folder), "--students", students]
        assert main(command) == 0
    sheets = [(tmp_path / folder / "sheets" / "李雷.html").read_bytes() for folder in "ab"]
    assert sheets[0] == sheets[1]
    assert (tmp_path / "a" / "sheets" / "Ada_L_.html").exists()
    sheet, keys = (
        (tmp_path / "a" / f"all-{kind}.html").read_text(encoding="utf-8")
        for kind in ("sheets", "keys")
    )
    assert sheet.count("李雷") == keys.count("李雷") == 4
    with (tmp_path / "a" / "answers.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["name"] == "sum")
    answer = f">{float(row['gradient']):.3g}".replace("-", "−")
    assert answer in keys
    assert answer not in sheet


def test_one_name_cannot_have_two_sheets(tmp_path, capsys):
    command = ["build", "--for", "worksheets", str(tmp_path), "--students"]
    assert main([*command, "ada,ada"]) == 1
    assert "two students ada" in capsys.readouterr().err
    assert main([*command, "a b,a/b"]) == 1
    assert "would have the file sheets/a_b.html" in capsys.readouterr().err


def test_only_the_sheets_of_a_lesson(tmp_path, capsys):
    command = ["build", "--for", "worksheets", str(tmp_path), "--students", "ada", "--only"]
    assert main([*command, "1,04"]) == 0
    with (tmp_path / "answers.csv").open(encoding="utf-8") as file:
        assert {row["sheet"] for row in csv.DictReader(file)} == {
            "01-two-paths", "04-backpropagation",
        }  # fmt: skip
    assert main([*command, "1,02", "--replace"]) == 1
    assert "no worksheet 02; there are: 01, 03, 04, 05" in capsys.readouterr().err


def test_a_pencil_with_three_digits_comes_to_the_answers_of_a_neuron():
    [neuron] = sheets.tasks(["3"])
    for student in range(60):
        made = sheets.sheet(neuron, str(student))
        rows = {name: found for name, *found in sheets.answers(made)}
        slope = 1.0 - float(f"{rows['out'][0]:.3g}") ** 2
        assert slope == pytest.approx(rows["z"][1], rel=0.01)


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_class_of_nobody_and_a_list_that_is_not_there_are_told(tmp_path, capsys, text):
    (tmp_path / "class.txt").write_text(text, encoding="utf-8")
    command = ["build", "--for", "worksheets", str(tmp_path / "w"), "--students"]
    for given, said in [
        (str(tmp_path / "class.txt"), "names nobody"),
        (text, "names nobody"),
        ("klass.txt", "There is no file klass.txt"),
    ]:
        assert main([*command, given]) == 1
        assert said in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


# Programs that grade ------------------------------------------------------------------------------


def command(*words, cwd):
    home = Path(sys.executable).parent
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, *words], cwd=cwd, capture_output=True, text=True,
            env={
                **os.environ,
                "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(NOTEBOOKS.parent),
                "AUTOGRAD_LITE_WIDGETS": "0",
            },
        )  # fmt: skip
        if "Address already in use" not in done.stderr:  # two kernels have chosen the same port
            break
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def for_each_graded(tmp_path, full_or_quick):
    """Call a function with a folder and a number for each of the notebooks, side by side."""
    numbers = full_or_quick(GRADED, GRADED_QUICKLY)

    def each(grade):
        with ThreadPoolExecutor() as pool:
            list(pool.map(grade, [tmp_path / number for number in numbers], numbers))

    return each


def test_nbgrader_gives_solutions_full_marks_and_the_untouched_copy_none(for_each_graded):
    pytest.importorskip("nbgrader", reason="nbgrader is not installed (extra [course])")

    def grade(folder, number):
        assert main(["build", "--for", "nbgrader", str(folder), "--only", number]) == 0
        [source] = (folder / "source").glob("*/*.ipynb")
        name = source.stem
        command("-m", "nbgrader", "generate_assignment", name, cwd=folder)
        release = folder / "release" / name / source.name
        assert "BEGIN" not in (text := release.read_text(encoding="utf-8"))
        assert ("verdict" in text) is (number in GOES_ON)
        assert ".grade()" not in text
        for student, copy in (("solved", source), ("untouched", release)):
            place = folder / "submitted" / student / name
            place.mkdir(parents=True)
            shutil.copy(copy, place)
        command("-m", "nbgrader", "autograde", name, cwd=folder)
        command("-m", "nbgrader", "export", cwd=folder)
        with (folder / "grades.csv").open(encoding="utf-8") as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        full = float(rows["solved"]["max_score"])
        assert float(rows["solved"]["score"]) == full >= 3
        assert float(rows["untouched"]["score"]) == 0
        for student, went_on in (("solved", "yours"), ("untouched", "what is lent")):
            cells = read(folder / "autograded" / student / name / source.name).cells
            outputs = [x for cell in cells if not graded(cell) for x in cell.get("outputs", [])]
            assert [x for x in outputs if x.output_type == "error"] == []
            said = [x.text for x in outputs if "going on with" in x.get("text", "")]
            assert len(said) == (6 if number in GOES_ON else 0)
            assert all(went_on in text for text in said)

    for_each_graded(grade)


def graded(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False)


GRADE = """
import json, sys
from pathlib import Path
from otter.api import grade_submission
from otter.assign import main

[path] = Path().glob("*.ipynb")
main(str(path), "dist", no_pdfs=True, no_run_tests=True)
[graders] = Path("dist/autograder").glob("*.zip")
marks = {}
for copy in ("autograder", "student"):
    results = grade_submission(f"dist/{copy}/{path.name}", str(graders), quiet=True)
    marks[copy] = [results.total, results.possible]
Path("marks.json").write_text(json.dumps(marks))
"""


def test_otter_gives_solutions_full_marks_and_the_untouched_copy_none(for_each_graded):
    pytest.importorskip("otter.assign", reason="otter-grader is not installed (extra [course])")

    def grade(folder, number):
        assert main(["build", "--for", "otter", str(folder), "--only", number]) == 0
        [path] = folder.glob("*/*.ipynb")
        command("-c", GRADE, cwd=path.parent)
        marks = json.loads((path.parent / "marks.json").read_text(encoding="utf-8"))
        (solved, possible), (untouched, _) = marks["autograder"], marks["student"]
        assert solved == possible >= 3
        assert untouched == 0
        student = (path.parent / "dist" / "student" / path.name).read_text(encoding="utf-8")
        assert "BEGIN SOLUTION" not in student
        assert ("verdict" in student) is (number in GOES_ON)

    for_each_graded(grade)


# Slides -------------------------------------------------------------------------------------------


def test_slides_tell_the_reason_of_an_answer_with_what_the_code_gives(small, tmp_path, monkeypatch):
    pytest.importorskip("nbconvert", reason="extra [notebook]")
    from nbformat.v4 import new_code_cell, new_output

    monkeypatch.setattr(shutil, "which", lambda name: None)
    notebook = read(small / "01-a.ipynb")
    out = new_output("stream", name="stdout", text="It is 6: REASON.")
    code = 'print("SHOWN")\npredicted(\n    guess, 6, "REASON"\n)  # fmt: skip'
    notebook.cells[3:4] = [
        new_code_cell(code, outputs=[out]),
        new_code_cell('predicted(guess, 6, "REASON")', outputs=[out]),
    ]
    nbformat.write(notebook, small / "01-a.ipynb")
    folder = made(small, tmp_path / "slides", "build", "--for", "slides")
    page = (folder / "01-a.html").read_text(encoding="utf-8")
    assert "predicted(" not in page
    before, between, _ = page.split("REASON")  # each once, in an output
    assert before.split("SHOWN")[1].count('class="fragment"') == 1
    assert between.count('class="fragment"') == 1  # there is no code to reveal before it


STEPPER = """
from autograd_lite import Value, step

x = Value(2.0, label="x")
y = x.tanh()
"""
STATE = """() => {
  const slide = Reveal.getCurrentSlide();
  const shown = [...slide.querySelectorAll(".fragment.visible")].length;
  return [Reveal.getIndices().h, shown, slide.querySelector(".agv-time input")?.value];
}"""


def test_each_key_reveals_one_thing_of_the_slides(tmp_path):
    for needed in ("playwright", "nbconvert"):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not (chromium and shutil.which("npm")):
        pytest.skip("Chromium or npm is not here")
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
    from playwright.sync_api import sync_playwright

    names = {}
    exec(STEPPER, names)
    from autograd_lite import step

    view = new_output("display_data", step(names["y"])._repr_mimebundle_())
    cells = [
        new_markdown_cell("# Slides"),
        new_code_cell(STEPPER + "step(y)", outputs=[view]),
        new_markdown_cell("The end"),
    ]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / "01-a.ipynb")
    made(tmp_path / "notebooks", tmp_path / "slides", "build", "--for", "slides")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        asked, faults = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((tmp_path / "slides" / "01-a.html").as_uri())
        page.wait_for_function("window.Reveal?.isReady() && document.querySelector('.agv-time')")
        forward = [page.evaluate(STATE)]
        for _ in range(7):
            page.keyboard.press("PageDown")
            forward.append(page.evaluate(STATE))
        back = [forward[-1]]
        for _ in range(7):
            page.keyboard.press("PageUp")
            back.append(page.evaluate(STATE))
        browser.close()
    steps = [[0, 2, str(n)] for n in range(5)]  # tanh: forward, the seed, backward, the result
    assert forward[:3] == [[0, 0, "0"], [0, 1, "0"], [0, 2, "0"]]
    assert forward[2:-1] == steps[: len(forward) - 3]
    assert forward[-1] == [1, 0, None]
    assert back[1:] == forward[-2::-1]
    assert [url for url in asked if url.startswith("http")] == []
    assert faults == []
