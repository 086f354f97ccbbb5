"""One formula for many leaves: both engines, the optimisers built on it, and damaged programs."""

import math
import random
from array import array

import pytest

import autograd_lite as ag
import nn
from autograd_lite.compiler.elementwise import Elementwise, zero_grad


def leaves_of(Value, n, seed=0):
    rng = random.Random(seed)
    leaves = [Value(rng.gauss(0, 1)) for _ in range(n)]
    for leaf in leaves:
        leaf.grad = rng.gauss(0, 1)
    return leaves


@pytest.mark.parametrize("n", [1, 63, 64, 65, 300])
def test_the_formula_is_applied_to_each_leaf(Value, n):
    def formula(x, g, kept, lr):
        kept = ag.sqrt(kept * kept + g * g) + 1.0
        return x - lr * g / kept, kept

    move = Elementwise(formula, states=1, constants=1)
    leaves, states = leaves_of(Value, n), move.new_states(n)
    expected = [(leaf.data, leaf.grad, 0.0) for leaf in leaves]
    for _ in range(3):
        move(leaves, states, [0.1])
        rows = [(formula(x, g, kept, 0.1), g) for x, g, kept in expected]
        expected = [(x, g, kept) for (x, kept), g in rows]
    assert [leaf.data for leaf in leaves] == [x for x, _, _ in expected]
    assert list(states[0]) == [kept for _, _, kept in expected]


def test_what_does_not_fit_is_refused_and_changes_nothing(Value):
    move = Elementwise(lambda x, g, s: (x - g, s + 1.0), states=1, constants=0)
    leaves = leaves_of(Value, 3)
    before = [leaf.data for leaf in leaves]
    states = move.new_states(4)
    with pytest.raises(AttributeError, match="interior node"):
        move([*leaves, leaves[0] + 1], states, [])
    for arguments in ([leaves, [], []], [leaves, states, []], [leaves, move.new_states(3), [1.0]]):
        with pytest.raises(ValueError, match=r"wanted|wants"):
            move(*arguments)
    assert [leaf.data for leaf in leaves] == before
    assert list(states[0]) == [0.0] * 4
    with pytest.raises(TypeError, match="as a tuple"):
        Elementwise(lambda x, g: x - g, states=0, constants=0)([], [], [])
    with pytest.raises(TypeError, match="cannot be used"):
        Elementwise(lambda x, g: (ag.clip(x, -1.0, 1.0),), states=0, constants=0)([], [], [])


def test_a_damaged_program_is_refused():
    engine = pytest.importorskip("autograd_lite.native.engine", reason="no native engine")
    leaf, numbers = ag.NativeValue(1.0), array("d", [1.0])
    sound = (array("d"), array("i", [0, 0, 1]), array("i", [3]))
    assert engine.elementwise(sound, [leaf], (), numbers) is None
    for program in [
        (array("d"), array("i", [0, 0, 9]), array("i", [3])),
        (array("d"), array("i", [0, -1, 1]), array("i", [3])),
        (array("d"), array("i", [999, 0, 1]), array("i", [3])),
        (array("d"), array("i", [-1, 0, 1]), array("i", [3])),
        (array("d"), array("i", [0, 0, 1]), array("i", [4])),
        (array("d"), array("i", [0, 0, 1]), array("i", [])),
        (array("i"), array("i", [0, 0, 1]), array("i", [3])),
        (array("d"), array("d", [0, 0, 1]), array("i", [3])),
    ]:
        with pytest.raises(ValueError, match=r"damaged|arrays of doubles"):
            engine.elementwise(program, [leaf], (), numbers)
    for arguments in [(sound, (leaf,), (), numbers), (sound, [leaf], (), b""), (1, 2, 3, 4)]:
        with pytest.raises((TypeError, ValueError)):
            engine.elementwise(*arguments)
    assert engine.elementwise(sound, [1.0], (), numbers) is NotImplemented


def test_zero_grad(Value):
    leaves = leaves_of(Value, 100)
    zero_grad(leaves)
    assert {leaf.grad for leaf in leaves} == {0.0}


