"""Loops in compiled functions, against the same functions without `compile`."""

import gc
import pickle

import pytest
from test_compile import reference, replayer  # noqa: F401 (a fixture: each interpreter of tapes in turn)

import autograd_lite
from autograd_lite import (
    Primitive,
    TraceError,
    compile,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    linalg,
    scan,
    sin,
    sqrt,
    tanh,
    where,
    while_loop,
)  # fmt: skip
from autograd_lite.compiler import loops

pytestmark = [
    pytest.mark.usefixtures("Value", "replayer"),
    pytest.mark.filterwarnings("ignore::autograd_lite.LostPathWarning"),
]
FORCES = [0.1, -0.4, 0.3, 0.25, -0.2]


def pendulum(state, force):
    angle, speed = state
    speed = speed + 0.1 * (force - sin(angle))
    return (angle + 0.1 * speed, speed), angle * speed


def end_and_ys(x, v, forces):
    (angle, speed), ys = scan(pendulum, (x, v), forces)
    return angle * speed + ys[2] * exp(ys[0]) - ys[-1]


def backwards(x, v, forces):
    (angle, speed), ys = scan(pendulum, (x, v), forces, reverse=True)
    return angle + speed * sum(y * y for y in ys)


def with_checkpoints(x, v, forces):
    (angle, speed), ys = scan(pendulum, (x, v), forces, checkpoint=2)
    return angle * speed + ys[1] * ys[4]


def structures(x, v, forces):
    xs = {"f": forces, "pair": [(x, 1.0), (v, 2.0), (0.5, 3.0), (x * v, 4.0), (1.0, 5.0)]}

    def step(state, x):
        a, b = x["pair"]
        return {"s": state["s"] * a + x["f"], "t": [b * state["s"]]}, (a, [b * a, state["t"][0]])

    end, (first, both) = scan(step, {"s": v, "t": [0.0]}, xs)
    return end["s"] * end["t"][0] + first[1] * both[3][0] + both[4][1]


def chosen(x, v, forces):
    """A branch not taken with an infinite slope, in each step."""
    step = lambda s, f: (where(s > 0.2, s * 0.5, sqrt(abs(s)) * v) + f, None)
    return scan(step, x, [0.0, *forces])[0]


def nested(x, v, forces):
    def outer(state, force):
        inner, ys = scan(lambda s, u: (tanh(s * 0.5 + u * v), s * u), state, [force, x, 2.0, state])
        return sin(inner) + x, inner * ys[1]

    end, ys = scan(outer, x, forces)
    return end * ys[1] + ys[3]


def after_another(x, v, forces):
    _, ys = scan(pendulum, (x, v), forces)
    total, _ = scan(lambda s, y: (s + exp(y) * x, None), 0.0, ys)
    return total


def until(x, v, forces):
    speed, work = while_loop(
        lambda s: s[0] * s[0] > 0.01, lambda s: (s[0] * v, s[1] + sin(s[0]) * x), (x, 0.0)
    )
    return speed * work + forces[0]


def captured_twice(x, v, forces):
    """What the step captures depends on something else that it captures."""
    return scan(lambda s, u: (s * exp(v) * 0.1 + v * u * sin(s), None), x, forces)[0]


def below_a_where(x, v, forces):
    """A loop in a branch that is not taken, whose slopes are infinite there."""
    roots = scan(lambda s, u: (s + sqrt(u), sqrt(s)), sqrt(x - 0.8), [x - 0.8, v + 0.7, x])
    return where(x < 0.8, roots[0] * roots[1][1], x * x) * v


def two_gradients(x, v, forces):
    """A third derivative in which parts of one loop occur several times."""
    x = 1.0 * x
    y = scan(lambda s, u: (s * s * u + v, sin(s)), x, forces)
    first = gradients(y[0] * y[1][2], x, create_graph=True)
    return first * gradients(y[0], x, create_graph=True) + y[1][2]


def branching(x, v, forces):
    """An `if` of several branches, some of which are never taken, with a slope that is infinite."""

    def step(state, force):
        s, n = state
        if s > 0.5 and force > 0.0:
            return (s * v, n + 1.0), s
        if v > 5.0:  # from outside: a branch of the program
            s = -s
        if s.data < force:
            s = sqrt(abs(s)) * force if s > 0.0 else s * s + x
        elif not abs(s) > 1e-3:
            s = s / (s - s)
        return (sin(s) + force, max(n, s)), s * x

    (end, n), ys = scan(step, (x, 0.0), forces)
    count = while_loop(
        lambda s: s[0] < 4.0 and abs(s[1]) < 1.3,
        lambda s: (s[0] + 1.0, s[1] * 1.1 if s[1] > 0.1 else s[1] * x), (0.0, end),
    )  # fmt: skip
    return end * n + ys[1] * ys[3] + count[1]


def slope_of_a_loop(x, v, forces):
    """A third derivative, for hvp."""
    f = lambda z: scan(lambda s, u: (s * s * u + v, None), z, forces)[0]
    return grad(f)(x) * v


