"""Plots: what they show, read back from the Axes."""

import pytest

import nn

pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def test_history_shows_each_measure_beside_its_validation():
    columns = {"loss": [1.0, 0.5], "accuracy": [0.5, 0.9], "val_loss": [1.1, 0.7]}
    loss, accuracy = nn.History(columns).plot()
    assert [axes.get_ylabel() for axes in (loss, accuracy)] == ["loss", "accuracy"]
    assert [list(line.get_ydata()) for line in loss.lines] == [[1.0, 0.5], [1.1, 0.7]]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]
    assert list(accuracy.lines[0].get_xdata()) == [1, 2]
    assert nn.History(columns).plot([loss, accuracy])[0] is loss


def test_decision_boundary_shows_the_classes(Value):
    data = nn.datasets.spirals(30, arms=3)
    axes = nn.plots.decision_boundary(nn.MLP(2, [4, 3], seed=0), data, steps=8)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == data.class_names
    dots = [found for found in axes.collections if hasattr(found, "get_sizes")]
    assert [len(found.get_offsets()) for found in dots] == [10, 10, 10]
    signs = [2 * label - 1 for label in nn.datasets.moons(10).y]
    one = nn.MLP(2, [1], seed=0)
    axes = nn.plots.decision_boundary(one, nn.datasets.moons(10).x, signs, steps=8, threshold=0.0)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["-1", "1"]
    with pytest.raises(ValueError, match="a plane has two features, the samples have 4"):
        nn.plots.decision_boundary(nn.MLP(4, [3]), nn.datasets.iris())


def test_confusion_matrix_shows_the_counts():
    axes = nn.plots.confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2], class_names=["a", "b", "c"])
    assert [text.get_text() for text in axes.texts] == ["1", "0", "0", "0", "1", "0", "0", "1", "1"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]


def test_parameters_show_each_layer(Value, tmp_path):
    model = nn.MLP(2, [3, 1], seed=0)
    nn.mse(model([1.0, 2.0]), 0.0).backward()
    weights, gradients = nn.plots.parameters(model)
    assert [text.get_text() for text in weights.get_yticklabels()] == ["layers.0", "layers.1"]
    assert gradients.get_title(loc="left") == "gradients"
    gradients.figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000
    axes = nn.plots.parameters(nn.Neuron(3, seed=0), gradients=False)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Neuron"]


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"autograd_lite\[plots\]"):
        nn.History({"loss": [1.0]}).plot()
