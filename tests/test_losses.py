"""Losses: PyTorch's numbers and slopes, the same when compiled, and errors that teach."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from fixtures.pytorch import (
    BIG,
    CHANCES,
    CLASSES,
    LOGITS,
    LOSSES,
    REDUCTIONS,
    REFERENCE,
    SOFT,
    key,
)

import autograd_lite as ag
import nn
from autograd_lite.structure import flatten_all, unflatten
from nn import advice
from nn.pairing import flat as entries_of


def values(tree, Value):
    return [values(x, Value) for x in tree] if isinstance(tree, list) else Value(tree)


def flat(tree):
    return [x for branch in tree for x in flat(branch)] if isinstance(tree, list) else [tree]


def close(found, wanted):
    return found == pytest.approx(wanted, rel=1e-12, abs=1e-13, nan_ok=True)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("case", LOSSES)
def test_losses_and_slopes_are_pytorchs(Value, case, reduction):
    ours, options, _, prediction, target = LOSSES[case]
    wanted = REFERENCE["losses"][key(case, reduction)]
    leaves = values(prediction, Value)
    found = getattr(nn, ours)(leaves, target, reduction=reduction, **options)
    losses = [y.data for y in flat(found)] if reduction == "none" else [found.data]
    assert close(losses, flat([wanted["loss"]]))
    ag.sum(flat([found])).backward()
    assert close([x.grad for x in flat(leaves)], flat(wanted["slopes"]))


@pytest.mark.parametrize("case", LOSSES)
def test_compiled_losses_are_the_same(Value, case):
    name, options, _, prediction, target = LOSSES[case]
    loss = getattr(nn, name)
    leaves = values(prediction, Value)
    eager = loss(leaves, target, **options)
    eager.backward()
    by_index = isinstance(flat(target)[0], int)
    program = ag.compile(lambda y, t: loss(y, t, **options), static=["t"] if by_index else [])
    if by_index:
        for_program = {"t": tuple(target)}
        number, (slopes, _) = program.value_and_grad(prediction, **for_program)
    else:
        number, (slopes, _) = program.value_and_grad(prediction, target)
    assert close(number, eager.data)
    assert close(flat(slopes), [x.grad for x in flat(leaves)])
    if not by_index:  # the same tape at other numbers
        other = [0.5 * x if abs(x) < 1 else x for x in flat(target)]
        if case.startswith(("mse", "l1", "huber")):
            shifted = unflatten(flatten_all(target, []), iter(other))
            assert close(program.value(prediction, shifted), loss(leaves, shifted, **options).data)
            assert program.traces == 1


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_class_may_be_an_argument_of_a_compiled_function(Value, smoothing):
    def loss(x, c):
        return nn.cross_entropy(x, c, "sum", smoothing)

    program = ag.compile(loss)
    for classes in (CLASSES, CLASSES[::-1]):
        leaves = values(LOGITS, Value)
        eager = loss(leaves, classes)
        eager.backward()
        number, (slopes, _) = program.value_and_grad(LOGITS, classes)
        assert close(number, eager.data)
        assert close(flat(slopes), [x.grad for x in flat(leaves)])
    assert program.traces == 1
    for none in (-1, 3, 0.5, math.nan):
        with pytest.raises(ValueError, match="a class is an int from 0 to 2, for 3 logits; got"):
            program.value(LOGITS, [none, *CLASSES[1:]])


def test_a_class_that_cannot_be_is_not_read_when_compiled(Value):
    logits, classes = [0.5, -math.inf, 1.0], [0, 2]
    for loss in (nn.cross_entropy, nn.nll):
        program = ag.compile(lambda c, loss=loss: loss(logits, c))
        wanted = [loss(logits, c).data for c in classes]
        assert [program.value(c) for c in classes] == pytest.approx(wanted, rel=1e-14)
    batch = ag.compile(lambda x, c: nn.cross_entropy(x, c), batch="mean")
    rows = [row for row in LOGITS if max(map(abs, row)) < BIG]
    assert close(batch.value(rows, [0, 2, 1]), nn.cross_entropy(rows, [0, 2, 1]).data)


def test_a_batch_of_one_hot_targets_is_traced_once(Value):
    program = ag.compile(lambda x, q: nn.cross_entropy(x, q), batch="mean")
    shares = [nn.one_hot(c, 3) for c in CLASSES]
    rows = [row for row in LOGITS if max(map(abs, row)) < BIG]
    kept = [q for row, q in zip(LOGITS, shares) if max(map(abs, row)) < BIG]
    wanted = nn.cross_entropy(rows, [q.index(1.0) for q in kept])
    assert close(program.value(rows, kept), wanted.data)
    assert program.traces == 1
    surprise = ag.compile(lambda p, t: nn.binary_cross_entropy(p, t), batch="sum")
    p = values(CHANCES, Value)
    wanted = nn.binary_cross_entropy(p, SOFT, reduction="sum")
    wanted.backward()
    number, (slopes, _) = surprise.value_and_grad(CHANCES, SOFT)
    assert close(number, wanted.data)
    assert close(slopes, [x.grad for x in p])


def test_small_losses_keep_their_precision(Value):
    loss = nn.binary_cross_entropy_with_logits([Value(-50.0)], [0])
    assert loss.data == pytest.approx(math.exp(-50), rel=1e-14)
    loss = nn.cross_entropy([Value(0.0), Value(40.0)], 1)
    assert loss.data == pytest.approx(math.exp(-40), rel=1e-14)


def test_targets_get_gradients_too(Value):
    x, q = values([0.5, -1.0], Value), values([0.25, 0.75], Value)
    nn.cross_entropy(x, q).backward()
    assert close([v.grad for v in q], [-y for y in ag.log_softmax([0.5, -1.0])])
    t = Value(0.25)
    nn.binary_cross_entropy([Value(0.5)], [t]).backward()
    assert close(t.grad, 0.0)


def test_reductions_and_structures(Value):
    y = values([[1.0, 2.0], [3.0, 5.0]], Value)
    none = nn.mse(y, [[0.0, 0.0], [0.0, 0.0]], reduction="none")
    assert [[x.data for x in row] for row in none] == [[1.0, 4.0], [9.0, 25.0]]
    assert nn.mse(Value(2.0), 0.0, reduction="none").data == 4.0
    assert nn.mse([[Value(1.0)], [Value(2.0)]], [0, 0]).data == 2.5  # a column and a list
    assert isinstance(nn.l1([1.0], [3.0]), Value)
    assert nn.cross_entropy([0.0, 0.0], 1, reduction="none") == pytest.approx(math.log(2))
    assert nn.cross_entropy([[0.0, 0.0]], [1], reduction="none") == pytest.approx([math.log(2)])
    assert nn.nll([-0.5, -0.25], 1).data == 0.25
    assert nn.l1(map(float, "123"), (3, 2, 1)).data == pytest.approx(4 / 3)


def test_penalties(Value):
    leaves = values([3.0, -4.0, 0.0], Value)
    nn.l1_penalty(iter(leaves)).backward()
    assert [x.grad for x in leaves] == [1.0, -1.0, 0.0]
    (0.5 * nn.l2_penalty(leaves)).backward()
    assert [x.grad for x in leaves] == [4.0, -5.0, 0.0]
    for penalty in (nn.l1_penalty, nn.l2_penalty):
        assert isinstance(penalty([1.0]), Value)
        with pytest.raises(ValueError, match="no parameters"):
            penalty([])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.l1([1.0, 2.0], [1.0]), "l1 compares as many predictions as targets, got 2 and"),
        (lambda: nn.mse([[1.0] * 3] * 2, [[1.0] * 2] * 3), r"shapes, got \[2, 3\] and \[3, 2\]"),
        (lambda: nn.mse([1.0], ["a"]), "expected a real number, got str 'a'"),
        (lambda: nn.huber([1.0], [1.0], delta=0.0), "delta is above 0"),
        (lambda: nn.binary_cross_entropy([2.5], [1]), "for logits take binary_cross_entropy_with_"),
        (lambda: nn.binary_cross_entropy([0.5], [-1]), "labels of -1 and 1 are for hinge"),
        (lambda: nn.binary_cross_entropy_with_logits([0.5], [2]), "a number from 0 to 1, got 2"),
        (
            lambda: nn.binary_cross_entropy_with_logits([[0.5, 1.0]], [[1, 0]], "sum", [1.0] * 3),
            "one for each of 2 outputs; got 3",
        ),
        (lambda: nn.hinge([0.5, 0.5], [1, 0]), r"got 0; of labels 0 and 1 make them by 2 \* label"),
        (lambda: nn.cross_entropy([0.0, 1.0], [0.3, 0.3]), "add up to 1; got 0.3, 0.3"),
        (lambda: nn.cross_entropy([0.0, 1.0, 2.0], [0, 2, 1]), "add up to 1; got 0.0, 2.0"),
        (lambda: nn.cross_entropy([[0.0, 1.0]], [[1]]), "or 2 probabilities for 2 logits; got"),
        (lambda: nn.cross_entropy([[0.5]], [1]), "for one logit take binary_cross_entropy_with"),
        (lambda: nn.cross_entropy(0.5, 1), "takes a list with a number for each class"),
        (lambda: nn.cross_entropy([[0.5, 1.0]], 1), "one class per sample, got int 1 for 1"),
        (lambda: nn.cross_entropy([0.5, 1.0], 1, label_smoothing=2.0), "label_smoothing is from 0"),
        (lambda: nn.cross_entropy([0.5, 1.0], ag.Value(1.0)), "a class is an int, got Value.*one-"),
        (lambda: nn.nll([-0.5, -1.0], -1), "from 0 to 1, for 2 logits; got -1"),
        (lambda: nn.one_hot(3, 3), "from 0 to 2"),
    ],
)  # fmt: skip
def test_errors_say_what_to_do(Value, call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_softmax_or_sigmoid_before_a_loss_of_logits_warns_once(Value, monkeypatch):
    monkeypatch.setattr(advice, "advised", set())
    x = values([1.0, -2.0, 0.5], Value)
    calls = [
        ("leave the last softmax out", lambda: nn.cross_entropy(ag.softmax(x), 0)),
        ("take log_softmax", lambda: nn.nll([ag.softmax(x)], [0])),
        (
            "leave the last sigmoid out",
            lambda: nn.binary_cross_entropy_with_logits([v.sigmoid() for v in x], [0, 1, 1]),
        ),
    ]
    for message, call in calls:
        with pytest.warns(nn.Advice, match=message) as caught:
            call()
        assert caught[0].filename == __file__
        call()  # an error if it warned again
    monkeypatch.setattr(advice, "advised", set())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.cross_entropy(x, 0)
        nn.cross_entropy(ag.log_softmax(x), 0)
        nn.cross_entropy([x[0] / 2, x[1] / 2], 0)
        nn.cross_entropy([v.exp() / x[2] for v in x], 0)
        nn.nll(ag.log_softmax(x), 0)
        nn.binary_cross_entropy([v.sigmoid() for v in x], [0, 1, 1])


def test_a_nan_is_passed_on(Value):
    for loss in (nn.mse, nn.l1, nn.huber, nn.binary_cross_entropy):
        assert math.isnan(loss([Value(math.nan)], [1.0]).data)
    assert math.isnan(nn.binary_cross_entropy_with_logits([Value(math.nan)], [1.0]).data)
    assert math.isnan(nn.cross_entropy([Value(math.nan), Value(0.0)], 0).data)
    assert math.isnan(nn.hinge([Value(math.nan)], [1]).data)


def test_arrays_and_frames(Value):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    y = values([0.25, 0.5], Value)
    assert nn.binary_cross_entropy(np.array(y), np.array([0, 1])).data == pytest.approx(
        -0.5 * math.log(0.75 * 0.5)
    )
    assert nn.l1([y], np.array([[1, 1]], dtype=np.float32)).data == 0.625
    assert nn.mse(y[0], np.float64(0.25)).data == 0.0
    assert nn.nll(np.array([[-0.5, -1.0]]), np.array([1])).data == 1.0


def test_a_tape_of_binary_cross_entropy_is_replayed_at_the_edges(Value):
    program = ag.compile(nn.binary_cross_entropy)
    program.value([0.5], [0.5])
    for p in (0.0, 1.0, 1e-13, 1e-300):
        for t in (0.0, 0.25, 1.0):
            leaf = Value(p)
            eager = nn.binary_cross_entropy([leaf], [t])
            eager.backward()
            number, ([slope], _) = program.value_and_grad([p], [t])
            assert close([number, slope], [eager.data, leaf.grad])
    assert program.traces == 1


def test_options_may_be_arguments_of_a_compiled_loss(Value):
    smooth = ag.compile(nn.cross_entropy, static=["target"])
    for e in (0.1, 0.3):
        found = smooth.value([1.0, 2.0], target=1, label_smoothing=e)
        assert close(found, nn.cross_entropy([1.0, 2.0], 1, label_smoothing=e).data)
    assert close(ag.compile(nn.huber).value([3.0], [0.0], delta=0.5), 1.375)


def test_a_softmax_is_noticed_while_a_function_is_traced(Value, monkeypatch):
    monkeypatch.setattr(advice, "advised", set())
    program = ag.compile(lambda x, q: nn.cross_entropy(ag.softmax(x), q))
    with pytest.warns(nn.Advice, match="leave the last softmax out"):
        program.value([1.0, 2.0], [0.0, 1.0])
    found = ag.compile(nn.cross_entropy).value([1.0, 2.0], 1)  # a class may be an argument
    assert close(found, nn.cross_entropy([1.0, 2.0], 1).data)


def test_entries_of_lists_however_nested(Value):
    a, b = Value(1.0), Value(2.0)
    for nested in ([a, 1.0, 2, b], [[a], [1.0, 2], [b]], [a, [1.0, [2]], b], [[[a, 1.0]], [[2, b]]],
                   ((a, 1.0), [2], (b,)), [[a, 1.0], [], [2, b]]):  # fmt: skip
        assert [id(x) for x in entries_of(nested) if isinstance(x, Value)] == [id(a), id(b)]
        assert [x for x in entries_of(nested) if not isinstance(x, Value)] == [1.0, 2]
    assert entries_of(np.array([[1.0, 2.0], [3.0, 4.0]])) == [1.0, 2.0, 3.0, 4.0]
    assert entries_of([np.array([1.0]), 2.0]) == [1.0, 2.0]
    assert entries_of(a) == [a]
    assert entries_of([]) == []
    endless = []
    endless += [endless, endless]
    with pytest.raises(ValueError, match="more than 32 deep"):
        entries_of(endless)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "logits",
    [[0.3, 0.7, -1e6], [0.3, 0.7, -1e10], [0.3, 0.7, -1e16], [40.0, 0.0, 1.0], [5.0, 5.0, 4.9],
     [-1e308, 1e300, 1e300], [1e16, 1e16 - 2.0, 0.0]],
)  # fmt: skip
def test_cross_entropy_keeps_the_digits_of_all_slopes_wherever_the_label_is(
    Value, logits, compiled
):
    """Also where the label's logit is so far below that its distance has no digits for the rest."""
    with mpmath.workdps(400):
        powers = [mpmath.exp(mpmath.mpf(x)) for x in logits]
        shares = [power / mpmath.fsum(powers) for power in powers]
    for label in range(len(logits)):
        if compiled:
            loss, slopes = ag.compile(nn.cross_entropy, argnums=0).value_and_grad(logits, label)
        else:
            leaves = list(map(Value, logits))
            node = nn.cross_entropy(leaves, label)
            node.backward()
            loss, slopes = node.data, [x.grad for x in leaves]
        with mpmath.workdps(400):
            wanted = [share - (i == label) for i, share in enumerate(shares)]
            wanted_loss = mpmath.log(mpmath.fsum(powers)) - mpmath.mpf(logits[label])
        assert loss == pytest.approx(float(wanted_loss), rel=1e-14)
        assert slopes == pytest.approx(list(map(float, wanted)), rel=1e-14)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("logits", [[2.0], [-math.inf, 2.0], [2.0, -math.inf, -math.inf]])
def test_a_class_that_is_alone_costs_nothing(Value, logits, compiled):
    """Also where the others are impossible: no slope is nan."""
    label = logits.index(2.0)
    leaves = list(map(Value, logits))
    loss = (
        ag.compile(nn.cross_entropy)(leaves, label) if compiled else nn.cross_entropy(leaves, label)
    )
    loss.backward()
    assert (loss.data, [x.grad for x in leaves]) == (0.0, [0.0] * len(logits))


@pytest.mark.parametrize("unordered", [{0: 1.0, 1: 2.0}, {1.0, 2.0}], ids=["dict", "set"])
def test_what_has_no_order_is_not_compared_by_its_keys(unordered):
    for call in (
        lambda x: nn.mse(x, [1.0, 2.0]),
        lambda x: nn.l1([1.0, 2.0], x),
        lambda x: nn.cross_entropy(x, 0),
        lambda x: nn.accuracy(x, [0, 1]),
        lambda x: nn.accuracy([0, 1], x),
    ):
        with pytest.raises((TypeError, ValueError), match=r"got (dict|set|1 and 2|2 and 1)"):
            call(unordered)
