"""Checks of exercises and predictions: what they print, and that nothing stops a notebook."""

import subprocess
import sys

import pytest

from autograd_lite import Value
from autograd_lite.course import exercise, predicted
from autograd_lite.views.language import speaking


class Hostile:
    """What no check expects: it cannot be compared, called, printed or shown."""

    def _refuse(self, *args):
        raise RuntimeError(self)

    __eq__ = __call__ = __str__ = __repr__ = __float__ = __bool__ = __len__ = _refuse
    __hash__ = None


def checked(answer, is_right=lambda answer: abs(answer - 6.0) < 1e-9, number=2):
    @exercise(number, answer)
    def check():
        if not is_right(answer):
            raise AssertionError("multiply")  # an assert here would say more, by pytest

    return check


ODD = {
    "None": lambda: None,
    "str": lambda: "six",
    "generator": lambda: (x for x in [6.0]),
    "0.123": lambda: 0.123,
    "nan": lambda: float("nan"),
    "empty": list,
    "class": lambda: int,
    "recursive": lambda: (loop := [], loop.append(1))[0],
    "hostile": Hostile,
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_no_answer_raises(make, capsys):
    verdict = checked(make())
    assert verdict.right is False
    assert capsys.readouterr().out == verdict.said + "\n"
    assert verdict.said.startswith("Exercise 2: not yet: ")
    with pytest.raises(AssertionError, match="not yet"):
        verdict.grade()


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_no_guess_raises(make, capsys):
    predicted(make(), 6.0, "twice three")
    predicted(6.0, make(), "twice three")
    assert capsys.readouterr().out.count("twice three.\n") == 2


def test_a_right_answer(capsys):
    verdict = checked(6.0)
    assert capsys.readouterr().out == "Exercise 2: right\n"
    assert verdict.right
    verdict.grade()


@pytest.mark.parametrize("answer", [..., [1.0, ...], ("a", [...]), {"w": ...}], ids=str)
def test_what_is_not_answered_is_not_checked(answer, capsys):
    verdict = checked(answer, is_right=lambda answer: pytest.fail("was checked"))
    assert capsys.readouterr().out == "Exercise 2: not answered yet\n"
    assert verdict.right is None
    with pytest.raises(AssertionError, match="not answered yet"):
        verdict.grade()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (AssertionError("the sum"), "the sum"),
        (AssertionError(), "not what was asked for"),
        (TypeError("no"), "your answer raised TypeError: no"),
        (SystemExit(1), "your answer raised SystemExit: 1"),
        (StopIteration(), "your answer raised StopIteration: "),
        (ValueError(Hostile()), "your answer raised ValueError: ValueError"),
    ],
)
def test_what_a_check_says_against_an_answer(fault, said, capsys):
    def is_right(answer):
        raise fault

    checked(1.0, is_right)
    assert capsys.readouterr().out == f"Exercise 2: not yet: {said}\n"


def test_an_interrupt_stops_a_check():
    def is_right(answer):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked(1.0, is_right)


def test_in_chinese(capsys):
    with speaking("zh"):
        checked(6.0)
        checked(...)
        checked(5.0)
        checked(None)
        predicted("b", "w", "它的输入更大。")
        predicted("w", "w", "它的输入更大")
        predicted(..., "w", "它的输入更大")
        predicted("箭头", "一条边", "它们连接节点")
    assert capsys.readouterr().out.splitlines() == [
        "练习 2：正确",
        "练习 2：还没有作答",
        "练习 2：还不对：multiply",
        "练习 2：还不对：你的答案引发了 TypeError: unsupported operand type(s) for -: "
        "'NoneType' and 'float'",
        "你猜的是 b；其实是 w：它的输入更大。",
        "你猜的是 w，猜对了：它的输入更大。",
        "你没有猜；答案是 w：它的输入更大。",
        "你猜的是箭头；其实是一条边：它们连接节点。",
    ]


@pytest.mark.parametrize(
    ("guess", "truth", "same"),
    [
        ("W ", "w", True),
        ("w", "b", False),
        (0.3333, 1 / 3, True),
        (0.33, 1 / 3, False),
        (2, 2.0, True),
        ("2", 2, True),
        (True, False, False),
        ([1, 2], [1, 2], True),
        (Value(2.0), 2.0, True),
        (0.0, 1e-9, False),
    ],
)
def test_when_a_guess_is_right(guess, truth, same, capsys):
    predicted(guess, truth, "why")
    assert ("and so it is" in capsys.readouterr().out) is same


def test_a_sentence_ends_with_one_stop(capsys):
    predicted("b", "w", "the larger one.")
    assert capsys.readouterr().out == "You said b; it is w: the larger one.\n"


def test_the_engine_does_not_load_it():
    code = "import sys, autograd_lite, nn; print('autograd_lite.course' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
