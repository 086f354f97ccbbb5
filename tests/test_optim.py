"""Optimisers, clipping and schedules: PyTorch's numbers, states that resume, errors that teach."""

import copy
import json
import math
import pickle

import pytest

import nn
from nn import advice

OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"lr": 0.03, "momentum": 0.9}),
    ("SGD", {"lr": 0.03, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.03, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.03, "dampening": 0.5}),
    ("RMSprop", {}),
    ("RMSprop", {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True, "alpha": 0.9, "eps": 1e-2}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "lr": 1e-3, "alpha": 0.3, "eps": 0.1}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.3, "lr_decay": 0.1, "weight_decay": 0.1, "eps": 1e-6}),
    ("Adagrad", {"initial_accumulator_value": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-4, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "amsgrad": True}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.5, "amsgrad": True}),
]
START = [4.0, -0.3, 1.0]


def loss_of(x):
    return x[0] ** 2 + x[0].sin() * x[1] + (x[1] - 2.0) ** 2 * 0.3 + (x[2] * 3.0).cos()


def train(optimizer, leaves, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(leaves).backward()
        optimizer.step()
    return [x.data for x in leaves]


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_a_hundred_steps_are_pytorchs(Value, name, options):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    xs = [Value(x) for x in START]
    ts = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    ours, theirs = getattr(nn, name)(xs, **options), getattr(torch.optim, name)(ts, **options)
    for _ in range(100):
        train(ours, xs, 1)
        theirs.zero_grad()
        loss_of(ts).backward()
        theirs.step()
        assert [x.data for x in xs] == pytest.approx([t.item() for t in ts], rel=1e-12, abs=1e-13)


def test_names_order_and_defaults_are_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    import inspect

    for name in ("SGD", "RMSprop", "Adagrad", "Adam", "AdamW"):
        ours = list(inspect.signature(getattr(nn, name)).parameters.values())[1:]
        theirs = list(inspect.signature(getattr(torch.optim, name)).parameters.values())[1:]
        for own, other in zip(ours, theirs):
            assert (own.name, own.default) == (other.name, other.default)


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_a_resumed_optimizer_gives_the_same_numbers(Value, name, options):
    def fresh(numbers, **changed):
        leaves = [Value(x) for x in numbers]
        return leaves, getattr(nn, name)(leaves, **{**options, **changed})

    leaves, optimizer = fresh(START)
    unbroken = train(optimizer, leaves, 20)
    leaves, optimizer = fresh(START)
    numbers = train(optimizer, leaves, 7)
    saved = json.dumps(optimizer.state_dict())

    again, other = fresh(numbers, lr=0.7)
    other.load_state_dict(json.loads(saved))
    assert repr(other) == repr(optimizer)
    assert train(other, again, 13) == unbroken
    leaves, optimizer = pickle.loads(pickle.dumps(copy.deepcopy((leaves, optimizer))))
    assert optimizer.parameters[0] is leaves[0]
    assert train(optimizer, leaves, 13) == unbroken


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
                ({"betas": [0.5, 1.0]}, "betas are at least 0"),
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
        (lambda x: nn.AdamW([x], betas=(0.9, 1.0)), "betas are at least 0 and below 1"),
        (lambda x: nn.SGD(nn.MLP(2, [1])), r"SGD takes a list of parameters, as model\.param"),
        (lambda x: nn.SGD(x), r"a list of parameters, as model\.parameters\(\); got Value"),
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


GRADIENTS = [[3.0, -4.0, 0.0], [1e-3, 2e-3, -1e-3], [0.0, 0.0, 0.0], [1e200, 1.0, -1e200]]


@pytest.mark.parametrize("gradients", GRADIENTS)
def test_clipping_is_pytorchs(Value, gradients):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    clip = torch.nn.utils

    def leaves():
        xs = [Value(0.0) for _ in gradients]
        ts = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in gradients]
        for x, t, g in zip(xs, ts, gradients):
            x.grad, t.grad = g, torch.tensor(g, dtype=torch.float64)
        return xs, ts

    for max_norm in (0.5, 1.0, 100.0):
        for norm_type in (2.0, 1.0, 3.0, math.inf):
            xs, ts = leaves()
            norm = nn.clip_grad_norm_(xs, max_norm, norm_type)
            if max(gradients) > 1e100 and norm_type in (2.0, 3.0):
                assert math.isfinite(norm)  # where PyTorch's overflows
                continue
            assert norm == pytest.approx(clip.clip_grad_norm_(ts, max_norm, norm_type).item())
            assert [x.grad for x in xs] == pytest.approx([t.grad.item() for t in ts], rel=1e-12)
        xs, ts = leaves()
        assert nn.clip_grad_value_(xs, max_norm) is None
        clip.clip_grad_value_(ts, max_norm)
        assert [x.grad for x in xs] == [t.grad.item() for t in ts]


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
    assert nn.clip_grad_norm_([], 1.0) == 0.0