PROGRAMS = [
    end_and_ys, backwards, with_checkpoints, structures, chosen, nested, after_another, until,
    captured_twice, below_a_where, two_gradients, slope_of_a_loop, branching,
]  # fmt: skip
ARGS, TANGENTS = (0.8, -0.7, FORCES), (1.0, 0.5, [1.0, 0.0, -2.0, 0.0, 3.0])


def flat(x):
    return [z for y in x for z in flat(y)] if isinstance(x, (list, tuple)) else [x]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_values_and_derivatives_of_two_orders(f):
    args = ARGS if f is not until else (0.8, 0.7, FORCES)
    program = compile(f)
    value, slopes = program.value_and_grad(*args)
    # the same bits, also where the start is a number and the loop of eager code runs on numbers
    assert value == f(autograd_lite.Value(args[0]), autograd_lite.Value(args[1]), FORCES).data
    assert flat(slopes) == pytest.approx(flat(grad(f)(*args)), rel=1e-13, abs=1e-15)
    assert program.jvp(args, TANGENTS) == pytest.approx(jvp(f)(args, TANGENTS), rel=1e-13)
    wanted = flat(hvp(f)(args, TANGENTS))
    assert flat(program.hvp(args, TANGENTS)) == pytest.approx(wanted, rel=1e-12, abs=1e-14)
    moved = (args[0] * 1.1, args[1] * 0.9, [2.0 * u for u in FORCES])
    x, v = map(autograd_lite.Value, moved[:2])
    assert program.value(*moved) == f(x, v, moved[2]).data
    assert program.traces == 1
    assert not program.refresh(*args)


def plain(x):
    return getattr(x, "data", x)


def test_leaves_from_outside_get_their_gradients(Value):
    k, c = Value(0.7, label="k"), Value(0.3)
    f = lambda x: scan(lambda s, u: (s - 0.1 * exp(k) * s * u + c, s * k), x, FORCES)
    program = compile(lambda x: (lambda end, ys: end * ys[3])(*f(x)))
    f_plain = program.function
    x = Value(0.5)
    f_plain(x).backward()
    wanted = k.grad, c.grad, x.grad
    k.grad = c.grad = x.grad = 0.0
    program(x).backward()
    assert (k.grad, c.grad, x.grad) == pytest.approx(wanted, rel=1e-13)
    k.grad = c.grad = x.grad = 0.0
    program.backward(x)
    assert (k.grad, c.grad, x.grad) == pytest.approx(wanted, rel=1e-13)
    k.data = -0.2
    assert program.value(0.5) == f_plain(Value(0.5)).data
    assert set(program.leaves(0.5)) == {k, c}
    assert "loop, whose step is" in program.summary()


def test_what_depends_on_no_step_is_computed_once():
    """exp(k) and the `if` on k stand outside the loop: the body has one operation."""
    program = compile(
        lambda x, k: scan(lambda s, _: (s * (exp(k) if k > 0 else k), None), x, length=9)[0]
    )
    assert program.value(1.0, 0.5) == pytest.approx(exp(4.5), rel=1e-14)
    [loop] = [step.op for step in program.tapes()[0].steps if step.__class__.__name__ == "Step"][:1]
    assert [i.op.name for i in loop.body.program.instructions] == ["mul"]
    assert program.value(1.0, -1.0) == -1.0  # the other branch: another tape
    assert program.traces == 2


def test_the_number_of_steps_is_data(full_or_quick, request, Value):
    program = compile(lambda x, n: scan(lambda s, _: (s * x, None), 1.0, length=n)[0])
    assert program.value_and_grad(2.0, 3) == (8.0, (12.0, 0.0))
    assert [program.value(2.0, n) for n in (0, 1, 10)] == [1.0, 2.0, 1024.0]
    in_python = (
        request.getfixturevalue("replayer") is reference or Value is autograd_lite.PythonValue
    )
    n = full_or_quick(20_000 if in_python else 1_000_000, 1_500)
    state = 1.0
    for _ in range(n):
        state *= 1.000001
    assert program.value(1.000001, n) == state
    assert program.grad(1.000001, n)[0] == pytest.approx(n * state / 1.000001, rel=1e-9)
    assert program.traces == 1
    along = compile(lambda x, n: scan(lambda s, u: (s * x + u, None), 1.0, [1.0, 2.0], n)[0])
    assert along.value(2.0, 2.0) == 8.0
    for wrong in (1.5, -2.0, float("nan"), float("inf"), 1e300):
        with pytest.raises(ValueError, match="whole number of steps from 0 to"):
            program.value(2.0, wrong)
        with pytest.raises(ValueError, match="whole number of steps from 0 to"):
            along.value_and_grad(2.0, wrong)
    with pytest.raises(ValueError, match="length is a number of steps"):
        compile(lambda x: scan(lambda s, _: (s, None), x, length=float("inf"))[0]).value(1.0)


