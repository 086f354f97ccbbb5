"""Keras's first example in nn: 64 ReLU units learn from pure noise, and how far they can get.

    python examples/keras_style.py

Inputs and targets are uniform on [0, 1] and have nothing to do with each other. So the best one can
say of a new target is its mean, 1/2, and the squared error left is the variance of the uniform
distribution, 1/12 = 0.0833 (of 1,000 samples: give or take 0.0024). No net, however large or long
trained, does better on samples that it has not seen. The training loss falls below that in many
epochs, but only by learning the noise by heart: on fresh samples the same net becomes worse.
"""

from __future__ import annotations

import random

import nn
from autograd_lite import backend

FLOOR = 1.0 / 12.0
Samples = tuple[list[list[float]], list[list[float]]]


def noise(n: int, rng: random.Random) -> Samples:
    """X = np.random.rand(n, 10) and y = np.random.rand(n, 1)."""
    return [[rng.random() for _ in range(10)] for _ in range(n)], [[rng.random()] for _ in range(n)]


def example(epochs: int = 10, seed: int = 0) -> nn.History:
    """Train as there; val_loss is that of as many fresh samples."""
    rng = random.Random(seed)
    x, y = noise(1000, rng)

    model = nn.Sequential()
    model.append(nn.Linear(10, 64, seed=rng))
    model.append(nn.ReLU())
    model.append(nn.Linear(64, 1, seed=rng))

    return nn.fit(
        model, x, y, loss=nn.mse, optimizer=nn.Adam, epochs=epochs, batch_size=32, seed=seed,
        validation_data=noise(1000, rng),
    )  # fmt: skip


def main() -> None:
    """The example, and what becomes of it in many epochs."""
    for epochs in (10, 300) if backend == "native" else (10,):  # minutes in Python
        history = example(epochs)
        print(history.text(10))
        print(
            f"{epochs} epochs, {history.seconds:.1f} s: {history['loss'][-1]:.4f} on the samples "
            f"learned from, {history['val_loss'][-1]:.4f} on fresh ones; the floor is {FLOOR:.4f}\n"
        )


if __name__ == "__main__":
    main()
