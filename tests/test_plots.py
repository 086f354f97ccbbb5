"""Plots: what they show, read from their words and their SVG."""

import re

import pytest

import nn
from autograd_lite.views.charts import histograms


def test_history_shows_each_measure_beside_its_validation():
    columns = {"loss": [1.0, 0.5], "accuracy": [0.5, 0.9], "val_loss": [1.1, 0.7]}
    picture = nn.History(columns).plot()
    assert str(picture) == (
        "loss: loss from 1 to 0.5, val_loss from 1.1 to 0.7; accuracy: from 0.5 to 0.9"
    )
    assert nn.plots.history(nn.History(columns)).svg == picture.svg
    with pytest.raises(ValueError, match="at least one chart"):
        nn.History().plot()


def test_decision_boundary_shows_the_classes(Value):
    data = nn.datasets.spirals(30, arms=3)
    chart = nn.plots.decision_boundary(nn.MLP(2, [4, 3], seed=0), data, steps=8)
    assert chart.label == "decision boundary: 30 samples of 3 classes"
    named = re.findall("sample [0-9]+: (arm [0-9])</title>", chart.svg)
    assert [named.count(name) for name in data.class_names] == [10, 10, 10]
    signs = [2 * label - 1 for label in nn.datasets.moons(10).y]
    one = nn.MLP(2, [1], seed=0)
    chart = nn.plots.decision_boundary(one, nn.datasets.moons(10).x, signs, steps=8, threshold=0.0)
    assert {"sample 0: -1", "sample 9: 1"} <= set(re.findall("<title>(.*?)</title>", chart.svg))
    with pytest.raises(ValueError, match="a plane has two features, the samples have 4"):
        nn.plots.decision_boundary(nn.MLP(4, [3]), nn.datasets.iris())


def test_a_boundary_lies_where_the_model_is_undecided(Value):
    steep = nn.Layer(2, 1, activation=None)
    for p, number in zip(steep.parameters(), (100.0, 0.0, 0.0)):
        p.data = number
    points = [[-1.0, -1.0], [1.0, 1.0]]
    chart = nn.plots.decision_boundary(steep, points, [0, 1], steps=21, threshold=0.0)
    line = re.search('<path [^>]*d="(M[^"]*)" fill="none" stroke-width="1.4"', chart.svg)
    across = {float(x) for x in re.findall("[ML ]([0-9.]+) [0-9.]+", line[1])}
    assert across == {chart.width / 2}


def test_confusion_matrix_shows_the_counts():
    chart = nn.plots.confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2], class_names=["a", "b", "c"])
    assert chart.label == "confusion matrix: 3 of 4 right; 1 c taken for b"


def test_parameters_show_each_layer(Value, tmp_path):
    model = nn.MLP(2, [3, 1], seed=0)
    nn.mse(model([1.0, 2.0]), 0.0).backward()
    picture = nn.plots.parameters(model)
    assert re.fullmatch(
        r"weights: layers\.0 rms [0-9.]+, layers\.1 rms [0-9.]+; "
        r"gradients: layers\.0 rms [0-9.]+, layers\.1 rms [0-9.]+", str(picture)
    )  # fmt: skip
    picture.save(tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").read_text() == picture.svg
    assert str(nn.plots.parameters(nn.Neuron(3, seed=0), gradients=False)).startswith(
        "weights: Neuron rms "
    )


def test_bars_of_a_histogram_are_as_high_as_there_are_numbers():
    chart = histograms({"one": [-1.0, -1.0, 1.0], "none": [float("nan")]}, width=41.0)
    one, none = re.findall('d="M0 [0-9.]+(L[^"]*)V', chart.svg)
    heights = [float(y) for y in re.findall("L[0-9.]+ ([0-9.]+)", one)]
    floor = heights[20]
    assert floor - heights[0] == 2 * (floor - heights[-1]) == 26.0
    assert len(set(re.findall("L[0-9.]+ ([0-9.]+)", none))) == 1
    with pytest.raises(ValueError, match="at least one row"):
        histograms({})