def total_of(xs):
    return scan(lambda total, x: (total + x, None), 0.0, xs)[0]


def recurrent(Value):
    """The loss of one unit with a memory, over sequences of inputs and of targets."""
    w, b = Value(0.5), Value(0.1)

    def loss(h, xs, targets):
        def step(state, both):
            x, target = both
            h = tanh(w * state[0] + x[0] + b * x[1])
            return (h, state[1] + (h - target) ** 2), None

        return scan(step, (h, 0.0), (xs, targets))[0][1]

    return loss, [w, b]


def test_one_program_for_sequences_of_all_lengths(Value):
    loss, leaves = recurrent(Value)
    program = compile(loss, sequences=("xs", "targets"))
    for n in (3, 1, 7):
        xs, targets = [[0.1 * i, 0.2 - i] for i in range(n)], [0.3 * i for i in range(n)]
        args, tangents = (0.2, xs, targets), (1.0, xs, targets)
        value, slopes = program.value_and_grad(*args)
        assert value == plain(loss(Value(0.2), xs, targets))
        assert flat(slopes) == pytest.approx(flat(grad(loss)(*args)), rel=1e-12, abs=1e-15)
        assert program.jvp(args, tangents) == pytest.approx(jvp(loss)(args, tangents), rel=1e-13)
        wanted = flat(hvp(loss)(args, tangents))
        assert flat(program.hvp(args, tangents)) == pytest.approx(wanted, rel=1e-12, abs=1e-14)
        found = []
        for backward in (program.backward, lambda *args: loss(*args).backward()):
            for leaf in leaves:
                leaf.grad = 0.0
            backward(Value(0.2), xs, targets)
            found.append([leaf.grad for leaf in leaves])
        assert found[0] == pytest.approx(found[1], rel=1e-13)
    assert program.traces == 1
    with autograd_lite.detect_anomaly():  # the function itself runs
        assert flat(program.grad(*args)) == pytest.approx(flat(slopes), rel=1e-12)
        assert program.jvp(args, tangents) == pytest.approx(jvp(loss)(args, tangents), rel=1e-13)
    h = Value(0.2)
    program(h, xs, targets).backward()
    assert h.grad == pytest.approx(slopes[0], rel=1e-13)
    second = grad(lambda h: grad(lambda z: program(z, xs, targets))(h))(0.2)
    assert second == pytest.approx(grad(grad(lambda h: loss(h, xs, targets)))(0.2), rel=1e-11)
    assert program.value(0.2, [], []) == 0.0


def test_sequences_come_back_in_their_form():
    np = pytest.importorskip("numpy")
    both = lambda xs: scan(lambda s, x: (s + x, (s, [x, s])), 0.0, xs)
    program = compile(both, sequences=0)
    assert program.value([1.0, 2.0]) == (3.0, ([0.0, 1.0], [[1.0, 0.0], [2.0, 1.0]]))
    assert program.value([5.0]) == (5.0, ([0.0], [[5.0, 0.0]]))
    assert program.jvp(([1.0, 2.0],), ([1.0, 1.0],)) == (
        2.0,
        ([0.0, 1.0], [[1.0, 0.0], [1.0, 1.0]]),
    )
    assert program.traces == 1
    with pytest.raises(TypeError, match=r"of any length, which has no Values.*\.value"):
        program([1.0])
    total = compile(lambda xs: scan(lambda s, x: (s + x.sum() * s, None), 1.0, xs)[0], sequences=0)
    xs = np.array([[0.5, 0.25], [1.0, 2.0]])
    slopes = total.grad(xs)
    assert slopes.shape == (2, 2)
    assert slopes.tolist() == [[4.0, 4.0], [1.75, 1.75]]
    assert total.grad(np.ones((4, 2))).shape == (4, 2)
    assert total.traces == 1


