"""The question bank: sixty questions, and what the engine computes for each is its key."""

import doctest
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BANK = ROOT / "docs" / "teach" / "question-bank.md"
MARKS = re.compile(
    r"\*Level (?P<level>[123]) · (?P<kind>choice|number) · notebook (?P<notebook>\d+[abc]?)"
    r"(?P<test> · pre and post test)?\*\n\n"
)
OPTION = re.compile(r"^- \*\*([A-D])\*\* (.+?)(?=\n- |\n\n)", re.M | re.S)
ANSWER = re.compile(
    r"<details><summary>Answer</summary>\n\n\*\*(.+?)\*\* (.+?)```python\n(.+?)```\n\n</details>",
    re.S,
)


@dataclass
class Question:
    number: int
    level: int
    kind: str
    notebook: str
    in_test: bool
    text: str
    options: dict[str, str]
    key: str
    computed: str  # what the last example of the answer prints


def question(number, block):
    """One question, read from its part of the page."""
    marks = MARKS.match(block)
    assert marks, f"question {number}: *Level 1 · choice or number · notebook 1*"
    answers = ANSWER.findall(block)
    assert len(answers) == 1, f"question {number}: one folded answer with an example"
    key, _, code = answers[0]
    text = block[marks.end() :].partition("<details>")[0]
    printed = doctest.DocTestParser().get_examples(code)[-1].want.strip()
    return Question(
        number, int(marks["level"]), marks["kind"], marks["notebook"], bool(marks["test"]),
        text, dict(OPTION.findall(text)), key, printed,
    )  # fmt: skip


def questions(page):
    parts = re.split(r"^### Question (\d+)\n\n", page, flags=re.M)
    return [question(int(n), block) for n, block in zip(parts[1::2], parts[2::2])]


def number(text):
    return float(text.replace("−", "-"))


def keys_that_fit(question):
    """The keys that what is computed speaks for: letters, or the number itself."""
    computed = question.computed
    if question.kind == "number":
        return [computed]
    if re.fullmatch("'[A-D]+'", computed):
        return list(computed.strip("'"))
    return [k for k, text in question.options.items() if number(text) == number(computed)]


@pytest.fixture(scope="module")
def bank():
    return questions(BANK.read_text(encoding="utf-8"))


def test_sixty_questions_of_all_levels(bank):
    assert [q.number for q in bank] == list(range(1, 61))
    assert {q.level for q in bank} == {1, 2, 3}
    assert sum(q.in_test for q in bank) == 10
    assert len({q.text for q in bank}) == 60
    for q in bank:
        assert sorted(q.options) == (list("ABCD") if q.kind == "choice" else []), q.number
        assert len(set(q.options.values())) == len(q.options), q.number


def test_the_questions_of_the_test_are_listed(bank):
    numbers = ", ".join(str(q.number) for q in bank if q.in_test)
    assert f"They are {numbers}." in BANK.read_text(encoding="utf-8")


def test_the_page_to_print_has_the_test_and_no_answers(bank):
    page = (BANK.parent / "test.md").read_text(encoding="utf-8")
    asked = [text.strip() for text in re.split(r"^## \d+\n", page, flags=re.M)[1:]]
    asked[-1], last = asked[-1].split("\n\nFor the teacher: ")
    assert asked == [q.text.strip() for q in bank if q.in_test]
    assert f"questions {', '.join(str(q.number) for q in bank if q.in_test)} of" in last


def test_the_guide_names_no_question_of_the_test(bank):
    guide = (BANK.parent / "guide.md").read_text(encoding="utf-8")
    named = {int(number) for number in re.findall(r"[Qq]uestion (\d+)", guide)}
    assert len(named) > 4
    assert named <= {q.number for q in bank if not q.in_test}


def test_what_is_computed_is_the_key(bank):
    """That it is computed so is tested with the examples of all pages."""
    for q in bank:
        (fits,) = keys_that_fit(q)
        if q.kind == "choice":
            assert fits == q.key, f"question {q.number}"
        else:
            assert number(fits) == pytest.approx(number(q.key), rel=1e-9), f"question {q.number}"


def test_no_letter_is_the_key_too_often(bank):
    keys = [q.key for q in bank if q.kind == "choice"]
    assert max(map(keys.count, "ABCD")) <= len(keys) * 0.4


def test_each_question_leads_to_a_notebook(bank):
    numbers = {path.name.partition("-")[0] for path in (ROOT / "notebooks").glob("[0-9]*.py")}
    for q in bank:
        assert q.notebook.zfill(2 + q.notebook[-1].isalpha()) in numbers, q.number


ONE = """\
### Question 1

*Level 1 · {kind} · notebook 1*

What?
{options}
<details><summary>Answer</summary>

**{key}** Because.

```python
>>> 6
{printed}

```

</details>
"""
OPTIONS = "\n- **A** 6\n- **B** six, or\n  more\n- **C** −6\n- **D** 7\n"


@pytest.mark.parametrize(
    ("kind", "key", "printed", "right"),
    [
        ("number", "6", "6.0", True),
        ("number", "−6", "-6.0", True),
        ("number", "6", "7.0", False),
        ("choice", "B", "'B'", True),
        ("choice", "B", "'A'", False),
        ("choice", "A", "'AB'", False),  # two are true
    ],
)
def test_the_tests_notice(kind, key, printed, right):
    options = OPTIONS if kind == "choice" else ""
    page = ONE.format(kind=kind, key=key, printed=printed, options=options)
    bank = questions(page)
    if kind == "choice":
        assert bank[0].options["B"] == "six, or\n  more"
    if right:
        test_what_is_computed_is_the_key(bank)
    else:
        with pytest.raises((AssertionError, ValueError)):
            test_what_is_computed_is_the_key(bank)
