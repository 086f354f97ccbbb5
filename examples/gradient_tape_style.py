"""TensorFlow's GradientTape example in nn: the loop of training, written out.

    python examples/gradient_tape_style.py

A tutorial's program, with its mistakes put right:
- It multiplies float64 data by float32 weights, and fails; here all numbers are float64.
- It says "a hidden layer and an output layer" and has one unit; here are both layers.
- It calls y_hat - y the derivative of cross-entropy by the activation; it is that by the logit z.
- Its cross-entropy is a sum over samples where its MSE is a mean; here `reduction` says which.

The targets are noise, uniform on [0, 1], so the loss has a floor: their variance. That is 1/12 of
the distribution, and of 100 samples 1/12 give or take 0.007.
"""

from __future__ import annotations

import random
from statistics import pvariance
from typing import Any

import nn
from autograd_lite import sigmoid


class NeuralNetwork:
    """x -> 4 sigmoid units -> 1 sigmoid unit."""

    def __init__(self, x: list[list[float]], y: list[float], seed: int = 0) -> None:
        self.x, self.y = x, y
        self.layers = nn.MLP(1, [4, 1], sigmoid, seed=seed)

    def forward(self) -> list[Any]:
        return [sigmoid(self.layers(x)[0]) for x in self.x]

    def loss(self) -> Any:
        return nn.mse(self.forward(), self.y, reduction="mean")

    def train(self, epochs: int) -> list[float]:
        optimizer, losses = nn.SGD(self.layers.parameters(), lr=0.01), []
        for epoch in range(epochs):
            loss = self.loss()  # arithmetic records itself, as under a GradientTape
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
            if epoch == 0 or (epoch + 1) % 100 == 0:
                print(f"Epoch {epoch + 1}, Loss: {loss.data:.6f}")
        return losses


if __name__ == "__main__":
    rng = random.Random(0)
    x, y = [[rng.random()] for _ in range(100)], [rng.random() for _ in range(100)]
    NeuralNetwork(x, y).train(epochs=1000)
    print(f"the floor, the variance of these targets: {pvariance(y):.6f} (of all: {1 / 12:.6f})")
