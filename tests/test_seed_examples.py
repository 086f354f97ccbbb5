"""The tutorials' Keras and TensorFlow examples: down to the variance of their noise, not below."""

import importlib
import random
from pathlib import Path
from statistics import pvariance

import pytest

import autograd_lite as ag
import nn

EXAMPLES = Path(__file__).parent.parent / "examples"
FLOOR = 1 / 12


@pytest.fixture
def example(monkeypatch):
    """Imports an example, on the native engine; the other one takes minutes."""
    if ag.NativeValue is None:
        pytest.skip("the native engine is not built")
    monkeypatch.setattr(ag, "Value", ag.NativeValue)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_keras_example_reaches_the_floor(example, seed):
    history = example("keras_style").example(seed=seed)
    assert history.epochs == 10
    assert history["loss"][0] > 1.2 * FLOOR
    assert history["loss"][-1] == pytest.approx(FLOOR, rel=0.07)
    assert history["val_loss"][-1] == pytest.approx(FLOOR, rel=0.1)


@pytest.mark.slow
def test_below_the_floor_it_has_learned_noise_by_heart(example):
    history = example("keras_style").example(epochs=300)
    assert history["loss"][-1] < 0.75 * FLOOR
    assert history["val_loss"][-1] > 1.2 * FLOOR


@pytest.mark.slow
def test_the_gradient_tape_example_reaches_the_floor(example, capsys):
    rng = random.Random(0)
    x, y = [[rng.random()] for _ in range(100)], [rng.random() for _ in range(100)]
    losses = example("gradient_tape_style").NeuralNetwork(x, y).train(epochs=1000)
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 1.02 * pvariance(y)
    assert losses[-1] == pytest.approx(pvariance(y), rel=1e-3)
    assert losses[-1] == pytest.approx(FLOOR, rel=0.05)
    assert len(capsys.readouterr().out.splitlines()) == 11


def test_the_slope_of_cross_entropy_by_the_logit(Value):
    z = Value(0.3)
    p = z.sigmoid()
    nn.binary_cross_entropy(p, 1.0).backward()
    assert z.grad == pytest.approx(p.data - 1.0, rel=1e-12)
    assert p.grad == pytest.approx(-1.0 / p.data, rel=1e-12)
