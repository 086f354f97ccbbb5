"""Monitor and Inspection: what they record is compared with what is computed here by itself."""

import importlib.util
import json
import math
import random
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

import nn
from autograd_lite import gradients, topological_order
from nn.diagnosis.inspection import COLUMNS, ROWS
from nn.diagnosis.saturation import Saturation


def moons(n=60):
    return nn.datasets.moons(n, noise=0.2, seed=3)


def train(*callbacks, net=None, data=None, epochs=12, **options):
    net = net or nn.MLP(2, [6, 2], nn.tanh, seed=1)
    data = data or moons()
    options = {
        "loss": nn.cross_entropy, "optimizer": lambda p: nn.SGD(p, lr=0.3), "seed": 0,
        "batch_size": 20, **options,
    }  # fmt: skip
    return net, nn.fit(net, data, epochs=epochs, callbacks=callbacks, **options)


def rms(numbers):
    return math.sqrt(sum(x * x for x in numbers) / len(numbers))


class Truth(nn.Callback):
    """The numbers of the last batch of each epoch, the plain way."""

    def __init__(self):
        self.gradient, self.update = [], []

    def on_gradient(self, training):
        if training.batch == training.batches:
            layer = training.model.layers[0].parameters()
            self.gradient.append(rms([p.grad for p in layer]))
            self.before = [p.data for p in layer]

    def on_batch_end(self, training):
        if training.batch == training.batches:
            moved = [p.data - b for p, b in zip(training.model.layers[0].parameters(), self.before)]
            self.update.append(rms(moved) / rms(self.before))


# What it records ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_gradients_and_steps_of_a_layer(Value):
    monitor, truth = nn.Monitor(), Truth()
    train(monitor, truth)
    layer = monitor.layers["layers.0"]
    assert monitor.epochs == list(range(1, 13))
    assert layer["gradient"] == pytest.approx(truth.gradient, rel=1e-12)
    assert layer["update"] == pytest.approx(truth.update, rel=1e-12)
    assert len(layer["saturated"]) == 12


def test_the_epochs_that_are_measured():
    for every, epochs, wanted in [
        (None, 3, [1, 2, 3]), (None, 90, [1, *range(3, 91, 3)]), (4, 10, [1, 4, 8, 10]),
    ]:  # fmt: skip
        monitor = nn.Monitor(every=every, boundary=False)
        train(monitor, epochs=epochs, data=moons(10), net=nn.MLP(2, [2], seed=0))
        assert monitor.epochs == wanted


@pytest.mark.slow
def test_a_watched_training_is_the_same_training(Value):
    def run(*callbacks):
        net = nn.Sequential(nn.Linear(2, 8, seed=1), nn.ReLU(), nn.Dropout(0.3, seed=2),
                            nn.Linear(8, 2, seed=3))  # fmt: skip
        random.seed(5)
        _, history = train(*callbacks, net=net, epochs=4, compile=False)
        return net.state_dict(), history.columns, random.random()

    monitor = nn.Monitor(every=1)
    assert run(monitor) == run()
    before = [p.data for p in monitor.parameters]
    assert len(monitor.surfaces) == 3
    monitor.figure()
    assert [p.data for p in monitor.parameters] == before
    assert monitor.model.training


def test_saturated_tanh_units(Value):
    net, data = nn.MLP(2, [6, 2], nn.tanh, seed=1), moons()
    for k, bias in enumerate((8.0, -9.0, 0.0, 2.0, 1.0, 0.0)):
        net.layers[0].b[k].data = bias
    slopes = [[1.0 - unit.data**2 for unit in net.layers[0](x)] for x in data.x]
    means = [sum(column) / len(column) for column in zip(*slopes)]
    wanted = sum(mean < 0.05 for mean in means) / 6
    assert 0.0 < wanted < 1.0
    assert Saturation(net, data.x).shares() == {"layers.0": wanted}  # the last layer has no units


