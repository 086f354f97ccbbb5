"""One to four directions forward, where a tape is the one step of a loop: against the reference
interpreter, which takes one direction after another with all care about what is infinite."""

import math
from array import array
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_compile_random import Case, functions, numbers, same
from test_random_graphs import programs
from test_table import NOT_LIBM

import autograd_lite as ag
from autograd_lite import compile, jacobian, special
from autograd_lite.compiler.interpreter import replay_directions


class Tape:
    """The tape of a function of a list, as the engine and as the interpreter replay it."""

    def __init__(self, f, x, **options):
        self.program = compile(f, **options)
        self.program.value(x)
        (self.tape,) = self.program.tapes()
        self.native = getattr(self.program._latest.several[0].replay, "tape", None)
        if self.native is None:
            pytest.skip("the tape is not native")

    def rates(self, replay, x, directions):
        """The rates of the outputs in each direction, one after another, and a broken guard."""
        given = array("d", [rate for rates in directions for rate in rates])
        answers = array("d", bytes(8 * len(self.tape.outputs) * len(directions)))
        broken = replay(len(directions), True, array("d", x), given, answers)
        return list(answers), broken

    def agrees(self, x, directions, equal=same):
        found, broken = self.rates(self.native.directions, x, directions)
        of_tape = lambda *args: replay_directions(self.tape, *args)
        wanted, of_interpreter = self.rates(of_tape, x, directions)
        assert broken == of_interpreter
        assert all(map(equal, found, wanted)), (x, directions, found, wanted)
        assert all(rate or math.copysign(1.0, rate) == 1.0 for rate in found)


MOVES = [[1.0, 0.0], [0.0, 1.0], [-0.5, 2.0], [0.0, 0.0], [1e300, -math.inf], [math.nan, 1.0]]


