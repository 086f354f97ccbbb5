"""The playground: what it carries, what it refuses, and that a page trains as Python does."""

from __future__ import annotations

import math
import random

import pytest

import autograd_lite as ag
import nn
from autograd_lite import Value
from autograd_lite.compiler.elementwise import Elementwise

bce = nn.binary_cross_entropy_with_logits


def moons(n=60):
    return nn.datasets.moons(n, noise=0.1, seed=0)


def waves(n=40):
    x = [[k / 20 - 1.0] for k in range(n)]
    return x, [math.sin(4.0 * row[0]) for row in x]


def small(**options):
    options = {"loss": bce, "optimizer": nn.SGD, "lr": 0.1} | options
    return nn.playground(nn.MLP(2, [4, 1], seed=0), moons(), **options)


# What it is ---------------------------------------------------------------------------------------


def test_it_says_what_trains():
    page = nn.playground(nn.MLP(2, [8, 8, 1], seed=0), moons(), loss=bce, optimizer="adam")
    assert str(page) == "MLP 2-8-8-1 learns 60 samples of 2 classes with Adam"
    assert page.payload()["shows"] == "plane"
    net = nn.MLP(1, [4, 1], seed=0)
    curve = nn.playground(net, waves(), loss=nn.mse, optimizer=nn.Adam)
    assert str(curve) == "MLP 1-4-1 learns 40 samples with Adam"
    assert curve.payload()["shows"] == "curve"


def test_the_model_is_not_changed():
    net = nn.MLP(2, [4, 1], seed=0)
    before = [(p.data, p.grad) for p in net.parameters()]
    state = random.getstate()
    nn.playground(net, moons(), loss=bce, optimizer=nn.Adam).payload()
    assert [(p.data, p.grad) for p in net.parameters()] == before
    assert random.getstate() == state


def test_a_part_is_set_aside():
    payload = small(validation_split=0.25).payload()
    assert (len(payload["train"]["x"]), len(payload["test"]["x"])) == (45, 15)
    counted = small(validation_split=2).payload()
    assert (len(counted["train"]["x"]), len(counted["test"]["x"])) == (58, 2)
    apart = small(validation_data=moons(20)).payload()
    assert (len(apart["train"]["x"]), len(apart["test"]["x"])) == (60, 20)


def test_samples_and_targets_are_taken_as_by_fit():
    data, options = moons(), {"loss": bce, "optimizer": nn.SGD}
    net = nn.MLP(2, [4, 1], seed=0)
    pages = [
        nn.playground(net, data.x, data.y, **options),
        nn.playground(net, (data.x, data.y), **options),
        nn.playground(net, nn.as_samples(data.x, data.y), **options),
    ]
    payloads = [page.payload() for page in pages]
    assert payloads[0] == payloads[1] == payloads[2]


def test_names_of_classes_and_features_are_those_of_the_data():
    x, y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.0]], ["no", "yes", "no", "yes"]
    payload = nn.playground(
        nn.MLP(2, [3, 2], seed=0), (x, y), loss=nn.cross_entropy, optimizer=nn.SGD
    ).payload()
    assert [name for name, *_ in payload["classes"]] == ["no", "yes"]
    outputs = [name for _, name, _, is_output in payload["net"]["discs"] if is_output]
    assert outputs == ["no", "yes"]


def test_a_model_that_is_no_net_has_no_net_beside_it():
    w = Value(0.5)
    page = nn.playground(
        lambda x: [(w**2.0 + x[0]).exp()], waves(), loss=nn.mse, optimizer=nn.SGD([w])
    )
    assert page.payload()["net"] is None
    assert "<lambda> learns" in str(page)


def test_units_that_are_not_what_the_model_gives_are_not_called_outputs():
    net = nn.Sequential(nn.Linear(2, 2, seed=0), nn.Softmax())
    whole = nn.playground(net[0], moons(), loss=nn.cross_entropy, optimizer=nn.SGD)
    assert whole.payload()["net"]["isWhole"]
    page = nn.playground(net, moons(), loss=lambda p, t: -p[t].log(), optimizer=nn.SGD)
    assert not page.payload()["net"]["isWhole"]


