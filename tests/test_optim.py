"""Optimisers, clipping and schedules: PyTorch's numbers, states that resume, errors that teach."""

import copy
import json
import math
import pickle
from decimal import Decimal

import pytest
from fixtures.pytorch import (
    GRADIENTS,
    METRICS,
    NORMS,
    OPTIMIZERS,
    PLATEAUS,
    REFERENCE,
    SCHEDULES,
    START,
    arguments,
    key,
    rates,
    train,
    trained,
)

import nn
from nn import advice


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_a_hundred_steps_are_pytorchs(Value, name, options):
    leaves = [Value(x) for x in START]
    found = trained(getattr(nn, name)(leaves, **options), leaves, lambda x: x.data)
    for numbers, wanted in zip(found, REFERENCE["optimizers"][key(name, options)]):
        assert numbers == pytest.approx(wanted, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("gradient", [1e-3, 0.7, 1.1, 3.3])
def test_a_variance_that_rounding_takes_below_zero_is_zero(Value, gradient):
    x = Value(0.0)
    optimizer = nn.RMSprop([x], lr=1.0, alpha=0.5, eps=1.0, centered=True)
    below = 0
    for _ in range(200):
        before, x.grad = x.data, gradient
        optimizer.step()
        v, mean, _ = (state[0] for state in optimizer.states)
        below += v < mean * mean
        spread = math.sqrt(max(v - mean * mean, 0.0))
        assert before - x.data == pytest.approx(gradient / (spread + 1.0), rel=1e-6)
    assert below  # else nothing was seen here


@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}])
@pytest.mark.parametrize("gradient", [math.inf, -math.inf, math.nan])
def test_without_momentum_sgd_forgets_a_gradient_that_is_no_number(Value, gradient, options):
    """As PyTorch's: it keeps no velocity, in which an infinity or a nan would stay for ever."""
    x = Value(1.0)
    optimizer = nn.SGD([x], lr=0.5, **options)
    x.grad = gradient
    optimizer.step()
    assert repr(x.data) == repr(-gradient if gradient == gradient else math.nan)
    x.data, x.grad = 1.0, 0.5
    optimizer.step()
    assert x.data == 1.0 - 0.5 * (0.5 + options.get("weight_decay", 0.0))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_does_not_move_where_a_square_overflows(Value, momentum):
    """As PyTorch's: g over the root of an infinite v is 0, and not nan."""
    x = Value(1.0)
    optimizer = nn.RMSprop([x], lr=0.1, momentum=momentum)
    x.grad = 1e200
    optimizer.step()
    assert x.data == 1.0


@pytest.mark.parametrize(
    ("name", "options", "wanted"),
    [
        ("Adam", {"amsgrad": True}, 0.900000001),
        ("AdamW", {"amsgrad": True}, 0.899000001),
        ("RMSprop", {"centered": True}, -0.005037714249120917),
    ],
)
@pytest.mark.parametrize("gradients", [[1.0, 1e200, 1.0, 1.0], [1.0, -1e300, 2.0, 1e200]])
def test_after_a_square_that_overflows_parameters_rest(Value, name, options, wanted, gradients):
    """The numbers are PyTorch's after the first step: an infinite square stays for ever."""
    x = Value(1.0)
    optimizer = getattr(nn, name)([x], lr=0.1, **options)
    for k, x.grad in enumerate(gradients):
        optimizer.step()
        kept = 0.999**k if name == "AdamW" else 1.0
        assert x.data == pytest.approx(wanted * kept, rel=1e-12)


OF_NUMPY = {
    "SGD": {"momentum": 0.5, "weight_decay": 0.25, "nesterov": True},
    "dampened": {"momentum": 0.5, "dampening": 0.25},
    "RMSprop": {"alpha": 0.5, "eps": 0.125, "momentum": 0.5, "centered": True},
    "Adagrad": {"lr_decay": 0.5, "initial_accumulator_value": 0.25, "weight_decay": 0.5},
    "Adam": {"betas": (0.5, 0.75), "eps": 0.125, "weight_decay": 0.25, "amsgrad": True},
    "AdamW": {"betas": (0.5, 0.75), "weight_decay": 0.25, "amsgrad": True},
}


