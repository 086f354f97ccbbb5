"""The bug gym: each program is wrong as it stands, says so, and the printed answer mends it."""

import re
import runpy
import warnings
from pathlib import Path

import pytest

GYM = Path(__file__).parent.parent / "notebooks" / "gym"
PROGRAMS = sorted(GYM.glob("[0-9]*.py"))
ANSWER = re.compile(r"^## (\d+)\. .*?```diff\n(.*?)```", re.MULTILINE | re.DOTALL)
ANSWERS = {
    int(number): [
        "\n".join(line[1:] for line in change.splitlines() if line[0] == sign) for sign in "-+"
    ]
    for number, change in ANSWER.findall((GYM / "answers.md").read_text(encoding="utf-8"))
}
EACH = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)


@pytest.fixture
def last_line(capsys):
    """A function of a program: the last line that it prints."""

    def run(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some faults are warned of
            runpy.run_path(str(path))
        return capsys.readouterr().out.splitlines()[-1]

    return run


def mended(path):
    before, after = ANSWERS[int(path.name[:2])]
    text = path.read_text(encoding="utf-8")
    above, mark, check = text.partition("# The check.")
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


@EACH
def test_as_it_stands_it_runs_and_is_wrong(path, last_line):
    line = last_line(path)
    assert line.startswith(f"Exercise {int(path.name[:2])}: not yet: ")
    assert "your answer raised" not in line, "the hint is one of the check"


@EACH
def test_the_answer_mends_it(path, last_line, tmp_path):
    program = tmp_path / path.name
    program.write_text(mended(path), encoding="utf-8")
    assert last_line(program) == f"Exercise {int(path.name[:2])}: right"