@pytest.mark.parametrize(("function", "edges"), list(functions()))
def test_every_row_at_every_edge(function, edges):
    """Alone and masked by a `where`; from call to call other numbers move, in other lanes."""
    n = len(edges[0])
    if getattr(function, "name", "power" if n == 1 else "") in NOT_LIBM:
        pytest.skip("Python has an algorithm of its own")
    masked = lambda xs: [function(*xs), ag.where(xs[0] > 1.0, function(*xs) * xs[-1], xs[-1])]
    tape = Tape(masked, [0.25] * n)
    moves = [(2 * rates)[:n] for rates in MOVES]
    for k, point in enumerate(edges[:: 1 + len(edges) // 40]):
        lanes = 1 + k % 4
        tape.agrees(list(point), (moves[k % 6 :] + moves)[:lanes])


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples)
@given(st.data())
def test_random_programs(data):
    program = data.draw(programs())
    n = len(program.leaves)
    case = Case(ag.Value, program, [True] * n)
    tape = Tape(lambda xs: [case.function(*xs), xs[0] * xs[-1]], program.leaves)
    one = st.lists(st.sampled_from([0.0, 1.0, -0.75]), min_size=n, max_size=n)
    for _ in range(3):
        x = data.draw(st.lists(numbers, min_size=n, max_size=n))
        tape.agrees(x, data.draw(st.lists(one, min_size=1, max_size=5)))


X = [0.3, -1.2, 2.0, 0.7, 1.1]
KINDS = {
    "a matrix that lies in place": lambda x: [ag.dot(x * 8, x * 8), ag.dot(x * 9, [2.0] * 45)],
    "sums, pairs and short dots": lambda x: [
        ag.sum(x), x[0] * x[1] + x[2] * x[3], x[0] * 3.0 + x[1] * 4.0, ag.dot(x, x[::-1]),
    ],
    "reductions": lambda x: [ag.max(x), ag.min(x[:2]), ag.logsumexp(x), ag.max([*x, *x])],
    "what moves with nothing": lambda x: [x[0], 3.0 * x[1], ag.Value(2.0) * 1.0 + 0.0 * x[2]],
    "rows for science": lambda x: [special.betainc(2.0, x[2], 0.3), special.ndtr(x[1]) * x[0]],
    "a condition and a detach": lambda x: [
        ag.where(x[0] < x[1], x[2], x[3] * x[4]), x[0].detach() * x[1],
    ],
}  # fmt: skip


@pytest.mark.parametrize("reorder", [False, True])
@pytest.mark.parametrize("f", KINDS.values(), ids=KINDS)
def test_kinds_of_rows(f, reorder):
    tape = Tape(f, X, reorder=reorder)
    close = lambda x, y: math.isclose(x, y, rel_tol=1e-14, abs_tol=1e-15)
    for lanes in (3, 1, 4, 2, 5):
        tape.agrees(X, np.eye(5)[:lanes].tolist(), close if reorder else same)
        tape.agrees(X[::-1], (np.eye(5)[::-1] - 0.5)[:lanes].tolist(), close if reorder else same)


def test_what_moved_once_does_not_meet_an_infinite_partial_for_ever(Value):
    """0 times an infinite partial is 0, though a plan may count with numbers that moved before."""
    program = compile(lambda x: [ag.sqrt(x[0]) * x[1] + x[2], x[2] * x[1]])
    e = np.eye(3).tolist()
    assert program.jvp([4.0, 3.0, 5.0], e[0]) == [0.75, 0.0]
    assert program.jvp([0.0, 3.0, 5.0], e[0]) == [math.inf, 0.0]
    for x in ([0.0, 3.0, 5.0], [4.0, 3.0, 5.0]):
        assert program.jvp(x, e[2]) == [1.0, 3.0]
        assert program.jvp(x, e[1]) == [math.sqrt(x[0]), 5.0]
        assert program.jvp(x, [0.0] * 3) == [0.0, 0.0]
    assert program.jacobian([0.0, 3.0, 5.0]) == [[math.inf, 0.0, 1.0], [0.0, 5.0, 3.0]]
    assert program.jvp([-1.0, 3.0, 5.0], e[2]) == [1.0, 3.0]


def test_all_kinds_of_replays_share_one_memory(Value):
    """Gradients, rates in few and in many directions, and values, in any order."""
    f = lambda x: [ag.logsumexp(x) * x[0], ag.exp(x[1]) / x[2], ag.max(x) - x[3], x[4] ** 3] * 2
    wanted = np.array(jacobian(f)(X))
    program, narrow = compile(f), compile(lambda x, y: f([*x, *y]), argnums=0)
    for _ in range(2):
        for k in (1, 2, 3, 4):
            found = narrow.jacobian(X[:k], X[k:])
            assert found == [pytest.approx(row[:k], rel=1e-14) for row in wanted]
        assert program.jacobian(X) == [pytest.approx(row, rel=1e-14) for row in wanted]
        assert program.jvp(X, [1.0, 0.0, 0.0, 2.0, 0.0]) == pytest.approx(
            wanted[:, 0] + 2.0 * wanted[:, 3], rel=1e-14
        )
        assert program.value(X) == [y.data for y in f(list(map(Value, X)))]


def test_another_branch_is_found_and_nothing_is_left_of_it(Value):
    def f(x):
        y = x[0] * x[1]
        return [y, x[1], y] if y > 1.0 else [x[0] - y, y, 2.0 * x[1]]

    program = compile(f)
    for x in ([2.0, 3.0], [0.5, 1.5], [4.0, 0.5], [-1.0, 3.0]):
        assert program.jacobian(x) == jacobian(f)(x)
        both = [row[0] - row[1] for row in jacobian(f)(x)]
        assert program.jvp(x, [1.0, -1.0]) == both
    assert program.traces == 2


def course(p, steps=40):
    """Loops of a trace, and loops that are kept as such."""
    x, v, found = p[0], p[1], []
    for _ in range(steps):
        v = v - 0.1 * ag.sin(x) * p[2]
        x = x + 0.1 * v
        found.append(x)
    return found


def swinging(p):
    step = lambda state, t: ((state[0] + 0.1 * state[1], state[1] - p[2] * state[0]), state[0])
    (x, v), _ = ag.scan(step, (p[0] * p[1], p[1] + p[2]), None, length=20)
    return [x * v + p[0], v, p[1] * x, ag.logsumexp([x, v, p[0]])]


@pytest.mark.parametrize("f", [course, swinging])
def test_of_long_programs_and_of_loops_inside(Value, f):
    found = np.array(compile(f).jacobian([0.4, 0.2, 1.3]))
    assert found == pytest.approx(np.array(jacobian(f)([0.4, 0.2, 1.3])), rel=1e-12)
    h = 1e-6
    for j, e in enumerate(np.eye(3)):
        ahead, behind = (compile(f).value(list(np.array([0.4, 0.2, 1.3]) + s * e)) for s in (h, -h))
        assert found[:, j] == pytest.approx(np.subtract(ahead, behind) / (2 * h), abs=1e-7)


@pytest.mark.slow
def test_threads_have_their_own_rates(Value):
    program = compile(course)
    points = [[0.1 * k, 0.2, 1.3] for k in range(40)]
    wanted = [jacobian(course)(p) for p in points[:4]]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(program.jacobian, points * 3))
    assert found[:40] == found[40:80] == found[80:]
    for rows, others in zip(found, wanted):
        assert np.array(rows) == pytest.approx(np.array(others), rel=1e-12)


def test_structures_of_narrow_jacobians(Value):
    """Arrays and lists in and out, and constants among the results."""
    x = np.array(X[:3])
    for f in (
        lambda x: np.array([x[0] * x[1], x[2] * x[2], x[0] / x[2], x[1] - 1.0]),
        lambda x: np.array([[x[0] * x[1], x[2] * 1.0], [x[2] ** 2, x[0] + 0.0]]),
        lambda x: [x[0] * x[1], 5.0, x[2] * x[2], None, x[0] * 3.0],
        lambda x: {"a": np.array([x[0] * x[1]]), "b": (x[2] * x[1], [x[0] ** 2, 1.0])},
    ):
        for at in (x, x.tolist()):
            program, wanted = compile(f), jacobian(f)(at)
            for _ in range(2):
                found = program.jacobian(at)
                assert repr(found) == repr(wanted)
    empty = compile(lambda x: x * 2.0).jacobian(np.zeros((0, 2)))
    assert empty.shape == (0, 2, 0, 2)


def test_no_allocation_is_trusted():
    pytest.importorskip("autograd_lite.native.engine")
    from allocations import each_allocation_fails

    for failing in each_allocation_fails(2, 40):
        program = compile(lambda x: [x[0] * x[1], ag.logsumexp(x)])
        program.value([1.0, 2.0])
        found = None
        with failing:
            found = program.jvp([1.0, 2.0], [1.0, 0.0])
        again = program.jvp([1.0, 2.0], [1.0, 0.0])
        assert again[0] == 2.0 == program.jacobian([1.0, 2.0])[0][0]
        assert found in (None, again)