@pytest.mark.parametrize("name", OF_NUMPY)
@pytest.mark.parametrize("kind", ["float64", "float32", "Decimal", "array"])
def test_hyperparameters_may_be_numbers_of_numpy(Value, kind, name):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    convert = {"Decimal": Decimal, "array": np.array}.get(kind) or getattr(np, kind)

    def converted(x):
        if isinstance(x, tuple):
            return np.array(x) if kind == "array" else tuple(map(convert, x))
        return np.bool_(x) if isinstance(x, bool) else convert(x)

    options = {"lr": 0.5, **OF_NUMPY[name]}
    kinds = getattr(nn, name.replace("dampened", "SGD"))
    plain, other = Value(1.0), Value(1.0)
    ours = kinds([plain], **options)
    theirs = kinds([other], **{key: converted(x) for key, x in options.items()})
    for _ in range(3):
        plain.grad = other.grad = 0.75
        ours.step(), theirs.step()
        assert other.data == plain.data
    assert repr(theirs) == repr(ours)
    assert json.dumps(theirs.state_dict()) == json.dumps(ours.state_dict())


@pytest.mark.parametrize("name", ["momentum", "nesterov", "centered", "amsgrad"])
def test_hyperparameters_of_numpy_may_be_set_later(Value, name):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    kind = {"centered": nn.RMSprop, "amsgrad": nn.Adam}.get(name, nn.SGD)
    started = {"momentum": 0.5} if kind is nn.SGD else {name: True}
    x = Value(1.0)
    optimizer = kind([x], lr=0.5, **started)
    setattr(optimizer, name, np.float64(0.5) if name == "momentum" else np.bool_(True))
    x.grad = 1.0
    optimizer.step()
    assert x.data < 1.0


@pytest.mark.parametrize("name", REFERENCE["arguments"])
def test_names_order_and_defaults_are_pytorchs(name):
    ours = arguments(nn, name)
    assert ours == REFERENCE["arguments"][name][: len(ours)]


def moved(optimizer, leaves, steps):
    train(optimizer, leaves, steps)
    return [x.data for x in leaves]


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_a_resumed_optimizer_gives_the_same_numbers(Value, name, options):
    def fresh(numbers, **changed):
        leaves = [Value(x) for x in numbers]
        return leaves, getattr(nn, name)(leaves, **{**options, **changed})

    leaves, optimizer = fresh(START)
    unbroken = moved(optimizer, leaves, 20)
    leaves, optimizer = fresh(START)
    numbers = moved(optimizer, leaves, 7)
    saved = json.dumps(optimizer.state_dict())

    again, other = fresh(numbers, lr=0.7)
    other.load_state_dict(json.loads(saved))
    assert repr(other) == repr(optimizer)
    assert moved(other, again, 13) == unbroken
    leaves, optimizer = pickle.loads(pickle.dumps(copy.deepcopy((leaves, optimizer))))
    assert optimizer.parameters[0] is leaves[0]
    assert moved(optimizer, leaves, 13) == unbroken


def test_an_optimizer_keeps_no_more_numbers_than_its_formula_wants(Value):
    leaves = [Value(x) for x in START]
    for amsgrad, states in ((False, 2), (True, 3)):
        kept = nn.Adam(leaves, amsgrad=amsgrad).state_dict()["states"]
        assert [len(state) for state in kept] == [len(leaves)] * states


def test_what_an_optimizer_shows_are_its_hyperparameters(Value):
    optimizer = nn.Adam([Value(1.0)], lr=0.5, betas=(0.0, 0.9))
    assert repr(optimizer) == (
        "Adam(1 parameters, amsgrad=False, betas=(0.0, 0.9), lr=0.5, eps=1e-08, weight_decay=0.0)"
    )


