"""python -m autograd_lite: train a net on real data and show what it learned and how.

The whole path in one place: data, model, loss, gradients, descent, a test on unseen data, and a
page with all of it: how training went, what the model gets wrong, and predictions to step through.
A second page has the net as it was before: there the reader trains it.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

from . import doctor, draw, nn, softmax, tanh, topological_order
from .views.language import languages, say, speaking, spoken_here


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    if (sys.argv[1:] if arguments is None else arguments) == ["doctor"]:
        return doctor.main()
    options = parse(arguments)
    with speaking(options.language):
        return run(options)


def run(options: argparse.Namespace) -> int:
    """Train, test, and write the pages; returns the exit code."""
    started = time.perf_counter()
    if doctor.engine_missing():
        print(say("The Python engine serves, which is slower; why: python -m autograd_lite doctor"))
    data = load(options.data, options.seed)
    train, test = split(data, options.seed)
    model = net(options, data)
    print(
        say(
            "{data}: {train} samples to train on, {test} held out; {parameters} parameters",
            data=options.data,
            train=len(train.x),
            test=len(test.x),
            parameters=len(model.parameters()),
        )
    )
    monitor = nn.Monitor(live=False)
    try:
        history = nn.fit(
            model, train, loss=nn.cross_entropy, epochs=options.epochs,
            optimizer=descent(options, model),
            batch_size=options.batch, seed=options.seed,
            callbacks=[nn.CSVLogger(options.output / "loss.csv"), monitor],
        )  # fmt: skip
    except nn.NotFiniteError as error:
        print(f"try a smaller --lr: {error}", file=sys.stderr)
        return 1
    if not history:
        return 1  # Ctrl-C in the first epoch
    outputs = nn.predict(model, test.x)
    print(
        say(
            "train loss {train}   test loss {test}   test accuracy {accuracy}   ({seconds} s)",
            train=f"{mean_loss(nn.predict(model, train.x), train):.4g}",
            test=f"{mean_loss(outputs, test):.4g}",
            accuracy=f"{nn.accuracy(outputs, test.y):.1%}",
            seconds=f"{time.perf_counter() - started:.1f}",
        )
    )
    print(say("one prediction: {prediction}", prediction=predicted(outputs[0], test)))
    print(say("the loss of each epoch: {path}", path=options.output / "loss.csv"))
    page = write_page(options, monitor, train, test)
    print(say("all of it as a page, to be opened in a browser: {path}", path=page))
    played = write_playground(options, train, test)
    print(say("the same net before its training, to train it yourself: {path}", path=played))
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options; a bad one ends the program with one clear line and exit code 2."""
    parser = Parser(
        prog="python -m autograd_lite",
        description="Train a multilayer perceptron on real data with gradients from autograd_lite, "
        "test it on held-out samples, and write two pages: the loss curve, the mistakes and "
        "predictions to step through; and the net before its training, to train it there. "
        "`python -m autograd_lite doctor` says instead which engine and which parts are there.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--data", choices=["iris", "moons"], default="iris", help="data set")
    for name, kind, default, metavar, words in (
        ("--layers", _widths, "8", "N,N,...", "widths of hidden layers"),
        ("--epochs", _at_least(1, int), 60, "N", "passes over the data"),
        ("--batch", _at_least(1, int), 10, "N", "samples per update"),
        ("--lr", _at_least(0, float), 0.1, "RATE", "learning rate"),
        ("--seed", int, 0, "N", "of split, weights and shuffling"),
        ("--output", _folder, "autograd_lite_output", "FOLDER",
         "where the pages (index.html, playground.html) and loss.csv are written"),
    ):  # fmt: skip
        parser.add_argument(name, type=kind, default=default, metavar=metavar, help=words)
    parser.add_argument(
        "--language", choices=languages(), default=spoken_here(),
        help="of the pages and of what is printed",
    )  # fmt: skip
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


def net(options: argparse.Namespace, data: nn.datasets.Dataset) -> nn.MLP:
    """The net before its training."""
    widths = [*options.layers, len(data.class_names)]
    return nn.MLP(len(data.feature_names), widths, tanh, seed=options.seed)


def descent(options: argparse.Namespace, model: nn.MLP) -> nn.SGD:
    return nn.SGD(model.parameters(), lr=options.lr, momentum=0.9)