def test_adam_is_pytorchs(Value):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for options in ({"lr": 0.03}, {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.1}):
        xs = [Value(4.0), Value(-0.3)]
        ts = [torch.tensor(x.data, dtype=torch.float64, requires_grad=True) for x in xs]
        ours, theirs = nn.Adam(xs, **options), torch.optim.Adam(ts, **options)
        for _ in range(100):
            ours.zero_grad()
            theirs.zero_grad()
            (xs[0] ** 2 + xs[0].sin() * xs[1]).backward()
            (ts[0] ** 2 + ts[0].sin() * ts[1]).backward()
            ours.step()
            theirs.step()
        assert [x.data for x in xs] == pytest.approx([t.item() for t in ts], rel=1e-12)
    for bad in ({"lr": -1.0}, {"betas": (0.9, 1.0)}, {"eps": math.nan}):
        with pytest.raises(ValueError, match=r"at least 0|below 1"):
            nn.Adam(xs, **bad)


def test_edges_of_formulas(Value):
    ieee = Elementwise(lambda x, g, s: (ag.div(x, 0.0), ag.div(x, -0.0)), states=1, constants=0)
    leaf, state = Value(1.0), array("d", [0.0])
    ieee([leaf], [state], [])
    assert (leaf.data, state[0]) == (math.inf, -math.inf)
    for formula, x, wanted in [
        (lambda x, g: (x / g,), 1.0, math.inf), (lambda x, g: (x**0.5,), -1.0, math.nan),
        (lambda x, g: (x**2.0,), 1e200, math.inf),
    ]:  # fmt: skip
        leaf = Value(x)
        Elementwise(formula, states=0, constants=0)((leaf,), [], [])
        assert leaf.data == pytest.approx(wanted, nan_ok=True)
    with pytest.raises(TypeError, match="cannot be used"):
        Elementwise(lambda x, g: (ag.max(x, 0.0),), states=0, constants=0)([], [], [])


def test_a_parameter_named_twice_moves_once(Value):
    x = Value(1.0)
    x.grad = 1.0
    nn.SGD([x, *(Value(0.0) for _ in range(70)), x], lr=0.1).step()
    assert x.data == 0.9


def test_a_power_by_a_value_in_each(Value):
    a, b = Value(2.0), Value(3.0)
    ag.power.each([a], [b])[0].backward()
    assert b.grad == pytest.approx(8 * math.log(2))


def test_matvec_is_a_dot_product_per_row_with_the_bias_as_one_more_weight(Value):
    for n in (1, 2, 3, 40):
        x = [Value(0.1 * k) if k % 2 else 0.1 * k for k in range(n)]
        w = [[Value(1.0 - 0.3 * k * row) if k != 1 else 0.5 for k in range(n)] for row in (1, 2)]
        b = [Value(0.25), -0.75]
        for found, bias in ((ag.matvec(w, x), None), (ag.matvec(w, x, b), b)):
            for i, (row, y) in enumerate(zip(w, found)):
                one = ag.dot(row, x) if bias is None else ag.dot([*row, b[i]], [*x, 1.0])
                assert y.data == one.data
                leaves = [v for v in [*row, *x, *b] if isinstance(v, Value)]
                assert ag.gradients(y, leaves) == ag.gradients(one, leaves)
                assert list(map(ag.primitive.plain, y.args)) == list(
                    map(ag.primitive.plain, one.args)
                )


def test_matvec_of_numbers_and_of_wrong_sizes(Value):
    assert ag.matvec([[2.0]], [3.0], [1.0]) == [7.0]
    assert ag.matvec([], [3.0], []) == []
    a = Value(1.0)
    with pytest.raises(ValueError, match=r"sequences of one length, got \[1, 2\]"):
        ag.matvec([[a]], [a, a])
    with pytest.raises(ValueError, match="one bias for each of 1 rows is wanted, got 2"):
        ag.matvec([[a]], [a], [a, a])
    with pytest.raises(TypeError, match="expected a real number, got str 'b'"):
        ag.matvec([[a]], [a], ["b"])