def test_the_page_of_a_small_net_is_small(tmp_path):
    page = nn.playground(nn.MLP(2, [8, 8, 1], seed=0), moons(200), loss=bce, optimizer=nn.Adam)
    assert len(page.save(tmp_path / "page.html").read_bytes()) < 150_000


# What is refused ----------------------------------------------------------------------------------


def refused(error, words, model=None, data=None, **options):
    model = nn.MLP(2, [4, 1], seed=0) if model is None else model
    options = {"loss": bce, "optimizer": nn.SGD} | options
    with pytest.raises(error, match=words):
        nn.playground(model, moons() if data is None else data, **options)


def test_data_without_samples_or_targets_or_of_another_width():
    refused(ValueError, "no samples", data=([], []))
    refused(ValueError, "samples with targets", data=[[1.0, 2.0], [3.0, 4.0]])
    refused(ValueError, "2", data=([[1.0], [2.0]], [0, 1]))
    refused(ValueError, "samples of one shape", validation_data=([[1.0], [2.0]], [0, 1]))


def test_a_model_without_parameters():
    refused(TypeError, "parameters of a model that is no Module", model=lambda x: x)
    refused(ValueError, "parameters", model=nn.Sequential(nn.ReLU()))


def test_a_loss_that_is_not_scalar():
    refused(TypeError, "one Value", loss=lambda p, t: [p[0] - t])


class Deaf(nn.Module):
    """Its layer is not called."""

    def __init__(self):
        self.layer = nn.Linear(2, 1, seed=0)

    def forward(self, x):
        return [2.0 * x[0]]


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (nn.MLP(2, [4, 1], seed=0), {"loss": lambda p, t: 1.0}),
        (nn.MLP(2, [4, 1], seed=0), {"loss": lambda p, t: Value(1.0)}),
        (nn.MLP(2, [4, 1], seed=0), {"loss": lambda p, t: (p[0].data - t) ** 2}),
        (nn.MLP(2, [4, 1], seed=0), {"optimizer": nn.SGD(nn.MLP(2, [1]).parameters(), lr=0.1)}),
        (Deaf(), {}),
    ],
    ids=["number", "constant", "data", "another model", "deaf"],
)
def test_what_cannot_learn_is_refused_as_by_fit(model, options):
    options = {"loss": bce, "optimizer": nn.SGD} | options
    messages = []
    for train in (nn.fit, nn.playground):
        with pytest.raises(ValueError, match="the loss depends on none of the") as error:
            train(model, moons(), **options)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_a_model_that_is_frozen_as_a_whole():
    net = nn.freeze(nn.MLP(2, [4, 1], seed=0))
    words = r"all parameters of this model are frozen.*nn\.freeze\(model, False\)"
    refused(ValueError, words, model=net)
    page = nn.playground(nn.freeze(net, False), moons(), loss=bce, optimizer=nn.SGD)
    assert page.trial.parameters == 17


def test_a_rate_that_is_no_number_is_named():
    refused(TypeError, "lr: expected a real number, got str 'x'", lr="x")


def test_dropout_is_named_and_runs_after_eval():
    net = nn.Sequential(nn.Linear(2, 4, seed=0), nn.Dropout(0.5), nn.Linear(4, 1, seed=1))
    refused(ValueError, r"1 \(Dropout\(p=0.5\)\) draws at random: call eval\(\)", model=net)
    assert nn.playground(net.eval(), moons(), loss=bce, optimizer=nn.SGD).payload()["leaves"]


def test_a_custom_primitive_is_named():
    bump = ag.Primitive("bump", lambda x: math.exp(-x * x), lambda out, x: (-2.0 * x * out,))
    net = nn.MLP(2, [4, 1], activation=bump, seed=0)
    refused(TypeError, "bump cannot be written in JavaScript: only built-in", model=net)


def test_a_branch_of_python_is_said():
    net = nn.MLP(2, [4, 1], seed=0)
    refused(ValueError, "another branch", model=lambda x: net(x) if x[0] > 0.0 else net(x[::-1]),
            optimizer=nn.SGD(net.parameters()))  # fmt: skip


