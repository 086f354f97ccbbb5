"""python -m autograd_lite: train a net on real data and show what it learned and how.

The whole path in one place: data, model, loss, gradients, descent, a test on unseen data, and the
computation graph of one prediction.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

import nn

from . import Value, draw_dot, softmax, tanh


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
        f"{options.data}: {len(train.x)} samples to train on, {len(test.x)} held out; "
        f"{len(model.parameters())} parameters"
    )
    try:
        history = nn.fit(
            model, train.x, train.y, loss=nn.cross_entropy, epochs=options.epochs,
            optimizer=nn.SGD(model.parameters(), lr=options.lr, momentum=0.9),
            batch_size=options.batch, seed=options.seed,
            callbacks=[nn.CSVLogger(options.output / "loss.csv")],
        )  # fmt: skip
    except nn.NotFiniteError as error:
        print(f"try a smaller --lr: {error}", file=sys.stderr)
        return 1
    if not history:
        return 1  # Ctrl-C in the first epoch
    outputs = nn.predict(model, test.x)
    print(
        f"train loss {history['loss'][-1]:.4g}   "
        f"test loss {nn.cross_entropy(outputs, test.y).data:.4g}   "
        f"test accuracy {nn.accuracy(outputs, test.y):.1%}   "
        f"({time.perf_counter() - started:.1f} s)"
    )
    print(f"loss curve: {plot(options.output, history)}")
    print(f"graph of one prediction {draw(options.output, model, test)}")
    return 0


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


def split(data: nn.datasets.Dataset, seed: int) -> tuple[nn.datasets.Dataset, nn.datasets.Dataset]:
    """Four fifths to train on and one fifth to test with, the same share of each class.

    Features are shifted and scaled to mean 0 and deviation 1 as seen in the training part.
    """
    rng = random.Random(seed)
    train, test = data._replace(x=[], y=[]), data._replace(x=[], y=[])
    for label in range(len(data.class_names)):
        members = [x for x, y in zip(data.x, data.y) if y == label]
        rng.shuffle(members)
        cut = len(members) // 5
        for part, chosen in ((test, members[:cut]), (train, members[cut:])):
            part.x.extend(chosen)
            part.y.extend([label] * len(chosen))
    return nn.datasets.scaled(train), nn.datasets.scaled(test, like=train)


def plot(folder: Path, history: nn.History) -> str:
    """Draw the loss curve if matplotlib is installed; returns where it is."""
    try:
        axes = history.plot()
    except ImportError:
        return f"{folder / 'loss.csv'} (for a picture: pip install 'autograd_lite[plots]')"
    axes.figure.savefig(folder / "loss.svg")
    return str(folder / "loss.svg")


def draw(folder: Path, model: nn.Module, test: nn.datasets.Dataset) -> str:
    """Draw the graph of the first test sample's prediction; returns what it is and where."""
    inputs = [Value(v, name) for v, name in zip(test.x[0], test.feature_names)]
    probabilities = softmax(model(inputs))
    for probability, name in zip(probabilities, test.class_names):
        probability.label = f"P({name})"
    best = max(probabilities)
    best.backward()
    return (
        f"({best.label} = {best.data:.3f}, truly {test.class_names[test.y[0]]}): "
        f"{draw_dot(best).save_picture(folder / 'prediction')}"
    )


if __name__ == "__main__":
    sys.exit(main())