def test_a_sequence_shows_its_form():
    shown = []

    def f(xs, x):
        total, ys = scan(lambda s, u: (s + u[0], s), x, xs)
        shown.extend(map(repr, (xs, ys, scan(lambda s, u: (s, (u, [s])), x, FORCES)[1][1])))
        return total

    assert compile(f, sequences="xs").value([[1.0, 2.0]], 0.5) == 1.5
    assert shown == [
        "<sequence of any number of entries, each a list of 2>",
        "<sequence of any number of entries, each a number>",
        "<sequence of 5 entries, each a list of 1>",
    ]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: compile(abs, sequences="ys"), ValueError, "sequences names an argument"),
        (lambda: compile(abs, sequences=True), TypeError, "sequences is names or places"),
        (lambda: compile(len, sequences=0)([1.0]), TraceError, "how long it is is not known"),
        (lambda: compile(lambda xs: xs[0], sequences=0)([1.0]), TraceError, "an entry of it"),
        (lambda: compile(lambda xs: max(xs), sequences="xs")([1.0]), TraceError, "to scan as xs"),
        (
            lambda: compile(lambda xs: scan(lambda s, x: (s, x), 0.0, xs), sequences=0)([None]),
            TypeError,
            "expected a real number, got None",
        ),
        (
            lambda: compile(
                lambda xs, ys: scan(lambda s, x: (s, None), 0.0, (xs, ys))[0], sequences=(0, 1)
            )([1.0], [1.0, 2.0]),
            ValueError,
            "one length, got 1, 2",
        ),
        (
            lambda: compile(lambda xs: scan(lambda s, x: (s, None), 0.0, xs)[0], sequences=0).jvp(
                [1.0], [1.0, 2.0]
            ),
            ValueError,
            "tangents must be a sequence of 1 entries of shape",
        ),
    ],
)
def test_what_is_wrong_with_sequences_is_said(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_no_argument_is_a_constant_and_a_sequence():
    for static, sequences in (("xs", "xs"), (0, "xs"), (["n", "xs"], [0])):
        with pytest.raises(ValueError, match="'xs' is in static and in sequences"):
            compile(lambda xs, n: total_of(xs), static=static, sequences=sequences)
    assert compile(lambda xs, n: n, static="n", sequences="xs").value([1.0], 2.0) == 2.0


def test_what_a_state_has_beside_numbers_stays_as_it_is(Value):
    def power(x, more):
        step = lambda state: (state[0] * x, state[1] + more)
        end = while_loop(lambda state: state[0] < 9.0, step, (x, "a text"))
        return scan(lambda state, _: (step(state), None), end, length=300)[0][0]

    same = lambda x: power(x, "")
    assert compile(same).value(1.5) == same(Value(1.5)).data
    with pytest.raises(ValueError, match="each step must give on as it is"):
        compile(lambda x: power(x, "!")).value(1.5)


def test_batches_sample_by_sample():
    f = lambda x, n: scan(lambda s, _: (s * x, None), 1.0, length=n)[0]
    assert compile(f, batch="sum").value_and_grad([2.0, 3.0], 3) == (35.0, ([12.0, 27.0], 0.0))
    value, (xs, ns) = compile(f, batch="none").value_and_grad([2.0, 3.0], [2.0, 3.0])
    assert (value, xs, ns) == ([4.0, 27.0], [4.0, 27.0], [0.0, 0.0])


def test_short_loops_in_a_batch_and_in_a_loop_are_unrolled(monkeypatch):
    """Samples side by side; and a step that is a tape. The numbers are those of long loops."""
    batch = lambda: compile(lambda x, v: end_and_ys(x, v, FORCES), batch="mean")
    program, in_a_loop = batch(), compile(nested)
    mean = program.value_and_grad([0.8, 0.3], -0.7)
    alone = in_a_loop.value_and_grad(*ARGS)
    assert program.tapes()[0].varying  # a tape, which has no loop
    [loop] = [s.op for s in in_a_loop.tapes()[0].steps if getattr(s[0], "name", "") == "loop"]
    assert loop.body.program.instructions
    monkeypatch.setattr(loops, "UNROLLED", 0)
    again, in_a_loop = batch(), compile(nested)
    assert flat(again.value_and_grad([0.8, 0.3], -0.7)) == pytest.approx(flat(mean), rel=1e-13)
    assert in_a_loop.value(*ARGS) == alone[0]
    assert flat(in_a_loop.grad(*ARGS)) == pytest.approx(flat(alone[1]), rel=1e-13)
    wanted = flat(hvp(nested)(ARGS, TANGENTS))
    assert flat(in_a_loop.hvp(ARGS, TANGENTS)) == pytest.approx(wanted, rel=1e-12)
    assert in_a_loop.jvp(ARGS, TANGENTS) == pytest.approx(jvp(nested)(ARGS, TANGENTS), rel=1e-13)


def test_a_gradient_of_0_meets_an_infinite_slope():
    """Of the last state only the first number counts; the slope of the second one is infinite."""
    f = lambda x: scan(lambda s, _: ((s[0] * x, sqrt(s[1] * 0.0)), None), (x, x), length=3)[0][0]
    assert compile(f).value_and_grad(2.0) == (16.0, 32.0)
    assert compile(f).hvp(2.0, 1.0) == 48.0


def test_while_is_found_out_at_each_call():
    halvings = compile(
        lambda x: while_loop(lambda s: s[0] > 1.0, lambda s: (s[0] / 2.0, s[1] + 1.0), (x, 0.0))[1]
    )
    assert [halvings.value(x) for x in (0.5, 3.0, 1e300)] == [0.0, 2.0, 997.0]
    assert halvings.traces == 1


def bounce(state, push):
    """A ball, and the time until it is down for the third time."""
    height, speed, hits = state
    if hits.data == 3.0:
        return (height, speed, hits), height
    if height < 0.0 and speed < 0.0:
        height, speed, hits = -height, -0.8 * speed, hits + 1.0
    return (height + 0.01 * speed, speed - 0.01 * push, hits), height


@pytest.mark.slow
def test_an_if_in_a_step_chooses_anew_in_each_step(Value, full_or_quick):
    n = full_or_quick(3000, 400)

    def fall(height, push):
        (height, speed, hits), ys = scan(
            bounce, (height, 0.0 * push, 0.0 * push), length=n, xs=[push] * n
        )
        return height * speed + hits + ys[n // 2]

    program = compile(fall)
    for start in (1.0, 0.3):
        height, push = Value(start), Value(9.8)
        wanted = fall(height, push)
        wanted.backward()
        value, slopes = program.value_and_grad(start, 9.8)
        assert value == wanted.data
        assert slopes == pytest.approx((height.grad, push.grad), rel=1e-12)
    assert program.traces == 1
    [tape] = program.tapes()
    assert not tape.guards


@pytest.mark.parametrize("unrolled", [0, 256])
def test_an_if_of_a_loop_in_a_loop(monkeypatch, unrolled):
    monkeypatch.setattr(loops, "UNROLLED", unrolled)

    def outer(s, u):
        def inner(t, w):
            if t > s:
                return t * 0.5, None
            if s > 1.0:  # decided by the step of the outer loop
                return t + 0.1, None
            return t * 1.01 + w, None

        return scan(inner, s * u, [0.1, 0.2, 0.3, -0.1])[0], None

    f = lambda x: scan(outer, x, [1.1, 0.9, 1.3, 2.0, 1.2])[0]
    program, slope = compile(f), grad(f)
    for x in (0.7, 1.5, 0.1):
        assert program.value_and_grad(x) == (f(x), pytest.approx(slope(x), rel=1e-13))
    assert program.traces == 1


def raises(s, u):
    if s > 5.0:
        raise ValueError("too far")
    return s + u, None


def never_ends(s, u):
    """With the numbers of a branch that is not taken, that is."""
    n = 0.0 * s
    while (n - 3.0).data != 0.0:
        n = n + 1.0
    return s + n * u, None


def counts(s, u):
    return sum(1.0 for k in range(70) if s > k) + u * s, None


def inner_scan(length):
    def step(s, u):
        if s > 0.5:
            s, _ = scan(lambda t, _: (t * 0.99, None), s, length=length)
        return s + u, None

    return step


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (raises, r"both branches of an `if` in the step .* \(line \d+ .* ValueError: too far"),
        (never_ends, "more than 64 branches"),
        (counts, r"more than 64 branches .*line \d+ of .*where\(condition, x, y\)"),
        (lambda s, u: (s, s if s > 0.6 else None), "a y of one structure; .* on one branch and"),
        (
            lambda s, u: (while_loop(lambda t: t < 1.0, lambda t: t + u, s) if s < 2.0 else s, u),
            r"a while_loop \(line \d+ .* after an `if` in the step of another loop \(line \d+",
        ),
        (inner_scan(257), r"a scan \(line \d+ .* after an `if` in the step of another loop"),
    ],
)  # fmt: skip
def test_what_an_if_in_a_step_cannot_do(step, says):
    program = compile(lambda x: scan(step, x, [0.1, 0.2, 0.3])[0])
    with pytest.raises(TraceError, match=says):
        program(0.7)