def test_dead_relu_units_are_saturated_whichever_module_made_them(Value):
    data = moons(20)
    net = nn.Sequential(nn.Linear(2, 5, seed=1), nn.ReLU(), nn.Linear(5, 2, seed=2))
    net[0].bias[2].data = net[0].bias[4].data = -100.0
    net[2].bias[0].data = -100.0  # without an activation: no matter
    shares = Saturation(net, data.x).shares()
    alive = [[float(z.data > 0.0) for z in net[0](x)] for x in data.x]
    means = [sum(column) / len(column) for column in zip(*alive)]
    assert shares == {"0": sum(mean < 0.05 for mean in means) / 5}
    assert len(nn.dead_units(net, data.x)["1"]) / 5 == shares["0"] >= 0.4


def test_a_falling_activation_is_not_saturated(Value):
    class Falling(nn.Module):
        def __init__(self):
            self.first = nn.Linear(1, 1, seed=0)

        def forward(self, x):
            return [z.erfc() for z in self.first(x)]

    net = Falling()
    net.first.weight[0][0].data = net.first.bias[0].data = 0.1
    assert Saturation(net, [[0.5]]).shares() == {"first": 0.0}
    net.first.bias[0].data = 9.0
    assert Saturation(net, [[0.5]]).shares() == {"first": 1.0}


def test_saturation_of_a_model_that_cannot_be_traced(Value):
    class Odd(nn.Module):
        def __init__(self):
            self.first = nn.Linear(2, 3, seed=0)

        def forward(self, x):
            scale = 2.0 if math.floor(float(getattr(x[0], "data", x[0]))) % 2 else 1.0
            return [nn.tanh(scale * z) for z in self.first(x)]

    assert set(Saturation(Odd(), [[0.5, 1.0], [1.5, 2.0]]).shares()) == {"first"}
    assert Saturation(lambda x: x, [[0.5]]).shares() == {}
    assert Saturation(nn.MLP(2, [1]), []).shares() == {}


@pytest.mark.slow
def test_the_boundary_before_training_and_after(Value):
    monitor, data = nn.Monitor(), moons()
    at_first = nn.MLP(2, [6, 2], nn.tanh, seed=1)
    net, _ = train(monitor, data=data)
    assert sorted(monitor.surfaces) == [0, 2, 5]
    now = nn.Inspection(net, nn.cross_entropy, data)
    low, high, floor, ceiling = now.corners()
    for model, surface in ((at_first, monitor.surfaces[0]), (net, now.surface())):
        assert len(surface) == ROWS
        for i, j in ((0, 0), (COLUMNS - 1, 3), (17, ROWS - 1)):
            point = [
                low + (high - low) * i / (COLUMNS - 1),
                floor + (ceiling - floor) * j / (ROWS - 1),
            ]
            odds = [math.exp(z.data) for z in model(point)]
            assert surface[j][i] == pytest.approx([odd / sum(odds) for odd in odds], rel=1e-9)