def test_a_wrong_state_changes_nothing(Value):
    optimizer = nn.Adam([Value(1.0), Value(2.0)], lr=0.5)
    good = optimizer.state_dict()
    before = json.dumps(good)
    for change, message in [
        ({"optimizer": "SGD"}, "a state of the optimizer Adam is wanted, got one of SGD"),
        ({"extra": 1}, "extra"),
        ({"hyperparameters": {"lr": 1.0}}, "hyperparameters.betas is missing"),
        (
            {"states": [[0.0], [0.0]]},
            "states is 2 x 2 in Adam, 2 x 1 in the state",
        ),
        ({"states": [[0.0, 0.0]]}, "states is 2 x 2 in Adam, 1 x 2 in the state"),
        *(({"steps": bad}, "steps is") for bad in (None, [], -1, math.nan, 2.0, True, "2")),
        *(
            ({"hyperparameters": {**good["hyperparameters"], **bad}}, message)
            for bad, message in (
                ({"lr": None}, "hyperparameters.lr is a number, got None"),
                ({"lr": math.nan}, "lr is at least 0 and finite"),
                ({"lr": -1.0}, "lr is at least 0"),
                ({"lr": "0.1"}, "lr is a number"),
                ({"amsgrad": 1.0}, "amsgrad is True or False"),
                ({"betas": [0.5, 1.0]}, "betas are two numbers, at least 0"),
            )
        ),
        ({"hyperparameters": None}, "hyperparameters.lr is missing"),
    ]:
        with pytest.raises(ValueError, match=message):
            optimizer.load_state_dict({**good, "steps": 9, **change})
        assert json.dumps(optimizer.state_dict()) == before
    for bad in ("a", None):
        with pytest.raises((TypeError, ValueError)):
            optimizer.load_state_dict({**good, "states": [[bad, 0.0], [0.0, 0.0]]})
    with pytest.raises(ValueError, match="is a dict, got None"):
        optimizer.load_state_dict(None)
    with pytest.raises(ValueError, match="of the optimizer Adam is wanted, got one of None"):
        optimizer.load_state_dict({})
    assert json.dumps(optimizer.state_dict()) == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: nn.SGD([x], lr=-1.0), "lr is at least 0"),
        (lambda x: nn.SGD([x], lr=math.inf), "lr is at least 0 and finite"),
        (lambda x: nn.SGD([x], lr="fast"), "expected a real number, got str 'fast'"),
        (lambda x: nn.SGD([x], weight_decay=-1.0), "weight_decay is at least 0"),
        (lambda x: nn.SGD([x], nesterov=True), "nesterov wants a momentum"),
        (lambda x: nn.SGD([x], momentum=0.9, dampening=0.1, nesterov=True), "no dampening"),
        (lambda x: nn.RMSprop([x], alpha=1.5), "alpha is at most 1"),
        (lambda x: nn.RMSprop([x], eps=math.nan), "eps is at least 0"),
        (lambda x: nn.Adagrad([x], lr_decay=-0.1), "lr_decay is at least 0"),
        (
            lambda x: nn.AdamW([x], betas=(0.9, 1.0)),
            "betas are two numbers, at least 0 and below 1",
        ),
        (
            lambda x: nn.Adam([x], betas=(-0.5, 0.9)),
            "betas are two numbers, at least 0 and below 1",
        ),
        (lambda x: nn.Adam([x], betas=(0.9,)), r"betas are two numbers, .* got \(0\.9,\)"),
        (lambda x: nn.Adam([x], betas=0.9), "betas are two numbers, .* got 0.9"),
        (lambda x: nn.AdamW([x], betas=(0.9, "b")), "betas: expected a real number, got str 'b'"),
        (lambda x: nn.SGD([x], dampening="d"), "dampening: expected a real number, got str 'd'"),
        (lambda x: nn.SGD(nn.MLP(2, [1])), r"SGD takes a list, as model\.param"),
        (lambda x: nn.SGD(x), r"a list, as model\.parameters\(\); got Value"),
        (lambda x: nn.Adam([("x", x)]), "a parameter of Adam is a Value, got tuple"),
        (lambda x: nn.Adam([x * 2.0]), "a parameter of Adam is a leaf, got Value.*op=mul"),
        (lambda x: nn.Adam([]), "Adam was given no parameters"),
        (lambda x: nn.Optimizer([x], 0.1), "Optimizer must define formula"),
        (lambda x: nn.clip_grad_norm_([x], -1.0), "max_norm is at least 0"),
        (lambda x: nn.clip_grad_value_([x], -1.0), "clip_value is at least 0"),
        (lambda x: nn.StepLR(nn.SGD([x]), 0), "step_size is a whole number of at least 1"),
        (
            lambda x: nn.CosineAnnealingLR(nn.SGD([x]), True),
            "T_max is a whole number of at least 1",
        ),
        (lambda x: nn.ExponentialLR(x, 0.5), "a schedule is for an Optimizer"),
        (lambda x: nn.LinearLR(nn.SGD([x]), 0.0), "start_factor is above 0"),
        (lambda x: nn.ReduceLROnPlateau(nn.SGD([x]), mode="down"), 'mode is "min" or "max"'),
        (lambda x: nn.ReduceLROnPlateau(nn.SGD([x]), factor=1.0), "factor is at least 0 and below"),
        (lambda x: nn.ReduceLROnPlateau(nn.SGD([x]), factor=-0.5), "factor is at least 0"),
        (lambda x: nn.Schedule(nn.SGD([x])), "Schedule must define factor"),
        (lambda x: nn.SequentialLR(nn.SGD([x]), [], [3]), "one milestone less"),
        (
            lambda x: nn.SequentialLR(nn.SGD([x]), [nn.StepLR(nn.SGD([x]), 1)], []),
            "all schedules of a sequence are for its optimizer",
        ),
    ],
)
def test_errors_say_what_is_wanted(Value, call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(Value(1.0))


def test_a_first_step_without_any_gradient_warns_once(Value, monkeypatch):
    monkeypatch.setattr(advice, "advised", set())
    x, y = Value(1.0), Value(2.0)
    optimizer = nn.SGD([x, y], lr=0.5)
    with pytest.warns(nn.Advice, match="the gradient of every parameter is 0") as caught:
        optimizer.step()
    assert caught[0].filename == __file__
    optimizer.step()
    nn.Adam([x]).step()  # once in a process
    monkeypatch.setattr(advice, "advised", set())
    (y * 3.0).backward()
    nn.SGD([x, y]).step()  # an error if it warned: one gradient is enough


@pytest.mark.parametrize("gradients", GRADIENTS)
def test_clipping_is_pytorchs(Value, gradients):
    def leaves():
        xs = [Value(0.0) for _ in gradients]
        for x, g in zip(xs, gradients):
            x.grad = g
        return xs

    wanted = REFERENCE["clipping"][key(gradients)]
    for (top, p), (norm, by_norm), by_value in zip(NORMS, wanted["by norm"], wanted["by value"]):
        xs = leaves()
        found = nn.clip_grad_norm_(xs, top, p)
        if math.isinf(norm):
            assert math.isfinite(found)  # where PyTorch's overflows
        else:
            assert found == pytest.approx(norm)
            assert [x.grad for x in xs] == pytest.approx(by_norm, rel=1e-12)
        xs = leaves()
        assert nn.clip_grad_value_(xs, top) is None
        assert [x.grad for x in xs] == by_value


def test_clipping_a_gradient_that_is_no_number(Value):
    x, y = Value(1.0), Value(1.0)
    x.grad, y.grad = math.nan, 1.0
    with pytest.raises(ValueError, match="norm of the gradients is nan"):
        nn.clip_grad_norm_([x, y], 1.0, error_if_nonfinite=True)
    assert y.grad == 1.0
    for p in (1.0, 2.0, math.inf):
        assert math.isnan(nn.clip_grad_norm_([y, x], 1.0, p))
    assert math.isnan(x.grad)
    assert math.isnan(y.grad)
    nn.clip_grad_value_([x], 1.0)
    assert math.isnan(x.grad)


@pytest.mark.parametrize("gradients", [(1.0, math.nan), (0.0, math.nan), (math.inf, math.nan)])
@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, 3.0, math.inf])
def test_a_norm_is_nan_wherever_the_nan_stands(Value, gradients, p):
    for order in (gradients, gradients[::-1]):
        xs = [Value(1.0) for _ in order]
        for x, g in zip(xs, order):
            x.grad = g
        with pytest.raises(ValueError, match="norm of the gradients is nan"):
            nn.clip_grad_norm_(xs, 2.0, p, error_if_nonfinite=True)
        assert math.isnan(nn.clip_grad_norm_(xs, 2.0, p))
        assert all(math.isnan(x.grad) for x in xs)  # as in PyTorch