def test_a_schedule_is_named():
    optimizer = nn.SGD(nn.MLP(2, [4, 1], seed=0).parameters(), lr=0.1)
    schedule = nn.StepLR(optimizer, 10)
    refused(TypeError, "StepLR is a schedule", optimizer=schedule)
    refused(TypeError, "StepLR is a schedule", optimizer=nn.StepLR)
    refused(ValueError, "a schedule moves the learning rate of this SGD", optimizer=optimizer)


class Decayed(nn.Optimizer):
    """A user's own: its rate falls from step to step."""

    formula = Elementwise(lambda p, g, rate: (p - rate * g,), states=0, constants=1)

    def constants(self):
        return [self.lr / self.steps**0.5 if self.steps > 3 else self.lr]


class ByHand(nn.Optimizer):
    formula = Decayed.formula

    def step(self):
        """Not a formula."""


def test_a_step_that_is_no_formula():
    refused(ValueError, "ByHand has a step of its own",
            optimizer=lambda parameters: ByHand(parameters, lr=0.1))  # fmt: skip


# In a page ----------------------------------------------------------------------------------------

browser = pytest.importorskip("test_browser")  # skipped where there is none
chromium, open_page = browser.chromium, browser.open_page

TRAIN = """steps => {
    const { training } = document.querySelector(".agv").playground, losses = [];
    for (let k = 0; k < steps; k++) losses.push(training.once());
    return [losses, [...training.leaves]];
}"""


def wait_until(tab, condition):
    """`wait_for_function` evaluates a text in the page, which its policy forbids."""
    for _ in range(1200):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(25)
    raise AssertionError(f"never: {condition}")


