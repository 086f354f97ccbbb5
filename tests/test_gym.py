"""The bug gym: each program is wrong as it stands, says so, and the printed answer mends it."""

import ast
import re
import runpy
import warnings
from pathlib import Path

import pytest
from test_notebooks import Wordless

from autograd_lite import set_language

GYM = Path(__file__).parent.parent / "notebooks" / "gym"
IN_CHINESE = GYM.parent / "zh" / "gym"
PROGRAMS = sorted(GYM.glob("[0-9]*.py"))
TRANSLATED = sorted(IN_CHINESE.glob("[0-9]*.py"))
ANSWER = re.compile(r"^## (\d+)\. .*?```diff\n(.*?)```", re.MULTILINE | re.DOTALL)
ANSWERS = {
    int(number): [
        "\n".join(line[1:] for line in change.splitlines() if line[0] == sign) for sign in "-+"
    ]
    for number, change in ANSWER.findall((GYM / "answers.md").read_text(encoding="utf-8"))
}
SAID = {  # wrong, raised, right
    GYM: ("Exercise {}: not yet: ", "your answer raised", "Exercise {}: right"),
    IN_CHINESE: ("练习 {}：还不对：", "你的答案引发了", "练习 {}：正确"),
}
EACH = pytest.mark.parametrize(
    "path",
    [*PROGRAMS, *TRANSLATED],
    ids=lambda path: path.relative_to(GYM.parent).with_suffix("").as_posix(),
)


@pytest.fixture
def last_line(capsys):
    """A function of a program: the last line that it prints."""

    def run(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some faults are warned of
            runpy.run_path(str(path))
        set_language("en")
        return capsys.readouterr().out.splitlines()[-1]

    return run


def mended(path):
    before, after = ANSWERS[int(path.name[:2])]
    text = path.read_text(encoding="utf-8")
    above, mark, check = text.partition("\n\n@exercise")
    assert mark
    assert above.count(before) == 1
    return above.replace(before, after) + mark + check


def test_each_program_has_its_number_and_its_answer():
    assert [int(path.name[:2]) for path in PROGRAMS] == list(ANSWERS) == list(range(1, 21))
    for number, path in enumerate(PROGRAMS, 1):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f'"""{number}. ')
        assert f"@exercise({number})" in text
        assert "Tools: " in text
        assert f"]({path.name})" in (GYM / "README.md").read_text(encoding="utf-8")


def test_the_chinese_programs_have_the_same_code():
    assert [path.name for path in TRANSLATED] == [path.name for path in PROGRAMS]
    readme = (IN_CHINESE / "README.md").read_text(encoding="utf-8")
    for original, path in zip(PROGRAMS, TRANSLATED):
        ours, theirs = (
            ast.unparse(Wordless().visit(ast.parse(each.read_text(encoding="utf-8"))))
            for each in (original, path)
        )
        assert ours == theirs
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix('"""')
        number, title = title.split(". ")
        assert f"| [{number}]({path.name}) | {title} |" in readme


@pytest.mark.parametrize("folder", [GYM, IN_CHINESE], ids=["en", "zh"])
def test_who_gives_up_finds_the_answers(folder):
    [link] = re.findall(r"\]\((.*answers\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert (folder / link).resolve() == GYM / "answers.md"


@EACH
def test_as_it_stands_it_runs_and_is_wrong(path, last_line):
    wrong, raised, _ = SAID[path.parent]
    line = last_line(path)
    assert line.startswith(wrong.format(int(path.name[:2])))
    assert raised not in line, "the hint is one of the check"


@EACH
def test_the_answer_mends_it(path, last_line, tmp_path):
    program = tmp_path / path.name
    program.write_text(mended(path), encoding="utf-8")
    assert last_line(program) == SAID[path.parent][2].format(int(path.name[:2]))
