"""Real data: the same net, trained for as long, in nn, scikit-learn and PyTorch.

    python examples/real_data.py [--folds 5] [--seed 0]

Iris comes with nn; breast cancer and the 8x8 digits come with scikit-learn. Each is cut into folds
with the same share of each class; each fold is tested by nets that were trained on the others. The
nets have the same shape, optimiser (Adam), learning rate, batches and number of epochs. Features
are scaled by mean and deviation of the training part.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import Any, NamedTuple

import nn
from autograd_lite import sigmoid, tanh


class Problem(NamedTuple):
    """A data set, and how a net is trained on it."""

    name: str
    data: nn.datasets.Dataset
    hidden: int
    epochs: int
    lr: float = 0.01
    batch: int = 32


def problems() -> list[Problem]:
    """Iris, and what scikit-learn brings."""
    found = [Problem("Iris", nn.datasets.iris(), hidden=8, epochs=60)]
    try:
        from sklearn.datasets import load_breast_cancer, load_digits
    except ImportError:
        return found
    return [
        *found,
        Problem("breast cancer", nn.as_samples(load_breast_cancer()), hidden=16, epochs=20),
        Problem("digits", nn.as_samples(load_digits()), hidden=32, epochs=20),
    ]


def with_nn(problem: Problem, x: Any, y: Any, x_test: Any, seed: int) -> list[int]:
    """The classes that our net gives to the test part."""
    net = nn.MLP(len(x[0]), [problem.hidden, len(problem.data.class_names)], tanh, seed=seed)
    nn.fit(
        net, x, y, loss=nn.cross_entropy, optimizer=nn.Adam(net.parameters(), lr=problem.lr),
        epochs=problem.epochs, batch_size=problem.batch, seed=seed,
    )  # fmt: skip
    return nn.predict_classes(net, x_test)


def with_sklearn(problem: Problem, x: Any, y: Any, x_test: Any, seed: int) -> list[int]:
    """The same with MLPClassifier."""
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        (problem.hidden,), "tanh", alpha=0.0, batch_size=problem.batch, random_state=seed,
        learning_rate_init=problem.lr, max_iter=problem.epochs, n_iter_no_change=problem.epochs,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it could be trained for longer
        return list(net.fit(x, y).predict(x_test))


def with_torch(problem: Problem, x: Any, y: Any, x_test: Any, seed: int) -> list[int]:
    """The same in PyTorch."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)  # faster at these sizes than more
    net = torch.nn.Sequential(
        torch.nn.Linear(len(x[0]), problem.hidden),
        torch.nn.Tanh(),
        torch.nn.Linear(problem.hidden, len(problem.data.class_names)),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=problem.lr)
    rows, classes = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    for _ in range(problem.epochs):
        for chosen in torch.randperm(len(x)).split(problem.batch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(rows[chosen]), classes[chosen]).backward()
            optimizer.step()
    with torch.no_grad():
        return net(torch.tensor(x_test, dtype=torch.float32)).argmax(1).tolist()


CONTESTANTS = {"nn": with_nn, "scikit-learn": with_sklearn, "PyTorch": with_torch}


def compare(problem: Problem, folds: int = 5, seed: int = 0) -> dict[str, Any]:
    """A row of the table: for each contestant the share of right answers, and the seconds."""
    data, row = problem.data, {"data": problem.name, "samples": len(problem.data.x)}
    for name, train_and_test in CONTESTANTS.items():
        right, seconds = 0, 0.0
        for train, test in nn.k_fold(data.y, folds, seed=seed, stratify=True):
            part = data._replace(x=[data.x[i] for i in train], y=[data.y[i] for i in train])
            held = data._replace(x=[data.x[i] for i in test], y=[data.y[i] for i in test])
            x, x_test = nn.datasets.scaled(part).x, nn.datasets.scaled(held, like=part).x
            started = time.perf_counter()
            try:
                found = train_and_test(problem, x, part.y, x_test, seed)
            except ImportError:
                right = -1
                break
            seconds += time.perf_counter() - started
            right += sum(a == b for a, b in zip(found, held.y))
        row[name] = f"{right / len(data.x):.1%}" if right >= 0 else "-"
        row[f"{name} s"] = round(seconds, 2)
    return row


def xor(units: int, seed: int = 0) -> float:
    """The squared error left on exclusive or, without a hidden layer (0 units) or with one."""
    data = nn.datasets.xor()
    net = nn.MLP(2, [units, 1] if units else [1], tanh, seed=seed)
    history = nn.fit(
        net, data.x, data.y, loss=lambda z, y: nn.mse(sigmoid(z[0]), y), epochs=500,
        optimizer=nn.Adam(net.parameters(), lr=0.05), batch_size=4, seed=seed, progress=False,
    )  # fmt: skip
    return history["loss"][-1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="nn, scikit-learn and PyTorch on real data")
    parser.add_argument("--folds", type=int, default=5, help="parts, each of which is tested once")
    parser.add_argument("--seed", type=int, default=0, help="of folds, weights and order")
    options = parser.parse_args()

    import_all()
    table = nn.Table(rows="problem")
    for problem in problems():
        table.add(compare(problem, options.folds, options.seed))
    print(table)
    print(f"xor: mean squared error {xor(0):.4f} of one unit, {xor(4):.4f} with a hidden layer")


def import_all() -> None:
    """Load the packages before the clock runs."""
    for name in ("sklearn.neural_network", "torch"):
        try:
            __import__(name)
        except ImportError:
            print(f"{name} is not installed")


if __name__ == "__main__":
    main()
