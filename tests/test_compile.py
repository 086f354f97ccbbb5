"""compile: replaying a traced function gives what the function itself gives, and says what it can't.

The fixture `interpreter` runs each test on the reference interpreter of the tape and, where there
is one, on the fast one.
"""

import weakref

import pytest

from autograd_lite import compile, compiled


def interpreters():
    """What replays tapes: the reference interpreter and, if it is another one, the fastest."""
    program = compile(lambda x: x * x)
    program.value(1.0)
    (tape,) = program.tapes()
    fastest = compiled.replayer
    yield pytest.param(lambda tape: tape.replay, id="reference")
    if fastest(tape) != tape.replay:
        yield pytest.param(fastest, id="fastest")


@pytest.fixture(scope="module", autouse=True, params=interpreters())
def interpreter(request):
    before, compiled.replayer = compiled.replayer, request.param
    yield request.param
    compiled.replayer = before


# Leaves from outside ------------------------------------------------------------------------------


def test_a_replaced_leaf_is_noticed_when_nobody_else_holds_the_old_one(Value):
    holder = [Value(2.0)]
    program = compile(lambda x: holder[0] * x)
    assert program.value(3.0) == 6.0
    holder[0] = Value(5.0)
    assert program.value(3.0) == 15.0
    assert program.traces == 2
    assert program.leaves(3.0) == holder


def test_two_programs_do_not_keep_each_others_leaves_alive(Value):
    holder = [Value(2.0)]
    times, plus = compile(lambda x: holder[0] * x), compile(lambda x: holder[0] + x)
    assert (times.value(3.0), plus.value(3.0)) == (6.0, 5.0)
    holder[0] = Value(10.0)
    assert (times.value(3.0), plus.value(3.0)) == (30.0, 13.0)


def test_a_program_keeps_no_leaf_alive(Value):
    holder = {"w": Value(2.0)}
    gone = weakref.ref(holder["w"])
    program = compile(lambda x: holder["w"] * x)
    assert program.value(1.0) == 2.0
    holder.clear()
    assert gone() is None
    with pytest.raises(KeyError):
        program.value(1.0)