def test_clipping_at_its_limits(Value):
    x, y = Value(1.0), Value(1.0)
    x.grad, y.grad = 3.0, -4.0
    assert nn.clip_grad_norm_([x, y], 7.5) == 5.0  # the second norm, where nothing else is said
    assert nn.clip_grad_norm_([x, y], 5.1) == 5.0
    assert (x.grad, y.grad) == (3.0, -4.0)
    nn.clip_grad_value_([x, y], 3.5)
    assert (x.grad, y.grad) == (3.0, -3.5)
    nn.clip_grad_value_([x], 0.0)
    assert nn.clip_grad_norm_([x, y], 0.0) == 3.5
    assert (x.grad, y.grad) == (0.0, 0.0)
    for p in (1.0, 2.0, 3.0, math.inf):
        assert nn.clip_grad_norm_([], 1.0, p) == 0.0
    for p in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="norm_type above 0"):
            nn.clip_grad_norm_([x], 1.0, p)


@pytest.mark.parametrize(("name", "make", "epochs"), SCHEDULES, ids=[s[0] for s in SCHEDULES])
def test_rates_are_pytorchs(Value, name, make, epochs):
    optimizer = nn.SGD([Value(1.0)], lr=0.3)
    optimizer.parameters[0].grad = 1.0
    found = rates(optimizer, make(nn, optimizer), lambda: optimizer.lr, epochs)
    assert found == pytest.approx(REFERENCE["schedules"][name], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("options", PLATEAUS)
def test_reducing_on_a_plateau_is_pytorchs(Value, options):
    optimizer = nn.SGD([Value(1.0)], lr=0.3)
    schedule = nn.ReduceLROnPlateau(optimizer, **options)
    for epoch, (rate, bad) in enumerate(REFERENCE["plateaus"][key(options)]):
        schedule.step(Value(METRICS[epoch]) if epoch % 2 else METRICS[epoch])
        assert optimizer.lr == pytest.approx(rate, rel=1e-12)
        assert (schedule.num_bad_epochs, schedule.last_epoch) == (bad, epoch + 1)


def schedules_of(optimizer):
    return [
        nn.StepLR(optimizer, 3), nn.ExponentialLR(optimizer, 0.9),
        nn.CosineAnnealingLR(optimizer, 5, 0.001), nn.LinearLR(optimizer, total_iters=9),
        nn.SequentialLR(optimizer, [nn.LinearLR(optimizer), nn.StepLR(optimizer, 2)], [5]),
        nn.ReduceLROnPlateau(optimizer, patience=1),
    ]  # fmt: skip


@pytest.mark.parametrize("which", range(6))
def test_a_resumed_schedule_gives_the_same_rates(Value, which):
    def rates(optimizer, schedule, epochs):
        found = []
        for _ in range(epochs):
            schedule.step(*[1.0] * (which == 5))
            found.append(optimizer.lr)
        return found

    def fresh():
        optimizer = nn.SGD([Value(1.0)], lr=0.3)
        schedules = schedules_of(optimizer)
        optimizer.lr = 0.3
        return optimizer, schedules[which]

    optimizer, schedule = fresh()
    unbroken = rates(optimizer, schedule, 20)
    optimizer, schedule = fresh()
    rates(optimizer, schedule, 7)
    saved = json.dumps([optimizer.state_dict(), schedule.state_dict()])
    optimizer, schedule = fresh()
    for one, state in zip((optimizer, schedule), json.loads(saved)):
        one.load_state_dict(state)
    assert rates(optimizer, schedule, 13) == unbroken[7:]
    before = schedule.state_dict()
    for change in ({"schedule": "Other"}, {"extra": 1}, {"last_epoch": -1}, {"last_epoch": None}):
        with pytest.raises(ValueError, match=r"is wanted, got|has no extra|last_epoch is a"):
            schedule.load_state_dict({**before, "last_epoch": 99, **change})
    assert schedule.state_dict() == before


def test_a_state_of_a_sequence_of_other_schedules_is_refused(Value):
    optimizer = nn.SGD([Value(1.0)])
    one = nn.SequentialLR(optimizer, [nn.StepLR(optimizer, 2), nn.LinearLR(optimizer)], [5])
    two = nn.SequentialLR(optimizer, [nn.StepLR(optimizer, 2)], [])
    before = one.state_dict()
    with pytest.raises(ValueError, match=r"schedulers\.1\.schedule is missing"):
        one.load_state_dict(two.state_dict())
    assert one.state_dict() == before
    swapped = {**before, "last_epoch": 9, "schedulers": before["schedulers"][::-1]}
    with pytest.raises(ValueError, match="of the schedule StepLR is wanted, got one of LinearLR"):
        one.load_state_dict(swapped)
    assert one.state_dict() == before
    with pytest.raises(TypeError, match="a sequence is of schedules by epoch"):
        nn.SequentialLR(optimizer, [nn.ReduceLROnPlateau(optimizer)], [])


def test_a_schedule_multiplies_the_rate_that_it_finds(Value):
    optimizer = nn.SGD([Value(0.0)], lr=1.0)
    schedule = nn.CosineAnnealingLR(optimizer, T_max=4)
    rates = []
    for epoch in range(9):
        rates.append(round(optimizer.lr, 12))
        if epoch == 1:
            optimizer.lr /= 2.0  # what a plateau does
        schedule.step()
    half = [round(0.25 * (1.0 + math.cos(math.pi * epoch / 4)), 12) for epoch in range(2, 9)]
    assert rates == [1.0, round(0.5 + 0.5 * math.cos(math.pi / 4), 12), *half]  # up from 0 as well


def groups_of(Value, *rates):
    return nn.ParameterGroups(*[nn.SGD([Value(0.0)], lr=rate) for rate in rates])


def rates_in(groups):
    return [group.lr for group in groups.groups]


def test_groups_keep_their_proportion_where_the_rate_passes_0(Value):
    groups = groups_of(Value, 0.1, 0.01)
    schedule = nn.CosineAnnealingLR(groups, T_max=2)
    for wanted in ([0.05, 0.005], [0.0, 0.0], [0.05, 0.005], [0.1, 0.01]):
        schedule.step()
        assert rates_in(groups) == pytest.approx(wanted)
    groups.lr = 0.0
    for state in (groups.state_dict(), json.loads(json.dumps(groups.state_dict()))):
        resumed = groups_of(Value, 1.0, 1.0)
        resumed.load_state_dict(state)
        resumed.lr = 0.3
        assert rates_in(resumed) == pytest.approx([0.3, 0.03])
    state = groups.state_dict()
    old = {name: entry for name, entry in state.items() if name != "rates"}  # as 0.2.0 wrote it
    resumed = groups_of(Value, 0.2, 0.1)
    resumed.load_state_dict(old)
    assert rates_in(resumed) == [0.0, 0.0]
    resumed.lr = 0.4
    assert rates_in(resumed) == [0.4, 0.2]
    for wrong in (None, [0.1], [0.1, -1.0], [0.1, math.inf], [0.1, "a"]):
        with pytest.raises(ValueError, match="rates are 2 finite numbers from 0"):
            resumed.load_state_dict({**state, "rates": wrong})
    assert rates_in(resumed) == [0.4, 0.2]


def test_a_group_whose_rate_is_0_keeps_it(Value):
    groups = groups_of(Value, 0.0, 0.1)
    schedule = nn.ExponentialLR(groups, 0.9)
    assert rates_in(groups) == [0.0, 0.1]
    schedule.step()
    assert rates_in(groups) == pytest.approx([0.0, 0.09])
    groups.groups[0].lr = 0.045  # by hand: from now on half of the second
    schedule.step()
    assert rates_in(groups) == pytest.approx([0.0405, 0.081])
    none = groups_of(Value, 0.0, 0.0)
    none.lr = 0.5
    assert rates_in(none) == [0.5, 0.5]


def stepped(schedule, epochs):
    for _ in range(epochs):
        schedule.step()
    return schedule.optimizer.lr


def test_the_least_rate_of_a_cosine_is_for_the_rate_that_it_finds(Value):
    optimizer = nn.SGD([Value(0.0)], lr=0.1)
    nn.StepLR(optimizer, 1, 0.5)
    optimizer.lr = 0.01
    cosine = nn.CosineAnnealingLR(optimizer, 5, eta_min=0.001)
    assert stepped(cosine, 3) == pytest.approx(0.004109423525312739)  # as PyTorch gives it
    saved = json.loads(json.dumps([optimizer.state_dict(), cosine.state_dict()]))
    assert stepped(cosine, 2) == pytest.approx(0.001)
    resumed = nn.SGD([Value(0.0)], lr=0.01)
    again = nn.CosineAnnealingLR(resumed, 5, eta_min=0.001)
    for part, state in zip((resumed, again), saved):
        part.load_state_dict(state)
    assert stepped(again, 2) == optimizer.lr
    second = nn.CosineAnnealingLR(optimizer, 4, eta_min=0.0005)  # of what the first has left
    assert stepped(second, 4) == pytest.approx(0.0005)


def test_the_least_rate_of_a_cosine_beside_others_is_for_the_rate_before_them(Value):
    optimizer = nn.SGD([Value(0.0)], lr=0.3)
    schedules = [
        nn.LinearLR(optimizer, 0.1, total_iters=4),
        nn.CosineAnnealingLR(optimizer, 8, 0.01),
    ]
    for epoch in range(1, 9):
        for schedule in schedules:
            schedule.step()
        share = min(0.1 + 0.9 * epoch / 4, 1.0)
        whole = 0.01 + 0.29 * (1.0 + math.cos(math.pi * epoch / 8)) / 2.0
        assert optimizer.lr == pytest.approx(share * whole)
    assert optimizer.lr == pytest.approx(0.01)
    optimizer.lr = 0.02  # a sequence begins at the first rate, and so does its cosine
    parts = [nn.LinearLR(optimizer, 0.1, total_iters=2), nn.CosineAnnealingLR(optimizer, 3, 0.01)]
    sequence = nn.SequentialLR(optimizer, parts, [2])
    assert stepped(sequence, 2) == pytest.approx(0.3)
    state = sequence.state_dict()
    del state["schedulers"][1]["own_lr"]  # as version 0.2.0 wrote it
    sequence.load_state_dict(state)
    assert stepped(sequence, 3) == pytest.approx(0.01)


@pytest.mark.parametrize("others", [(), ("StepLR",)])
def test_a_cosine_after_other_rates_ends_where_pytorchs_does(Value, others):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def rates(of, optimizer, group, name):
        for other in others:
            getattr(of, other)(optimizer, 1, 0.5)
        setattr(group, name, 0.01) if of is nn else group.update({name: 0.01})
        cosine, found = of.CosineAnnealingLR(optimizer, 5, eta_min=0.001), []
        for _ in range(5):
            if of is not nn:
                optimizer.step()
            cosine.step()
            found.append(getattr(group, name) if of is nn else group[name])
        return found

    ours = nn.SGD([Value(0.0)], lr=0.1)
    theirs = torch.optim.SGD([torch.zeros((), requires_grad=True)], lr=0.1)
    wanted = rates(torch.optim.lr_scheduler, theirs, theirs.param_groups[0], "lr")
    assert rates(nn, ours, ours, "lr") == pytest.approx(wanted)
