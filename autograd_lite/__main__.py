"""python -m autograd_lite: train a net on real data and show what it learned and how.

The whole path in one place: data, model, loss, gradients, descent, a test on unseen data, and the
computation graph of one prediction.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

import nn

from . import Value, draw_dot, no_grad, softmax, tanh

Samples = list[tuple[list[float], int]]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = parse(arguments)
    started = time.perf_counter()
    data = load(options.data, options.seed)
    train, test = split(data, options.seed)
    model = nn.MLP(
        len(data.feature_names), [*options.layers, len(data.class_names)], tanh, seed=options.seed
    )
    print(
        f"{options.data}: {len(train)} samples to train on, {len(test)} held out; "
        f"{len(model.parameters())} parameters"
    )
    curve = fit(model, train, options)
    loss, accuracy = evaluate(model, test)
    print(
        f"train loss {curve[-1]:.4g}   test loss {loss:.4g}   test accuracy {accuracy:.1%}"
        f"   ({time.perf_counter() - started:.1f} s)"
    )
    for line in write(options.output, data, model, test, curve):
        print(line)
    return 0 if math.isfinite(curve[-1]) else 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options; a bad one ends the program with one clear line and exit code 2."""
    parser = Parser(
        prog="python -m autograd_lite",
        description="Train a multilayer perceptron on real data with gradients from autograd_lite, "
        "test it on held-out samples, and draw the loss curve and one prediction's graph.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--data", choices=["iris", "moons"], default="iris", help="data set")
    parser.add_argument(
        "--layers", type=_widths, default="8", metavar="N,N,...", help="widths of hidden layers"
    )
    parser.add_argument(
        "--epochs", type=_at_least(1, int), default=60, metavar="N", help="passes over the data"
    )
    parser.add_argument(
        "--batch", type=_at_least(1, int), default=10, metavar="N", help="samples per update"
    )
    parser.add_argument(
        "--lr", type=_at_least(0, float), default=0.1, metavar="RATE", help="learning rate"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of split, weights and shuffling"
    )
    parser.add_argument(
        "--output",
        type=_folder,
        default="autograd_lite_output",
        metavar="FOLDER",
        help="where the loss curve and the graph are written",
    )
    return parser.parse_args(arguments)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def _widths(text: str) -> list[int]:
    widths = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    if not all(widths):
        raise argparse.ArgumentTypeError(f"expected widths from 1 up, as 16 or 8,8; got {text!r}")
    return widths


def _at_least(least: int, kind: type) -> Any:
    def number(text: str) -> Any:
        try:
            n = kind(text)
        except ValueError:
            n = math.nan
        if not (n > 0 and least <= n < math.inf):
            wanted = f"a whole number of at least {least}" if kind is int else "a number above 0"
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
        return n

    return number


def _folder(text: str) -> Path:
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "loss.csv").touch()
    except OSError as error:
        reason = f"cannot write to the folder {text!r}: {error.strerror}"
        raise argparse.ArgumentTypeError(reason) from None
    return path


def load(name: str, seed: int) -> nn.datasets.Dataset:
    """A data set by its name."""
    return nn.datasets.iris() if name == "iris" else nn.datasets.moons(200, seed=seed)


def split(data: nn.datasets.Dataset, seed: int) -> tuple[Samples, Samples]:
    """Four fifths to train on and one fifth to test with, the same share of each class.

    Features are shifted and scaled to mean 0 and deviation 1 as seen in the training part.
    """
    rng = random.Random(seed)
    train: Samples = []
    test: Samples = []
    for label in range(len(data.class_names)):
        members = [(x, y) for x, y in zip(data.x, data.y) if y == label]
        rng.shuffle(members)
        cut = len(members) // 5
        test += members[:cut]
        train += members[cut:]
    columns = list(zip(*(x for x, _ in train)))
    means = [math.fsum(c) / len(c) for c in columns]
    spreads = [
        math.sqrt(math.fsum((v - m) ** 2 for v in c) / len(c)) or 1.0
        for c, m in zip(columns, means)
    ]

    def scaled(samples: Samples) -> Samples:
        return [([(v - m) / s for v, m, s in zip(x, means, spreads)], y) for x, y in samples]

    return scaled(train), scaled(test)


def fit(model: nn.Module, train: Samples, options: argparse.Namespace) -> list[float]:
    """Mini-batch gradient descent; returns the mean training loss of each epoch."""
    rng = random.Random(options.seed)
    optimizer = nn.SGD(model.parameters(), lr=options.lr, momentum=0.9)
    samples, curve = list(train), []
    progress = tqdm(range(options.epochs), desc="training", unit="epoch", disable=None)
    for _ in progress:
        rng.shuffle(samples)
        total = 0.0
        for start in range(0, len(samples), options.batch):
            batch = samples[start : start + options.batch]
            loss = nn.cross_entropy([model(x) for x, _ in batch], [y for _, y in batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.data * len(batch)
        curve.append(total / len(samples))
        progress.set_postfix(loss=f"{curve[-1]:.4g}")
        if not math.isfinite(curve[-1]):
            progress.close()
            print("the loss is no longer finite: try a smaller --lr", file=sys.stderr)
            break
    return curve


def evaluate(model: nn.Module, samples: Samples) -> tuple[float, float]:
    """Mean loss and accuracy."""
    with no_grad():
        outputs = [model(x) for x, _ in samples]
        loss = nn.cross_entropy(outputs, [y for _, y in samples])
    hits = sum(max(out) is out[y] for out, (_, y) in zip(outputs, samples))
    return loss.data, hits / len(samples)


def write(
    folder: Path, data: nn.datasets.Dataset, model: nn.Module, test: Samples, curve: list[float]
) -> list[str]:
    """Write the loss curve and the graph of one prediction; returns what to tell the user."""
    with (folder / "loss.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("epoch", "loss"), *enumerate(curve, start=1)])
    told = [f"loss curve: {plot(folder, curve)}"]

    features, label = test[0]
    inputs = [Value(v, name) for v, name in zip(features, data.feature_names)]
    probabilities = softmax(model(inputs))
    for probability, name in zip(probabilities, data.class_names):
        probability.label = f"P({name})"
    best = max(probabilities)
    best.backward()
    graph = draw_dot(best)
    told.append(
        f"graph of one prediction ({best.label} = {best.data:.3f}, "
        f"truly {data.class_names[label]}): {graph.save_picture(folder / 'prediction')}"
    )
    return told


def plot(folder: Path, curve: list[float]) -> str:
    """Draw the loss curve if matplotlib is installed; returns where it is."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return f"{folder / 'loss.csv'} (for a picture: pip install 'autograd_lite[plots]')"
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(range(1, len(curve) + 1), curve, color="#1a5fbd", linewidth=2)
    axes.set(xlabel="epoch", ylabel="training loss", ylim=(0.0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb")
    figure.savefig(folder / "loss.svg")
    return str(folder / "loss.svg")


if __name__ == "__main__":
    sys.exit(main())