def test_a_short_scan_may_follow_an_if_in_a_step():
    def f(x):
        return scan(inner_scan(256), x, [0.1, 0.2, 0.3])[0]

    assert compile(f).value(0.7) == f(0.7)


@pytest.mark.parametrize(
    ("f", "error", "says"),
    [
        (lambda x: scan(lambda s, u: ((s, s), None), x, FORCES)[0], ValueError, "a tuple of 2"),
        (lambda x: scan(lambda s, u: s, x, FORCES)[0], TypeError, "gives a pair"),
        (lambda x: scan(lambda s, u: (s, u), x, FORCES)[1][5], IndexError, "entry 5 of .* 5"),
        (lambda x: scan(lambda s, u: (s, u), x, FORCES)[1][-6], IndexError, "entry -6 of"),
        (lambda x: scan(lambda s, u: (s, "no"), x, FORCES)[0], TraceError, "y of a loop"),
        (lambda x: scan(lambda s, u: (s, u), x, 3.0)[0], TypeError, "xs is a list"),
        (lambda x: scan(lambda s, u: (s, u), x, [1.0, [2.0]])[0], ValueError, "x 1 a list of 1"),
        (lambda x: scan(lambda s, u: (s, u), x, [1.0], 2)[0], ValueError, "got 1; length is 2"),
        (lambda x: while_loop(lambda s: s < 2, lambda s: (s, s), x), ValueError, "a tuple of 2"),
        (lambda x: scan(lambda s, u: (x.backward(), u), x, [1.0])[0], TraceError, "backward"),
    ],
)
def test_what_is_wrong_is_said(f, error, says):
    with pytest.raises(error, match=says):
        compile(f)(0.5)


