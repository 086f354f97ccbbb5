"""A scalar GPT: one layer, width 16, four heads, context 16, characters of names as tokens.

Written with operators and methods only, so that it runs on any Value with +, *, /, **, exp, log and
relu, and on bare floats; at the end once more as one would write it with autograd_lite.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import autograd_lite as ag

WIDTH, HEADS, CONTEXT, TOKENS = 16, 4, 16, 27


def parameters(make: Callable[[float], Any]) -> dict[str, list[list[Any]]]:
    """The matrices of the model, 4,192 numbers."""
    rng = random.Random(42)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[make(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

    return {
        "tokens": matrix(TOKENS, WIDTH),
        "places": matrix(CONTEXT, WIDTH),
        **{name: matrix(WIDTH, WIDTH) for name in ("query", "key", "value", "mix")},
        "up": matrix(4 * WIDTH, WIDTH),
        "down": matrix(WIDTH, 4 * WIDTH),
        "out": matrix(TOKENS, WIDTH),
    }


def linear(x: list[Any], matrix: list[list[Any]]) -> list[Any]:
    return [sum(w * v for w, v in zip(row, x)) for row in matrix]


def norm(x: list[Any]) -> list[Any]:
    scale = (sum(v * v for v in x) / len(x) + 1e-5) ** -0.5
    return [v * scale for v in x]


def softmax(xs: list[Any], exp: Callable[[Any], Any], number: Callable[[Any], float]) -> list[Any]:
    top = max(number(x) for x in xs)
    powers = [exp(x - top) for x in xs]
    total = sum(powers)
    return [p / total for p in powers]


def tokens_of(name: str) -> list[int]:
    """The name's letters as numbers from 1, between two zeros."""
    return [0, *(ord(c) - 96 for c in name), 0][: CONTEXT + 1]


def logits(
    model: dict[str, list[list[Any]]],
    rows: list[list[Any]],
    softmax: Callable[[list[Any]], list[Any]],
    relu: Callable[[Any], Any],
) -> list[list[Any]]:
    """For each place, what the model expects next; `rows` are the tokens' rows of the model."""
    keys: list[list[Any]] = []
    values: list[list[Any]] = []
    found = []
    size = WIDTH // HEADS
    for row, place in zip(rows, model["places"]):
        x = norm([t + p for t, p in zip(row, place)])
        before, x = x, norm(x)
        query = linear(x, model["query"])
        keys.append(linear(x, model["key"]))
        values.append(linear(x, model["value"]))
        mixed = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            q = query[part]
            scores = [sum(a * b for a, b in zip(q, k[part])) / size**0.5 for k in keys]
            weights = softmax(scores)
            mixed += [sum(w * v[part][i] for w, v in zip(weights, values)) for i in range(size)]
        x = [a + b for a, b in zip(linear(mixed, model["mix"]), before)]
        before, x = x, norm(x)
        x = linear([relu(v) for v in linear(x, model["up"])], model["down"])
        x = [a + b for a, b in zip(x, before)]
        found.append(linear(x, model["out"]))
    return found


def loss(
    model: dict[str, list[list[Any]]],
    name: str,
    exp: Callable[[Any], Any],
    log: Callable[[Any], Any],
    relu: Callable[[Any], Any],
    number: Callable[[Any], float],
) -> Any:
    """The mean cross-entropy of the next character over one name."""
    tokens = tokens_of(name)
    chances = lambda xs: softmax(xs, exp, number)
    found = logits(model, [model["tokens"][t] for t in tokens[:-1]], chances, relu)
    losses = [-log(chances(row)[target]) for row, target in zip(found, tokens[1:])]
    return sum(losses) / len(losses)


# In the natural style of autograd_lite ------------------------------------------------------------


def natural_loss(model: dict[str, list[list[Any]]], name: str) -> Any:
    """The same loss by the primitives that take whole vectors."""
    tokens = tokens_of(name)
    size = WIDTH // HEADS
    keys: list[list[Any]] = []
    values: list[list[Any]] = []
    losses = []
    for token, place, target in zip(tokens[:-1], model["places"], tokens[1:]):
        before = natural_norm(ag.add.each(model["tokens"][token], place))
        x = natural_norm(before)
        query = ag.matvec(model["query"], x)
        keys.append(ag.matvec(model["key"], x))
        values.append(ag.matvec(model["value"], x))
        mixed = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = ag.matvec([k[part] for k in keys], [q / size**0.5 for q in query[part]])
            weights = ag.softmax(scores)
            mixed += ag.matvec(list(zip(*[v[part] for v in values])), weights)
        before = ag.add.each(ag.matvec(model["mix"], mixed), before)
        hidden = ag.relu.each(ag.matvec(model["up"], natural_norm(before)))
        x = ag.add.each(ag.matvec(model["down"], hidden), before)
        found = ag.matvec(model["out"], x)
        losses.append(ag.logsumexp(found) - found[target])
    return ag.sum(losses) / len(losses)


def natural_norm(x: list[Any]) -> list[Any]:
    scale = (ag.dot(x, x) / len(x) + 1e-5) ** -0.5
    return ag.mul.each(x, [scale] * len(x))