SCHEDULES = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 30, "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("CosineAnnealingLR", {"T_max": 100}),
    ("CosineAnnealingLR", {"T_max": 17, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.8, "total_iters": 40}),
]


def pair(Value, torch, lr=0.3):
    ours = nn.SGD([Value(1.0)], lr=lr)
    ours.parameters[0].grad = 1.0
    theirs = torch.optim.SGD([torch.zeros((), requires_grad=True)], lr=lr)
    return ours, theirs


def same_rates(ours, theirs, schedules, scheduler, epochs=100):
    for _ in range(epochs):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12, abs=1e-15)
        ours.step()
        theirs.step()
        for one in schedules:
            one.step()
        for one in scheduler:
            one.step()


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_rates_are_pytorchs(Value, name, options):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = pair(Value, torch)
    schedule = getattr(nn, name)(ours, **options)
    scheduler = getattr(torch.optim.lr_scheduler, name)(theirs, **options)
    same_rates(ours, theirs, [schedule], [scheduler])


def test_schedules_together_are_pytorchs(Value):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    library = torch.optim.lr_scheduler
    ours, theirs = pair(Value, torch)
    same_rates(
        ours, theirs,
        [nn.LinearLR(ours, 0.1, total_iters=10), nn.ExponentialLR(ours, 0.95)],
        [library.LinearLR(theirs, 0.1, total_iters=10), library.ExponentialLR(theirs, 0.95)],
    )  # fmt: skip
    ours, theirs = pair(Value, torch)

    def three(of, optimizer):
        parts = [
            of.LinearLR(optimizer, 0.1, total_iters=10),
            of.CosineAnnealingLR(optimizer, 50, eta_min=0.01),
            of.StepLR(optimizer, 9),
        ]
        return of.SequentialLR(optimizer, parts, [10, 60])

    same_rates(ours, theirs, [three(nn, ours)], [three(library, theirs)])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "max", "patience": 2},
        {"patience": 1, "threshold_mode": "abs", "threshold": 0.05, "cooldown": 3},
        {"patience": 0, "factor": 0.5, "min_lr": 0.01},
        {"mode": "max", "patience": 0, "threshold_mode": "abs", "eps": 0.01},
    ],
)
def test_reducing_on_a_plateau_is_pytorchs(Value, options):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = pair(Value, torch)
    schedule = nn.ReduceLROnPlateau(ours, **options)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, **options)
    for epoch in range(100):
        metric = math.exp(-epoch / 10.0) + 0.1 * math.sin(epoch) if epoch != 50 else math.nan
        schedule.step(Value(metric) if epoch % 2 else metric)
        scheduler.step(metric)
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)
        assert schedule.num_bad_epochs == scheduler.num_bad_epochs


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


def test_a_sequence_may_begin_with_its_second_schedule(Value):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = pair(Value, torch)

    def sequence(of, optimizer):
        parts = [of.LinearLR(optimizer, 0.1, 1.0, 4), of.ExponentialLR(optimizer, 0.9)]
        return of.SequentialLR(optimizer, parts, [0])

    same_rates(
        ours, theirs, [sequence(nn, ours)], [sequence(torch.optim.lr_scheduler, theirs)], epochs=5
    )


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