def test_no_step_and_lists_that_are_given_back():
    program = compile(lambda x, xs: scan(lambda s, u: (s + u * x, (s, [u, s])), x, xs))
    assert program.value(2.0, []) == (2.0, [])
    end, (states, pairs) = program.value(2.0, [1.0, 2.0])
    assert (end, states, pairs) == (8.0, [2.0, 4.0], [[1.0, 2.0], [2.0, 4.0]])
    end, (states, _) = program(2.0, [1.0, 2.0])
    assert [plain(x) for x in states] == [2.0, 4.0]


def test_what_cannot_hold_a_loop_says_so():
    program = compile(end_and_ys)
    program.value(*ARGS)
    with pytest.raises(TypeError, match=r"a loop in it \(scan, while_loop\)"):
        program.to_js()
    again = pickle.loads(pickle.dumps(program))  # its function can be imported
    assert again.value(*ARGS) == program.value(*ARGS)
    total = pickle.loads(pickle.dumps(compile(total_of, sequences="xs")))
    assert (total.value([1.0]), total.value([1.0, 2.0]), total.traces) == (1.0, 3.0, 1)


def test_a_part_of_another_program_and_of_a_transform(Value):
    inner = compile(lambda x: scan(lambda s, u: (s * sin(s) + u, None), x, FORCES)[0])
    outer = compile(lambda x: inner(x * x) * x)
    by_hand = lambda x: inner.function(x * x) * x
    assert outer.grad(0.7) == pytest.approx(grad(by_hand)(0.7), rel=1e-13)
    assert grad(grad(inner))(0.7) == pytest.approx(grad(grad(inner.function))(0.7), rel=1e-12)
    with autograd_lite.detect_anomaly():
        assert inner.value(0.7) == plain(inner.function(Value(0.7)))


@pytest.mark.slow
def test_nothing_is_kept_alive(full_or_quick):
    def round_trip():
        program = compile(nested)
        program.value_and_grad(*ARGS)
        program.hvp(ARGS, TANGENTS)
        compile(lambda x, k: scan(lambda s, _: (s * (exp(k) if k > 0 else k), None), x, length=2))(
            1.0, 2.0
        )

    round_trip()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(full_or_quick(20, 3)):
            round_trip()
        assert len(gc.get_objects()) - before < 25
    finally:
        gc.enable()


def test_jacobians_and_hessians():
    f = lambda x: [scan(lambda s, u: (s * s * u + x[1], s), x[0], FORCES)[0], x[0] * x[1]]
    g = lambda x: f(x)[0] * x[1]
    at = [0.7, 0.2]
    assert compile(f).jacobian(at) == [pytest.approx(row, rel=1e-13) for row in jacobian(f)(at)]
    assert compile(g).hessian(at) == [pytest.approx(row, rel=1e-12) for row in hessian(g)(at)]
    inside = lambda x: (
        sum(sum(row) for row in jacobian(f)([x, 0.2])) * jvp(lambda z: g([z, z]))(x, 1.0)
    )
    assert compile(inside).value(0.7) == pytest.approx(inside(0.7), rel=1e-13)
    assert compile(inside).grad(0.7) == pytest.approx(grad(inside)(0.7), rel=1e-12)
    by_sample = compile(lambda x, y: g([x, y]), batch="none").jacobian([0.7, 0.8], 0.2)
    for k, x in enumerate((0.7, 0.8)):
        assert [part[k] for part in by_sample] == pytest.approx(grad(g)([x, 0.2]), rel=1e-13)
    sequences = compile(lambda xs: scan(lambda s, x: (s * x, None), 1.0, xs)[0], sequences=0)
    for refused in (sequences.jacobian, sequences.hessian):
        with pytest.raises(
            TypeError, match="jacobian and hessian of <lambda>, which has sequences"
        ):
            refused([1.0, 2.0])


def rotation(p, s, x):
    """A sum of products that becomes one of its own operands."""
    a, b = s
    return (p[0] * a - p[-1] * b, p[-1] * a + p[0] * b), a - x


def shift(p, s, x):
    """What is a number of the state stays, swaps its place, or is given twice."""
    a, b, c, d = s
    new = sin(a * p[0]) + x * p[-1]
    return (b, c, new, d), (new, a)


def swap(p, s, x):
    a, b, c, d = s
    return (b, a, p[0], 2.0), a * p[-1] + b + c * d * x


def matrix(p, s, x):
    """Dot products of what lies side by side."""
    a = [[p[0], 0.1, p[-1], 0.2], [0.3, p[0], 0.1, p[-1]], [0.1] * 4, [p[0] * p[-1], 0.1, 0.4, x]]
    return tuple(sum(y * z for y, z in zip(row, s)) for row in a), s[0] * s[3]


def reductions(p, s, x):
    a, b, c, d = s
    top = autograd_lite.max([a * p[0], b, x])
    return (top, autograd_lite.logsumexp([c, p[-1], a]), where(a < b, c, top), d + 1.0), d * top


