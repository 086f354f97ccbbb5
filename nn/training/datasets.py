"""Data to learn from: Iris, digits, names (bundled); xor, moons, circles and spirals (made)."""

from __future__ import annotations

import csv
import math
from importlib.resources import files

from autograd_lite.ieee import fsum

from ..init import generator
from .samples import Dataset as Dataset
from .samples import centre

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..init import Seed


def iris() -> Dataset:
    """Iris: 150 flowers, four lengths in cm each, three species of 50 flowers.

    Fisher (1936), "The use of multiple measurements in taxonomic problems"; measured by Anderson.
    From the UCI Machine Learning Repository (doi:10.24432/C56C76, CC BY 4.0), with its rows 35 and
    38 corrected to Fisher's published numbers.

    >>> import nn
    >>> data = nn.datasets.iris()
    >>> len(data.x), data.x[0], data.class_names[data.y[0]]
    (150, [5.1, 3.5, 1.4, 0.2], 'setosa')
    """
    header, *rows = _bundled("iris.csv")
    names = list(dict.fromkeys(row[-1] for row in rows))
    features = [[float(entry) for entry in row[:-1]] for row in rows]
    return Dataset(features, [names.index(row[-1]) for row in rows], header[:-1], names)


def digits() -> Dataset:
    """Handwritten digits: 1,797 pictures of 8 x 8 pixels, row by row, 0.0 (paper) to 16.0 (ink).

    Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits", its test set: digits
    by 13 people. From the UCI Machine Learning Repository (doi:10.24432/C50P49, CC BY 4.0).

    >>> import nn
    >>> data = nn.datasets.digits()
    >>> len(data.x), len(data.x[0]), data.class_names[data.y[0]], data.x[0][2:6]
    (1797, 64, '0', [5.0, 13.0, 9.0, 1.0])
    """
    _, *rows = _bundled("digits.csv")
    places = [f"pixel {i}, {j}" for i in range(8) for j in range(8)]
    pictures = [[float(int(pixel, 17)) for pixel in pixels] for pixels, _ in rows]
    return Dataset(pictures, [int(digit) for _, digit in rows], places, list("0123456789"))


def names() -> list[str]:
    """First names: 5,163 of the United States, in lower case from a to z, sorted, each once.

    U.S. Census Bureau (1990), "Frequently Occurring Surnames and First Names from the 1990
    Census": those that the census found most often, without how often. In the public domain.

    >>> import nn
    >>> names = nn.datasets.names()
    >>> len(names), names[:3], max(map(len, names))
    (5163, ['aaron', 'abbey', 'abbie'], 11)
    """
    return _lines("names.txt")


def xor() -> Dataset:
    """Exclusive or: four points, the class 1 where exactly one input is 1.

    >>> import nn
    >>> nn.datasets.xor().y
    [0, 1, 1, 0]
    """
    points = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    return Dataset(points, [int(a != b) for a, b in points], ["a", "b"], ["equal", "different"])


def moons(n: int = 100, noise: float = 0.1, seed: Seed = 0) -> Dataset:
    """Two interleaved half circles, n points in all.

    Args:
        n: number of points, at least 2.
        noise: standard deviation of the normal noise on both coordinates.
        seed: of the noise.

    >>> import nn
    >>> data = nn.datasets.moons(10)
    >>> len(data.x), sum(data.y)
    (10, 5)
    """
    points = []
    for label, count in enumerate(_halves("moons", n)):
        for i in range(count):
            angle = math.pi * i / max(count - 1, 1)
            along, up = math.cos(angle), math.sin(angle)
            points.append((label, 1.0 - along, 0.5 - up) if label else (label, along, up))
    return _scattered(points, noise, seed, ["upper", "lower"])


def circles(n: int = 100, noise: float = 0.05, factor: float = 0.5, seed: Seed = 0) -> Dataset:
    """A circle of radius 1 around a smaller one, n points in all.

    Args:
        n: number of points, at least 2.
        noise: standard deviation of the normal noise on both coordinates.
        factor: radius of the inner circle, between 0 and 1.
        seed: of the noise.

    >>> import nn
    >>> data = nn.datasets.circles(10, noise=0.0)
    >>> data.x[5], data.class_names[data.y[5]]
    ([0.5, 0.0], 'inner')
    """
    if not 0.0 < factor < 1.0:
        raise ValueError(f"circles wants a factor between 0 and 1, got {factor!r}")
    points = []
    for label, count in enumerate(_halves("circles", n)):
        radius = factor if label else 1.0
        for i in range(count):
            angle = 2.0 * math.pi * i / count
            points.append((label, radius * math.cos(angle), radius * math.sin(angle)))
    return _scattered(points, noise, seed, ["outer", "inner"])


def spirals(
    n: int = 100, noise: float = 0.02, turns: float = 1.0, arms: int = 2, seed: Seed = 0
) -> Dataset:
    """Arms that wind around one another from the middle to radius 1, n points in all.

    Args:
        n: number of points, at least one per arm.
        noise: standard deviation of the normal noise on both coordinates.
        turns: how often an arm winds around the middle.
        arms: number of arms, each a class of its own.
        seed: of the noise.

    >>> import nn
    >>> data = nn.datasets.spirals(90, arms=3)
    >>> [data.y.count(arm) for arm in range(3)]
    [30, 30, 30]
    """
    if arms < 1 or n < arms:
        raise ValueError(f"spirals wants at least one point per arm, got {n!r} for {arms!r} arms")
    points = []
    for label in range(arms):
        count = (n + arms - 1 - label) // arms
        for i in range(count):
            radius = (i + 1) / count
            angle = 2.0 * math.pi * (turns * radius + label / arms)
            points.append((label, radius * math.cos(angle), radius * math.sin(angle)))
    return _scattered(points, noise, seed, [f"arm {label}" for label in range(arms)])


def _scattered(
    points: list[tuple[int, float, float]], noise: float, seed: Seed, names: list[str]
) -> Dataset:
    """Points of classes, each with normal noise on both coordinates."""
    rng = generator(seed)
    x = [[coordinate + rng.gauss(0.0, noise) for coordinate in place] for _, *place in points]
    return Dataset(x, [label for label, *_ in points], ["x", "y"], names)


def scaled(data: Dataset, like: Dataset | None = None) -> Dataset:
    """The data with each feature shifted and scaled to mean 0 and deviation 1.

    A feature that is the same everywhere is shifted alone.

    Args:
        data: what to scale.
        like: take mean and deviation from here: from the training part, for a test part.

    >>> import nn
    >>> nn.datasets.scaled(nn.as_samples([[1.0], [3.0]], [0, 1])).x
    [[-1.0], [1.0]]
    """
    means, spreads = [], []
    for column in zip(*(data if like is None else like).x):
        mean, scale = centre(column)
        squares = [((v - mean) / scale) ** 2 for v in column if scale]
        means.append(mean)
        spreads.append(scale * math.sqrt(fsum(squares) / len(column)) or 1.0)
    return data._replace(x=[[(v - m) / s for v, m, s in zip(r, means, spreads)] for r in data.x])


def _bundled(name: str) -> list[list[str]]:
    """The rows of a table of data, the names of the columns first."""
    return list(csv.reader(_lines(name)))


def _lines(name: str) -> list[str]:
    """The lines of a file of data, without those that say where it is from."""
    text = (files(__package__.rpartition(".")[0]) / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _halves(name: str, n: int) -> tuple[int, int]:
    if n < 2:
        raise ValueError(f"{name} wants at least 2 points, got {n!r}")
    return n - n // 2, n // 2
