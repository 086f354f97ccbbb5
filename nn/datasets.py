"""Data to learn from: Iris (bundled, measured) and xor and moons (made)."""

from __future__ import annotations

import csv
import math
import random
from importlib.resources import files
from typing import NamedTuple


class Dataset(NamedTuple):
    """Rows of features with a class each, and what the columns and classes are called."""

    x: list[list[float]]
    y: list[int]
    feature_names: list[str]
    class_names: list[str]


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
    with (files("nn") / "data" / "iris.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(line for line in file if not line.startswith("#"))
    names = list(dict.fromkeys(row[-1] for row in rows))
    features = [[float(entry) for entry in row[:-1]] for row in rows]
    return Dataset(features, [names.index(row[-1]) for row in rows], header[:-1], names)


def xor() -> Dataset:
    """Exclusive or: four points, the class 1 where exactly one input is 1.

    >>> import nn
    >>> nn.datasets.xor().y
    [0, 1, 1, 0]
    """
    points = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    return Dataset(points, [int(a != b) for a, b in points], ["a", "b"], ["equal", "different"])


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Dataset:
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
    if n < 2:
        raise ValueError(f"moons wants at least 2 points, got {n!r}")
    rng = random.Random(seed)
    x, y = [], []
    sizes = (n - n // 2, n // 2)
    for label, size in enumerate(sizes):
        for i in range(size):
            angle = math.pi * i / max(size - 1, 1)
            along, up = math.cos(angle), math.sin(angle)
            point = (1.0 - along, 0.5 - up) if label else (along, up)
            x.append([coordinate + rng.gauss(0.0, noise) for coordinate in point])
            y.append(label)
    return Dataset(x, y, ["x", "y"], ["upper", "lower"])