def mean_loss(outputs: list[list[float]], data: nn.datasets.Dataset) -> float:
    """The loss of a trained model; that of its last epoch was taken while it still learned."""
    loss: float = nn.cross_entropy(outputs, data.y).data
    return loss


def predicted(outputs: list[float], test: nn.datasets.Dataset) -> str:
    """What the model says of the first test sample, and how sure it is."""
    probabilities = softmax(outputs)
    best = probabilities.index(max(probabilities))
    names = test.class_names
    return say(
        "P({name}) = {share}, truly {target}",
        name=names[best], share=f"{probabilities[best]:.3f}", target=names[test.y[0]],
    )  # fmt: skip


def write_page(
    options: argparse.Namespace,
    monitor: nn.Monitor,
    train: nn.datasets.Dataset,
    test: nn.datasets.Dataset,
) -> Path:
    """Write how training went and what came of it as one page; returns its path."""
    from .views.charts import CHARTS_STYLE, counts, side_by_side
    from .views.output.page import Section, page
    from .views.stepper.stepper import step

    held_out = nn.Inspection(monitor.model, nn.cross_entropy, test)
    samples = held_out.samples()
    results = [[say("data"), say("samples"), say("loss"), say("accuracy")]]
    for name, part in ((say("training"), train), (say("held out"), test)):
        outputs = nn.predict(monitor.model, part.x)
        accuracy = nn.accuracy(outputs, part.y)
        loss = mean_loss(outputs, part)
        results.append([name, str(len(part.x)), f"{loss:.4g}", f"{accuracy:.1%}"])
    right = [sample.place for sample in samples if not sample.wrong][:1]
    worst = held_out.wrong(1)[0].place
    wrong = [sample.place for sample in held_out.wrong(1) if sample.wrong]
    charts = [*monitor.curves(), *monitor.strips()]
    if held_out.planar:
        links = {place: f"#sample-{place}" for place in right + wrong}
        charts += [held_out.boundary(title=say("held-out samples"), links=links)]
        charts += monitor.boundaries(3)
    else:
        count = sum(not s.wrong for s in samples)
        note = say("{right} of {total} right", right=count, total=len(samples))
        names = test.class_names
        charts += [
            counts(held_out.counts(), class_names=names, title=say("held-out samples"), note=note)
        ]
    sections = [
        Section(title=say("Training"), rows=results, html=side_by_side(charts)),
        Section(
            title=say("The model"),
            text=say("What the mean loss of the held-out samples is computed of, folded by layer."),
            view=draw(held_out.mean(), level="layer"),
        ),
        Section(
            title=say("All of its neurons"),
            text=say(
                "The held-out sample that the net has most wrong, and the gradient of its loss."
            ),
            view=draw(held_out.sample(worst), name_from=monitor.model),
        ),
        *(held_out.section(place, say("A right prediction: ")) for place in right),
        *(held_out.section(place, say("A wrong prediction: ")) for place in wrong),
        Section(
            title=say("One of its neurons"),
            text=say(
                "The first neuron of the first layer, operation by operation, for that sample."
            ),
            view=step(first_neuron(held_out.sample(right[0] if right else 0)), unfold=True),
        ),
    ]
    path: Path = options.output / "index.html"
    title = say(
        "{data}: a net of {parameters} parameters",
        data=options.data, parameters=len(monitor.parameters),
    )  # fmt: skip
    text = page(title, sections, style=CHARTS_STYLE, language=spoken_here())
    path.write_text(text, encoding="utf-8")
    return path


def write_playground(
    options: argparse.Namespace, train: nn.datasets.Dataset, test: nn.datasets.Dataset
) -> Path:
    """Write a page in which the reader trains the net; returns its path."""
    model = net(options, train)
    view = nn.playground(
        model, train, loss=nn.cross_entropy, optimizer=descent(options, model),
        batch_size=options.batch, validation_data=test, seed=options.seed,
    )  # fmt: skip
    return view.save(options.output / "playground.html")


def first_neuron(loss: Any) -> Any:
    """The first Value on the way to the loss that an activation made."""
    neuron = next(node for node in topological_order(loss) if node.op is tanh)
    neuron.label = "neuron"
    return neuron


if __name__ == "__main__":
    sys.exit(main())