STEPS = {f.__name__: f for f in (rotation, shift, swap, matrix, reductions)}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_few_directions_run_forward_with_the_numbers(Value, step, n):
    """Directions of a Jacobian are lanes; the gradient of a few numbers goes forward, too."""
    start = [0.3, -0.4] if step is rotation else [0.3, -0.4, 0.7, 0.2]

    def ends(p, length=6):
        first = [x * p[i % n] for i, x in enumerate(start)]
        end, ys = scan(lambda s, x: step(p, s, x), tuple(first), [0.5, 1.0, -0.3, 0.2, 0.8, 0.1])
        last = ys[0][1] * ys[1][4] if step is shift else ys[1] * ys[4]
        again = while_loop(
            lambda s: s[0] < 3.0,
            lambda s: (s[0] + 1.0, *step(p, s[1:], 0.6)[0]),
            (0.0, *first),
        )
        return [*end, last, *again[1:]]

    at = [0.9, 0.6, 1.1, 0.8, 0.7, 1.2][:n]
    program = compile(ends)
    assert program.value(at) == [plain(y) for y in ends(list(map(Value, at)))]
    wanted = jacobian(ends)(at)
    for row, own in zip(program.jacobian(at), wanted):
        assert row == pytest.approx(own, rel=1e-13, abs=1e-15)
    tangents = [1.0, -0.5, 0.0, 2.0, 0.3, -1.0][:n]
    by_rows = [sum(map(float.__mul__, row, tangents)) for row in wanted]
    assert program.jvp((at,), (tangents,)) == pytest.approx(by_rows, rel=1e-13, abs=1e-14)
    total = compile(lambda p, scale: scale * sum(ends(p)), argnums=0)
    slopes = [3.0 * sum(column) for column in zip(*wanted)]
    assert total.value_and_grad(at, 3.0)[1] == pytest.approx(slopes, rel=1e-12)
    other = compile(total.function)  # all numbers: in reverse, where they are more than four
    assert other.grad(at, 3.0)[0] == pytest.approx(slopes, rel=1e-12)
    x = list(map(Value, at))
    total.backward(x, 3.0)
    assert [v.grad for v in x] == pytest.approx(slopes, rel=1e-12)
    if n < 4:
        found, truth = total.hessian(at, 3.0), hessian(total.function, 0)(at, 3.0)
        assert flat(found) == pytest.approx(flat(truth), rel=1e-11, abs=1e-12)


def test_directions_in_which_nothing_moves_meet_infinite_slopes():
    """As one after another: a rate of 0 adds nothing, and a branch not taken passes nothing on."""

    def f(p):
        step = lambda s, x: (
            (s[0] + sqrt(s[1]) * x, s[1] * 1.0, where(x > 0.0, s[2], sqrt(s[1]))),
            None,
        )
        a, b, c = scan(step, (p[0], p[1], p[0] * p[0]), [1.0, 2.0, 3.0])[0]
        return [a, b, c]

    program = compile(f)
    assert program.jacobian([2.0, 4.0]) == [[1.0, 1.5], [0.0, 1.0], [4.0, 0.0]]
    assert program.jacobian([2.0, 0.0]) == [[1.0, float("inf")], [0.0, 1.0], [4.0, 0.0]]
    assert program.jvp(([2.0, 0.0],), ([1.0, 0.0],)) == [1.0, 0.0, 4.0]


def test_a_guard_is_checked_before_a_derivative(Value):
    """A Jacobian is all that a replay computes; the branch of the numbers is still their own."""
    f = lambda p: scan(lambda s, x: (s * x * p, None), p if p > 0.0 else -3.0 * p, FORCES)[0]
    g = lambda p: [p[0] * p[1], p[1]] if p[0] > 0.0 else [p[1], p[0], 5.0]
    one, several = compile(lambda p: [f(p[0]), p[0]]), compile(g)
    for x in (0.5, -0.5, 0.25, -0.25):
        slope = grad(f)(x)
        assert one.jacobian([x])[0] == pytest.approx([slope], rel=1e-13)
        assert several.jacobian([x, 2.0]) == jacobian(g)([x, 2.0])
        assert several.jacobian([x, 2.0], sparse=True).toarray().tolist() == jacobian(g)([x, 2.0])
    assert one.traces == several.traces == 2


def test_steps_with_own_primitives_and_linear_algebra():
    cube = Primitive("cube", lambda x: x**3, lambda out, x: (3.0 * x * x,))
    f = lambda x: scan(lambda s, u: (cube(s) * u + x, None), x, FORCES)[0]
    g = lambda x: scan(
        lambda s, u: (linalg.solve([[2.0, x], [s[1], u]], s), None), [1.0, x], FORCES
    )
    for function in (f, lambda x: g(x)[0][0]):
        program = compile(function)
        assert program.value_and_grad(0.3)[1] == pytest.approx(grad(function)(0.3), rel=1e-12)
        assert program.hvp(0.3, 1.0) == pytest.approx(hvp(function)(0.3, 1.0), rel=1e-11)