def shuffled(state, count):
    """The order of an epoch, as the page has it, and the state after it."""
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        state = (1664525 * state + 1013904223) % 2**32
        j = math.floor(state / 2**32 * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order, state


def trained(model, data, loss, optimizer, page, steps=100):
    """The losses of the batches, and the parameters after the last step, by Python."""
    state, batch = page.payload()["seed"], page.payload()["batch"]
    losses, left = [], []
    for _ in range(steps):
        if not left:
            left, state = shuffled(state, len(data.x))
        chosen, left = left[:batch], left[batch:]
        optimizer.zero_grad()
        mean = sum(loss(model(data.x[i]), data.y[i]) for i in chosen) / len(chosen)
        mean.backward()
        losses.append(mean.data)
        optimizer.step()
    return losses, [p.data for p in optimizer.parameters]


def check(open_page, model, data, loss, optimizer, batch_size=7):
    data = data if hasattr(data, "feature_names") else nn.as_samples(*data)
    page = nn.playground(model, data, loss=loss, optimizer=optimizer, batch_size=batch_size)
    tab = open_page([page])
    losses, leaves = tab.evaluate(TRAIN, 100)
    wanted, parameters = trained(model, data, loss, optimizer, page)
    assert losses == pytest.approx(wanted, rel=0.0, abs=1e-10)
    assert leaves[: len(parameters)] == pytest.approx(parameters, rel=0.0, abs=1e-10)
    assert losses[0] != losses[-1]
    return tab


OPTIMIZERS = {
    "SGD": lambda p: nn.SGD(p, lr=0.1),
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "nesterov": lambda p: nn.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "RMSprop": lambda p: nn.RMSprop(p, lr=0.01, momentum=0.5, centered=True, weight_decay=0.01),
    "Adagrad": lambda p: nn.Adagrad(p, lr=0.1, lr_decay=0.01, initial_accumulator_value=0.1),
    "Adam": lambda p: nn.Adam(p, lr=0.02, weight_decay=0.01),
    "amsgrad": lambda p: nn.Adam(p, lr=0.02, amsgrad=True),
    "AdamW": lambda p: nn.AdamW(p, lr=0.02),
    "groups": lambda p: nn.ParameterGroups(nn.SGD(p[:9], lr=0.1, momentum=0.9), nn.Adam(p[9:])),
    "own": lambda p: Decayed(p, lr=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_hundred_steps_are_those_of_python(open_page, name):
    net = nn.MLP(2, [8, 8, 1], seed=3)
    check(open_page, net, moons(), bce, OPTIMIZERS[name](net.parameters()))


def test_every_optimizer_of_nn_is_tried():
    parameters = nn.MLP(2, [8, 8, 1], seed=3).parameters()
    tried = {type(make(parameters)) for make in OPTIMIZERS.values()}
    from nn import optim

    assert tried >= {getattr(optim, name) for name in optim.__all__} - {nn.Optimizer}


@pytest.mark.parametrize(
    ("loss", "labels"),
    [(nn.hinge, (-1, 1)), (nn.mse, (0, 1)), (lambda p, t: nn.huber(p[0], t), (0, 1))],
)
def test_other_losses_of_two_classes(open_page, loss, labels):
    data = moons()
    data = data._replace(y=[labels[k] for k in data.y])
    net = nn.MLP(2, [6, 1], activation=ag.tanh, seed=1)
    check(open_page, net, data, loss, nn.Adam(net.parameters(), lr=0.01))


def test_an_optimizer_goes_on_from_its_state(open_page):
    net, data = nn.MLP(2, [4, 1], seed=0), moons()
    optimizer = nn.Adam(net.parameters(), lr=0.01)
    nn.fit(net, data, loss=bce, optimizer=optimizer, epochs=3, seed=0)
    assert optimizer.steps
    check(open_page, net, data, bce, optimizer)


def test_a_curve(open_page):
    net = nn.MLP(1, [8, 8, 1], activation=ag.tanh, seed=0)
    tab = check(open_page, net, waves(), nn.mse, nn.Adam(net.parameters(), lr=0.01))
    box = tab.locator(".agv-play-plane").bounding_box()
    tab.mouse.click(box["x"] + 5, box["y"] + 5)
    added = tab.evaluate("document.querySelector('.agv').playground.training.train.at(-1)")
    assert added["isAdded"]
    assert (added["label"], len(added["x"])) == (-1, 1)


def test_three_classes(open_page):
    net = nn.MLP(2, [8, 3], seed=0)
    data = nn.datasets.spirals(60, arms=3)
    tab = check(open_page, net, data, nn.cross_entropy, nn.Adam(net.parameters(), lr=0.01))
    assert tab.locator(".agv-play-key button[aria-pressed]").count() == 3


def test_digits(open_page):
    data = nn.datasets.digits()
    data = data._replace(x=[[v / 16.0 for v in row] for row in data.x[:80]], y=data.y[:80])
    net = nn.MLP(64, [10, 10], seed=0)
    tab = check(open_page, net, data, nn.cross_entropy, nn.Adam(net.parameters(), lr=0.01))
    assert tab.locator(".agv-play-sample").count() == 60
    tab.locator(".agv-play-sample").nth(3).click()
    assert tab.locator(".agv-play-sample").nth(3).get_attribute("aria-pressed") == "true"
    assert "Sample" in tab.locator(".agv-play-note").inner_text()


def test_a_recurrent_net(open_page):
    rng = random.Random(0)
    x = [[[rng.uniform(-1.0, 1.0)] for _ in range(5)] for _ in range(20)]
    data = nn.as_samples(x, [sum(step[0] for step in row) for row in x])
    cell = nn.GRU(1, 3, seed=0)
    head = nn.Linear(3, 1, seed=1)

    def model(row):
        return head(cell(row)[0][-1])

    parameters = [*cell.parameters(), *head.parameters()]
    check(open_page, model, data, nn.mse, nn.Adam(parameters, lr=0.01))


def test_a_click_adds_and_a_click_on_a_sample_sends_it_through(open_page):
    net, data = nn.MLP(2, [4, 1], seed=0), moons()
    page = nn.playground(net, data, loss=bce, optimizer=nn.SGD, lr=0.1)
    tab = open_page([page])
    plane = tab.locator(".agv-play-plane")
    box = plane.bounding_box()
    tab.mouse.click(box["x"] + 6, box["y"] + 6)
    assert tab.evaluate("document.querySelector('.agv').playground.training.train.length") == 61
    removed = tab.get_by_role("button", name="Remove added")
    removed.click()
    assert tab.evaluate("document.querySelector('.agv').playground.training.train.length") == 60
    assert not removed.is_visible()

    place = tab.evaluate(
        "() => { const { view, training } = document.querySelector('.agv').playground;"
        " return view.place(training.train[5].x); }"
    )
    tab.mouse.click(box["x"] + place[0], box["y"] + place[1])
    picked = tab.evaluate("document.querySelector('.agv').playground.picked")
    flow = tab.evaluate("document.querySelector('.agv').playground.flow()")
    sample = data.x[picked["i"]]
    x = [Value(entry) for entry in sample]
    loss = bce(net(x)[0], data.y[picked["i"]])
    loss.backward()
    assert flow["loss"] == pytest.approx(loss.data, abs=1e-12)
    assert flow["inputSlopes"] == pytest.approx([entry.grad for entry in x], abs=1e-12)
    assert f"Sample {picked['i']}" in tab.locator(".agv-play-note").inner_text()


def test_a_plane_of_numbers_instead_of_classes(open_page):
    rng = random.Random(0)
    x = [[rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] for _ in range(30)]
    data = nn.as_samples(x, [row[0] * row[1] for row in x])
    net = nn.MLP(2, [6, 1], activation=ag.tanh, seed=0)
    tab = check(open_page, net, data, nn.mse, nn.SGD(net.parameters(), lr=0.1))
    box = tab.locator(".agv-play-plane").bounding_box()
    for place, sign in ((0, -1.0), (1, 1.0)):
        tab.locator(".agv-play-key button").nth(place).click()
        tab.mouse.click(box["x"] + 5 + 40 * place, box["y"] + 5)
        added = tab.evaluate(
            "[...document.querySelector('.agv').playground.training.train.at(-1).y]"
        )
        assert math.copysign(1.0, added[0]) == sign


def test_numbers_without_rows_and_a_function_as_model(open_page):
    w, b = Value(0.1), Value(0.0)
    data = nn.as_samples([0.1, 0.2, 0.5, 0.9], [1.0, 2.0, 3.0, 2.0])
    check(open_page, lambda x: w * x + b, data, lambda p, y: (p - y) ** 2, nn.SGD([w, b], lr=0.1),
          batch_size=3)  # fmt: skip


def test_play_pause_step_and_reset_by_key(open_page):
    page = small()
    tab = open_page([page])
    state = "(() => { const p = document.querySelector('.agv').playground; return %s; })()"
    steps, playing = state % "p.training.steps", state % "p.playing"
    assert tab.evaluate(steps) == 0  # it does not start by itself
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(steps) == 1
    tab.keyboard.press(" ")
    wait_until(tab, f"{steps} > 20")
    tab.keyboard.press(" ")
    assert not tab.evaluate(playing)
    tab.keyboard.press("r")
    assert tab.evaluate(steps) == 0
    leaves = tab.evaluate(state % "[...p.training.leaves]")
    assert leaves == page.trial.leaves
    tab.keyboard.press("n")
    assert "Sample 0" in tab.locator(".agv-play-note").inner_text()
    tab.keyboard.press("n")
    assert "Sample 1" in tab.locator(".agv-play-note").inner_text()
    tab.keyboard.press("p")
    assert "Sample 0" in tab.locator(".agv-play-note").inner_text()


def test_a_page_calls_its_samples_as_python_does(open_page):
    tab = open_page([small(validation_split=0.25)])
    words = tab.locator(".agv").inner_text()
    assert "loss in validation" in words
    assert "hollow: validation" in words
    assert "test" not in words.lower()
    assert "n and p send the next sample or the one before" in words
    assert "f fills the screen" in words


def test_the_plane_is_reached_by_the_keyboard(open_page):
    tab = open_page([small()])
    tab.locator(".agv-play-plane").focus()
    for _ in range(20):
        tab.keyboard.press("ArrowUp")
    for _ in range(20):
        tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.querySelector('.agv').playground.training.train.length") == 61


def test_learning_rate_batch_and_noise_are_the_readers(open_page):
    tab = open_page([small()])
    read = "(() => { const t = document.querySelector('.agv').playground.training; return %s; })()"
    tab.get_by_label("learning rate").select_option("0.3")
    tab.get_by_label("batch size").select_option("20")
    assert tab.evaluate(read % "[t.lr, t.batch]") == [0.3, 20]
    before = tab.evaluate(read % "[...t.train[0].x]")
    tab.get_by_label("noise").select_option("0.2")
    assert tab.evaluate(read % "[...t.train[0].x]") != before
    tab.get_by_label("noise").select_option("0")
    assert tab.evaluate(read % "[...t.train[0].x]") == before


def test_a_link_opens_a_state(open_page, tmp_path):
    path = small().save(tmp_path / "page.html")
    tab = open_page([], url=f"{path.as_uri()}#lr=0.07&batch=5&steps=60")
    wait_until(tab, "document.querySelector('.agv').playground.training.steps >= 60")
    training = "document.querySelector('.agv').playground.training"
    assert tab.evaluate(f"[{training}.lr, {training}.batch]") == [0.07, 5]
    tab.wait_for_timeout(100)
    assert tab.evaluate(f"{training}.steps") == 60


def test_a_loss_that_is_no_number_stops_and_says_why(open_page):
    page = nn.playground(nn.MLP(1, [4, 1], seed=0), waves(), loss=nn.mse, optimizer=nn.SGD, lr=1e9)
    tab = open_page([page])
    tab.get_by_role("button", name="Train").click()
    tab.wait_for_selector(".agv-play-trouble")
    assert "learning rate is too large" in tab.locator(".agv-play-note").inner_text()
    assert not tab.evaluate("document.querySelector('.agv').playground.playing")


def test_a_branch_that_is_taken_later_stops_and_names_the_sample(open_page):
    w = Value(0.05)
    data = nn.as_samples([[0.5], [1.0]], [-1.0, -2.0])

    def model(x):
        return [w * x[0] if w > 0.0 else w * x[0] * 0.5]

    page = nn.playground(model, data, loss=nn.mse, optimizer=nn.SGD([w], lr=0.1))
    tab = open_page([page])
    tab.get_by_role("button", name="Train").click()
    tab.wait_for_selector(".agv-play-trouble")
    assert "takes another branch" in tab.locator(".agv-play-note").inner_text()
    tab.get_by_role("button", name="Reset").click()
    assert tab.locator(".agv-play-trouble").count() == 0


def test_hostile_labels_are_text(open_page):
    evil = '</script><img src=x onerror="window.hit=1">'
    data = moons()._replace(class_names=[evil, "b"], feature_names=[evil, evil])
    page = nn.playground(nn.MLP(2, [4, 1], seed=0), data, loss=bce, optimizer=nn.SGD)
    tab = open_page([page])
    tab.keyboard.press("n")
    assert tab.locator("img").count() == 0
    assert tab.evaluate("window.hit") is None
    assert evil[:20] in tab.locator(".agv-play-key").inner_text()
    assert len(tab.requests) == 1


@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_nothing_is_wider_than_the_window(open_page, width):
    tab = open_page([small(validation_split=0.2)], viewport={"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_there_is_the_starting_picture(open_page):
    tab = open_page([small()], java_script_enabled=False)
    assert tab.locator("svg.ag").is_visible()
    assert "learning rate 0.1" in tab.locator(".agv-numbers").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["plane", "curve", "samples"])
def test_axe_finds_nothing(open_page, scheme, kind):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="extra [browser]")
    pages = {
        "plane": lambda: small(validation_split=0.2),
        "curve": lambda: nn.playground(
            nn.MLP(1, [4, 1], seed=0), waves(), loss=nn.mse, optimizer=nn.SGD
        ),
        "samples": lambda: nn.playground(
            nn.MLP(4, [4, 3], seed=0), nn.datasets.iris(), loss=nn.cross_entropy, optimizer=nn.SGD
        ),
    }
    tab = open_page([pages[kind]()], color_scheme=scheme)
    assert tab.locator(".agv-play").is_visible()
    for act in (lambda: None, lambda: tab.keyboard.press("n")):
        act()
        found = axe.Axe().run(tab).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []


def test_a_page_in_chinese(open_page, tmp_path):
    page = small(language="zh")
    assert str(page) == "MLP 2-4-1 用 SGD 学习 2 个类别的 60 个样本"
    tab = open_page([], url=page.save(tmp_path / "page.html").as_uri())
    assert tab.locator("h1").inner_text() == str(page)
    assert tab.get_by_role("button", name="走一步").is_visible()


def test_print_shows_the_state_and_no_buttons(open_page):
    tab = open_page([small()])
    tab.keyboard.press("ArrowRight")
    tab.emulate_media(media="print")
    assert tab.locator(".agv-play-plane").is_visible()
    assert tab.locator(".agv-play-net canvas").is_visible()
    assert not tab.get_by_role("button", name="One step").is_visible()
    assert "learning rate 0.1" in tab.locator(".agv-numbers").text_content()


def test_a_unit_that_is_pointed_at_is_shown_on_the_plane(open_page):
    tab = open_page([small()])
    read = "document.querySelector('.agv').playground"
    unit = tab.locator(".agv-play-unit").first
    unit.hover()
    assert tab.evaluate(f"{read}.pointed") == 0
    assert "the plane: what h1.0 makes of it" in tab.locator(".agv-play-signs").inner_text()
    tab.mouse.move(2, 2)
    assert tab.evaluate(f"{read}.pointed") is None
    assert "the size of a weight" in tab.locator(".agv-play-signs").inner_text()
    unit.click()
    tab.mouse.move(2, 2)
    assert tab.evaluate(f"{read}.pointed") == 0  # a click holds it


def test_a_page_in_the_background_does_not_train(open_page):
    tab = open_page([small()])
    read = "document.querySelector('.agv').playground"
    tab.keyboard.press(" ")
    assert tab.evaluate(f"{read}.playing")
    tab.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { get: () => true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    assert not tab.evaluate(f"{read}.playing")


def test_a_training_of_a_link_has_a_curve_of_losses(open_page, tmp_path):
    path = small().save(tmp_path / "page.html")
    tab = open_page([], url=f"{path.as_uri()}#steps=220")
    read = "document.querySelector('.agv').playground"
    wait_until(tab, f"{read}.training.steps >= 220 && !{read}.playing")
    assert tab.evaluate(f"{read}.losses.train.points.length") > 30


def test_a_fast_training_has_a_curve_of_losses_however_long_a_measure_takes(open_page):
    tab = open_page([small()])
    read = "document.querySelector('.agv').playground"
    points = tab.evaluate(
        f"() => {{ const p = {read}; p.speed = Infinity; p.rest = 1e9; p.playing = true;"
        " while (p.training.steps < 1000) p.slice();"
        " p.play(false); return p.losses.train.points.length; }"
    )
    assert 30 < points < 400


def test_after_a_click_the_keys_do_what_the_page_says(open_page):
    tab = open_page([small()])
    read = "document.querySelector('.agv').playground"
    tab.get_by_role("button", name="One step").click()
    assert tab.evaluate(f"{read}.training.steps") == 1
    tab.keyboard.press(" ")
    assert tab.evaluate(f"{read}.playing")
    tab.keyboard.press(" ")
    tab.keyboard.press("r")
    box = tab.locator(".agv-play-plane").bounding_box()
    tab.mouse.click(box["x"] + 6, box["y"] + 6)
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(f"[{read}.training.steps, {read}.view.cross]") == [1, None]
    rate = tab.get_by_label("learning rate")
    rate.dispatch_event("pointerdown")
    rate.select_option("0.3")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(f"[{read}.training.steps, {read}.training.lr]") == [2, 0.3]


def test_a_reader_who_works_by_keys_keeps_the_focus(open_page):
    tab = open_page([small()])
    step = tab.get_by_role("button", name="One step")
    step.focus()
    tab.keyboard.press("Enter")
    assert step.evaluate("button => button === document.activeElement")


def test_the_cross_says_where_it_is(open_page):
    data = moons()._replace(feature_names=["width", "height"])
    tab = open_page([nn.playground(nn.MLP(2, [4, 1], seed=0), data, loss=bce, optimizer=nn.SGD)])
    tab.locator(".agv-play-plane").focus()
    tab.keyboard.press("ArrowUp")
    note = tab.locator(".agv-play-note")
    assert "Cross at width = " in note.inner_text()
    assert "height = " in note.inner_text()
    tab.locator(".agv-play-plane").blur()
    assert "Cross at" not in note.inner_text()


def test_the_table_and_the_heading_follow_the_state(open_page):
    tab = open_page([small(validation_split=0.2)])
    table = tab.locator(".agv-numbers")
    tab.get_by_label("learning rate").select_option("0.3")
    box = tab.locator(".agv-play-plane").bounding_box()
    tab.mouse.click(box["x"] + 6, box["y"] + 6)
    tab.keyboard.press("ArrowRight")
    rows = table.locator("tbody").last.locator("tr").all_text_contents()
    assert {"now1 step", "learning rate0.3", "samples to train on49"} <= set(rows)
    assert sum(row.startswith("loss") for row in rows) == 2
    assert sum(row.startswith("right") for row in rows) == 2
    assert "learns 49 samples of 2 classes" in tab.locator("h1").inner_text()
    assert "learns 49 samples" in tab.locator(".agv-play-plane").get_attribute("aria-label")


def test_a_score_is_called_one_and_an_output_is_not_named_as_an_input(open_page):
    data = moons()._replace(feature_names=["x", "y"])
    page = nn.playground(nn.MLP(2, [4, 1], seed=0), data, loss=bce, optimizer=nn.SGD)
    assert [disc[1] for disc in page.payload()["net"]["discs"]][-1] == "output"
    tab = open_page([page])
    tab.keyboard.press("n")
    assert "(a score)" in tab.locator(".agv-play-note").inner_text()
    curve = nn.playground(nn.MLP(1, [4, 1], seed=0), waves(), loss=nn.mse, optimizer=nn.SGD)
    tab = open_page([curve])
    tab.keyboard.press("n")
    assert "score" not in tab.locator(".agv-play-note").inner_text()


def test_a_tile_that_is_taken_for_another_class_says_both(open_page):
    net = nn.MLP(4, [4, 3], seed=0)
    tab = open_page([
        nn.playground(net, nn.datasets.iris(), loss=nn.cross_entropy, optimizer=nn.SGD)
    ])  # fmt: skip
    wrong = tab.locator(".agv-play-wrong span").all_text_contents()
    assert wrong
    for said in wrong:
        own, other = said.removesuffix(" ✗").split(" → ")
        assert own != other
    cut = "spans => spans.filter((span) => span.scrollWidth > span.clientWidth).length"
    assert tab.locator(".agv-play-sample span").evaluate_all(cut) == 0


def test_only_the_reason_is_painted_as_trouble(open_page):
    page = nn.playground(nn.MLP(1, [4, 1], seed=0), waves(), loss=nn.mse, optimizer=nn.SGD, lr=1e9)
    tab = open_page([page])
    tab.get_by_role("button", name="Train").click()
    tab.wait_for_selector(".agv-play-trouble")
    border = "p => getComputedStyle(p).borderLeftWidth"
    assert tab.locator(".agv-play-trouble > p").first.evaluate(border) == "4px"
    assert tab.locator(".agv-play-keys").evaluate(border) == "0px"


def test_on_a_phone_nothing_covers_the_losses_and_layers_have_their_names(open_page):
    page = nn.playground(nn.MLP(2, [4, 4, 1], seed=0), moons(), loss=bce, optimizer=nn.SGD)
    tab = open_page([page], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert (
        tab.locator(".agv-play-note").evaluate("note => getComputedStyle(note).position")
        != "sticky"
    )
    assert "Tap a sample" in tab.locator(".agv-play-note").inner_text()
    assert all(head.is_visible() for head in tab.locator(".agv-play-head").all())