LOSSES = {
    "hinge": (nn.hinge, (-1, 1), 0.0),
    "squares of 0 and 1": (nn.mse, (0.0, 1.0), 0.5),
    "squares of -1 and 1": (nn.mse, (-1.0, 1.0), 0.0),
    "logits": (nn.binary_cross_entropy_with_logits, (0, 1), 0.0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_threshold_of_a_single_output_is_that_of_the_loss(Value, name):
    loss, labels, threshold = LOSSES[name]
    data = moons(40)
    data = data._replace(y=[labels[y] for y in data.y], class_names=[])
    net = nn.MLP(2, [4, 1], seed=0)
    inspection = nn.Inspection(net, loss, data)
    for sample, x in zip(inspection.samples(), data.x):
        assert sample.prediction == labels[net(x)[0].data > threshold]
        assert sample.wrong == (sample.prediction != sample.target)
    share = inspection.surface()[3][4]
    assert sum(share) == pytest.approx(1.0)


# Single samples -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_worst_samples(Value):
    monitor, data = nn.Monitor(), moons()
    net, _ = train(monitor, data=data, epochs=2)
    classes = nn.predict_classes(net, data.x)
    wrong = [i for i, (found, y) in enumerate(zip(classes, data.y)) if found != y]
    assert wrong
    found = monitor.wrong(len(data.x))
    assert len(found) == 60
    assert sorted(sample.place for sample in found if sample.wrong) == wrong
    assert [sample.wrong for sample in found] == sorted((s.wrong for s in found), reverse=True)
    for sample in found:
        outputs, y = net(data.x[sample.place]), data.y[sample.place]
        assert sample.loss == pytest.approx(nn.cross_entropy(outputs, y).data, rel=1e-12)
        assert sample.target == data.class_names[y]
        assert sample.prediction == data.class_names[classes[sample.place]]
    losses = [sample.loss for sample in found if sample.wrong]
    assert losses == sorted(losses, reverse=True)
    counts = nn.Inspection(net, nn.cross_entropy, data).counts()
    assert counts == nn.confusion_matrix(classes, data.y)


@pytest.mark.slow
def test_wrong_samples_come_before_right_ones_of_a_larger_loss(Value):
    data = nn.datasets.spirals(60, arms=3)
    net = nn.MLP(2, [8, 3], nn.tanh, seed=3)
    found = nn.Inspection(net, nn.cross_entropy, data).wrong(60)
    wrong = [sample.loss for sample in found if sample.wrong]
    right = [sample.loss for sample in found if not sample.wrong]
    assert min(wrong) < max(right)
    assert [sample.loss for sample in found] == sorted(wrong)[::-1] + sorted(right)[::-1]


def test_the_graph_of_a_sample(Value):
    monitor, data = nn.Monitor(), moons()
    net, _ = train(monitor, data=data, epochs=2)
    loss = monitor.sample(7)
    nodes = topological_order(loss)
    inputs = {node.label: node for node in nodes if node.label in ("x", "y")}
    assert [inputs["x"].data, inputs["y"].data] == data.x[7]
    assert {"upper", "lower", "loss"} <= {node.label for node in nodes}
    weights = net.parameters()
    assert [w.grad for w in weights] == gradients(loss, weights)
    assert loss.data == nn.cross_entropy(net(data.x[7]), data.y[7]).data
    again = monitor.sample(7)  # gradients do not add up
    assert [w.grad for w in weights] == gradients(again, weights)
    with pytest.raises(IndexError, match="numbered from 0 to 59, got 60"):
        monitor.sample(60)


def test_numbers_instead_of_classes(Value):
    x = [[k / 10] for k in range(20)]
    y = [math.sin(row[0]) for row in x]
    monitor, net = nn.Monitor(), nn.MLP(1, [4, 1], nn.tanh, seed=0)
    train(monitor, net=net, data=nn.as_samples(x, y), loss=nn.mse, epochs=3)
    worst = monitor.wrong(1)[0]
    losses = [(net(row)[0].data - t) ** 2 for row, t in zip(x, y)]
    assert worst.loss == pytest.approx(max(losses))
    assert worst.target == y[worst.place]
    assert worst.prediction == pytest.approx(net(x[worst.place])[0].data)
    assert not worst.wrong
    assert [chart.label.partition(":")[0] for chart in monitor.figure().charts] == [
        "loss",
        "layers",
    ]
    with pytest.raises(ValueError, match="the targets are no classes"):
        nn.Inspection(net, nn.mse, nn.as_samples(x, y)).counts()


def test_a_plain_function_as_a_model(Value):
    slope, monitor = Value(1.0, "slope"), nn.Monitor()
    x = [k / 10 for k in range(20)]
    nn.fit(lambda x: slope * x, x, [2.0 * number for number in x], loss=nn.mse, epochs=3, seed=0,
           optimizer=nn.SGD([slope], lr=0.1), callbacks=[monitor])  # fmt: skip
    assert list(monitor.layers) == ["parameters"]
    assert all(map(math.isnan, monitor.layers["parameters"]["saturated"]))
    assert {node.label for node in topological_order(monitor.sample(3))} >= {"x", "slope", "loss"}


def test_the_mean_loss(Value):
    data, net = moons(), nn.MLP(2, [3, 2], seed=0)
    found = nn.Inspection(net, nn.cross_entropy, data).mean()
    wanted = nn.cross_entropy([net(x) for x in data.x], data.y)
    assert found.data == pytest.approx(wanted.data, rel=1e-12)
    own = [p.grad for p in net.parameters()]
    assert own == pytest.approx(gradients(wanted, net.parameters()), rel=1e-9)


# Errors, interrupted trainings --------------------------------------------------------------------


def test_weights_of_0_have_no_share_to_move_by():
    monitor, net = nn.Monitor(), nn.MLP(2, [2], seed=0)
    for p in net.parameters():
        p.data = 0.0
    train(monitor, net=net, epochs=1, batch_size=60)
    assert math.isnan(monitor.layers["layers.0"]["update"][0])
    assert "step / weight no numbers" in monitor.figure().charts[1].label


def test_what_is_asked_wrongly():
    with pytest.raises(ValueError, match="every is a whole number of at least 1, got 0"):
        nn.Monitor(every=0)
    for ask in (nn.Monitor().figure, nn.Monitor().wrong, lambda: nn.Monitor().sample(0)):
        with pytest.raises(RuntimeError, match="has not seen a training yet"):
            ask()
    assert nn.Monitor()._repr_mimebundle_() == {"text/plain": "<Monitor: nothing yet>"}
    with pytest.raises(ValueError, match="two features; here are 4 features and 3 classes"):
        train(nn.Monitor(boundary=True), net=nn.MLP(4, [3]), data=nn.datasets.iris())


def test_a_training_that_stops_early_or_diverges():
    monitor = nn.Monitor()
    train(nn.EarlyStopping(patience=1, min_delta=10.0), monitor, epochs=40)
    assert len(monitor.history) == 2
    best = [p.data for p in monitor.parameters]  # restored, not those of the last epoch
    assert "epoch 2" in monitor.figure().charts[-1].label
    assert [p.data for p in monitor.parameters] == best
    monitor = nn.Monitor()
    with pytest.raises(nn.NotFiniteError):
        train(monitor, net=nn.MLP(2, [2], seed=0), optimizer=lambda p: nn.SGD(p, lr=1e308))
    with pytest.raises(RuntimeError, match="nothing to draw"):
        monitor.figure()


@pytest.mark.slow
def test_a_training_that_is_resumed(tmp_path, Value):
    def run(epochs, path, seed=1):
        monitor, net = nn.Monitor(every=2), nn.MLP(2, [6, 2], nn.tanh, seed=seed)
        checkpoint = nn.Checkpoint(path, resume=True)
        train(monitor, checkpoint, net=net, epochs=epochs, data=moons(20))
        return monitor

    run(4, tmp_path / "a.json")
    resumed, whole = run(8, tmp_path / "a.json", seed=2), run(8, tmp_path / "b.json")
    assert resumed.epochs == whole.epochs == [1, 2, 4, 6, 8]
    for path, columns in whole.layers.items():
        for name, column in columns.items():
            assert resumed.layers[path][name] == pytest.approx(column, nan_ok=True)
    for row, wanted in zip(resumed.surfaces[0], whole.surfaces[0]):
        assert row == [pytest.approx(place, abs=1e-4) for place in wanted]
    assert json.loads(json.dumps(whole.state_dict())) == whole.state_dict()


# Pictures -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_figure(tmp_path):
    data = moons(80)
    monitor = nn.Monitor()
    train(monitor, data=data, validation_data=(moons(20).x, moons(20).y), metrics="accuracy")
    figure = monitor.figure()
    titles = [chart.label.partition(":")[0] for chart in figure.charts]
    assert titles == ["loss", "accuracy", "layers", "before training", "epoch 5", "epoch 12"]
    assert "val_loss from" in figure.charts[0].label
    ElementTree.fromstring(figure.svg)
    assert figure.svg == monitor.figure().svg
    assert set(monitor._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert figure.save(tmp_path / "a.svg").read_text(encoding="utf-8") == figure.svg


@pytest.mark.slow
def test_in_the_page_a_wrong_sample_leads_to_its_steps(tmp_path):
    monitor = nn.Monitor()
    train(monitor, epochs=2)
    wrong = [sample.place for sample in monitor.wrong(8) if sample.wrong]
    page = monitor.figure().save(tmp_path / "training.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="#([\w-]+)"', page)
    assert sorted(links) == sorted(f"sample-{i}" for i in wrong)
    assert wrong
    for key in links:
        assert f'<section id="{key}"' in page
    assert "taken for" in page


@pytest.mark.slow
def test_nothing_is_drawn_outside_a_notebook():
    program = (
        "import nn, sys; m = nn.Monitor(live=True);"
        "nn.fit(nn.MLP(2, [2]), nn.datasets.xor(), loss=nn.cross_entropy, optimizer=nn.Adam,"
        " callbacks=[m]); print(sorted(n for n in sys.modules if 'IPython' in n or 'charts' in n))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


NOTEBOOK = [find for find in ("nbclient", "ipykernel") if importlib.util.find_spec(find) is None]


@pytest.mark.skipif(bool(NOTEBOOK), reason=f"{' and '.join(NOTEBOOK)} not installed")
@pytest.mark.filterwarnings("ignore")
def test_in_a_notebook_one_picture_is_kept_up_to_date():
    import nbclient
    import nbformat

    cells = [
        nbformat.v4.new_code_cell(
            "import nn\nmonitor = nn.Monitor()\n"
            "history = nn.fit(nn.MLP(2, [8, 2], seed=0), nn.datasets.moons(50), epochs=400,\n"
            "                 loss=nn.cross_entropy, optimizer=nn.Adam, seed=0, progress=False,\n"
            "                 callbacks=[monitor])"
        ),
        nbformat.v4.new_code_cell("monitor"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=300).execute()
    for cell in notebook.cells:
        (output,) = cell.outputs  # replaced in place, not appended
        assert set(output.data) == {"image/svg+xml", "text/plain"}
        assert "epoch 400" in output.data["image/svg+xml"]


# What people pass, and what they read -------------------------------------------------------------


def test_a_layer_without_activations_has_no_numbers_of_saturation():
    monitor = nn.Monitor(boundary=False)
    train(monitor, net=nn.MLP(2, [2], seed=1), epochs=1)
    label = str(monitor.figure())
    assert "saturated no numbers" in label
    assert "nan" not in label
    assert "training, 1 epoch:" in label
    assert repr(monitor).startswith("<Monitor: 1 epoch, ")
    assert "; 1 layer>" in repr(monitor)


@pytest.mark.parametrize("name", ["curves", "boundaries", "figure", "wrong"])
def test_a_monitor_that_has_seen_nothing_says_so(name):
    with pytest.raises(RuntimeError, match="has not seen a training yet"):
        getattr(nn.Monitor(), name)()


@pytest.mark.parametrize("data", [None, ([[1.0, 2.0]], [1]), nn.as_samples([[1.0, 2.0]])])
def test_an_inspection_wants_samples_with_targets(data):
    with pytest.raises(TypeError, match=r"as_samples\(x, y\); got"):
        nn.Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, data)


@pytest.mark.parametrize("i", [-1, 60, 1.0, None])
def test_there_is_no_such_sample(i):
    inspection = nn.Inspection(nn.MLP(2, [2], seed=0), nn.cross_entropy, moons())
    for look in (inspection.sample, inspection.describe, inspection.section):
        with pytest.raises(IndexError, match="numbered from 0 to 59, got"):
            look(i)