def test_arrays_as_xs_of_a_program_without_sequences():
    np = pytest.importorskip("numpy")
    f = lambda xs: scan(lambda s, x: (s * x[0] + x.sum(), x * s), 1.0, xs)[1][1].sum()
    xs = np.array([[0.1, 0.2], [0.3, 0.4]])
    assert compile(f).grad(xs).ravel().tolist() == pytest.approx(grad(f)(xs).ravel().tolist())


def test_arrays_of_numbers_as_xs_are_constants():
    np = pytest.importorskip("numpy")
    rows = np.array([[1, 2], [3, 4], [5, 6]])
    total = lambda x, xs: scan(lambda s, u: (s * x + u, u * x), 1.0, xs)
    column = compile(lambda x: total(x, rows[:, 1])[0])
    assert column.value_and_grad(2.0) == (8.0 + 2.0 * 4.0 + 4.0 * 2.0 + 6.0, 12.0 + 2.0 * 4.0 + 4.0)
    f = lambda x: scan(lambda s, u: (s * x + u[0] * u.sum(), None), 1.0, rows)[0]
    program = compile(f)
    assert program.value_and_grad(0.5) == (f(0.5), pytest.approx(grad(f)(0.5), rel=1e-14))
    assert program.traces == 1


def test_a_length_beside_a_sequence_is_that_of_the_sequence():
    f = compile(lambda xs: scan(lambda s, x: (s + x, None), 0.0, xs, length=2)[0], sequences=0)
    assert f.value([1.0, 2.0]) == 3.0
    with pytest.raises(ValueError, match="xs are of one length, got 2, 3"):
        f.value([1.0, 2.0, 3.0])


def test_a_sequence_that_a_step_reads_from_outside_has_no_second_derivative():
    def f(x, xs):
        inner = lambda s: scan(lambda t, u: (t * u * x, None), s, xs)[0]
        return scan(lambda s, _: (inner(s), None), x, length=3)[0]

    program, xs = compile(f, sequences="xs"), [0.5, 3.0]
    value, (slope, _) = program.value_and_grad(0.9, xs)
    assert (value, slope) == pytest.approx((0.9**7 * 1.5**3, 7.0 * 0.9**6 * 1.5**3), rel=1e-14)
    with pytest.raises(TraceError, match="give the sequence among the xs"):
        program.hvp((0.9, xs), (1.0, [0.0, 0.0]))


def test_numbers_of_a_state_may_be_ints():
    program = compile(lambda x: scan(lambda s, _: ((s[0] + x, 2), None), (0, 1), length=300)[0])
    assert program.value(0.5) == (150.0, 2.0)
    steps = compile(lambda x: while_loop(lambda s: s < x, lambda s: s + 1, 0))
    assert steps.value(2.5) == 3.0


def still(s, x):
    """A state whose next is read from what does not move, after one that did."""
    last, ys = scan(lambda s, v: (exp(sin(v * 2.0)), s * 3.0), s, [x, 4.0, 5.0])
    return last + ys[1]


def cut(s, x):
    last, ys = scan(lambda s, v: ((s * v).detach(), s * x), s, [1.5, 0.5, 2.0])
    return last + sum(ys[1:], ys[0])


def by_condition(s, x):
    last, ys = scan(lambda s, v: (where(s > v, 2.0, 0.5), s * s), s, [1.0, 0.25, 3.0])
    return last * x + sum(ys[1:], ys[0])


@pytest.mark.parametrize("f", [still, cut, by_condition])
def test_a_rate_ends_where_the_next_state_has_none(f):
    eager = autograd_lite.value_and_grad(f, argnums=(0, 1))(1.5, 2.0)
    for argnums, wanted in ((0, eager[1][0]), (1, eager[1][1]), ((0, 1), eager[1])):
        program = compile(f, argnums=argnums)
        assert program.value_and_grad(1.5, 2.0) == (eager[0], pytest.approx(wanted, rel=1e-13))
        assert program.jacobian(1.5, 2.0) == pytest.approx(wanted, rel=1e-13)
    for k in range(2):
        rates = float(k == 0), float(k == 1)
        assert compile(f).jvp((1.5, 2.0), rates) == pytest.approx(eager[1][k], rel=1e-13)


def test_a_loop_with_a_state_of_no_numbers():
    f = lambda x: (while_loop(lambda s: False, lambda s: s, ()), x)[1]
    assert compile(f).value_and_grad(2.0) == (2.0, 1.0)


def test_second_derivatives_where_the_end_depends_on_an_argument():
    f = lambda a, b: while_loop(lambda s: s < 2.0 * b, lambda s: s * 1.7 + 0.2 * a, a * a)
    wanted = hessian(f)(0.5, 0.4)
    found = compile(f).hessian(0.5, 0.4)
    assert [*found[0], *found[1]] == pytest.approx([*wanted[0], *wanted[1]], rel=1e-12)
