"""A GPT out of scalars: it learns how first names are spelled, then makes up new ones.

A name is a sequence of letters, and the model says how likely each letter comes next, given those
before. All its arithmetic is on single numbers; nobody wrote down a gradient. `compile` traces the
loss once for each length of name and replays it from then on, so that 1,000 steps of 16 names take
seconds.

    python examples/gpt.py --steps 1000 --temperature 0.7
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Any

from tqdm import tqdm

import autograd_lite as ag
import nn

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # a token is a place in it; the dot begins and ends a name
CONTEXT = 12  # tokens that the model sees at most


# The model ----------------------------------------------------------------------------------------


class GPT(nn.Module):
    """For each token of a sequence, 27 logits: what comes next?"""

    def __init__(self, width: int = 32, heads: int = 4, layers: int = 1, seed: int = 0) -> None:
        rng = random.Random(seed)
        self.tokens = nn.Embedding(len(LETTERS), width, seed=rng)
        self.places = nn.Embedding(CONTEXT, width, seed=rng)
        self.blocks = [Block(width, heads, rng) for _ in range(layers)]
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, len(LETTERS), bias=False, seed=rng)

    def forward(self, tokens: list[int]) -> list[list[Any]]:
        x = added(self.tokens(tokens), self.places(range(len(tokens))))
        for block in self.blocks:
            x = block(x)
        return [self.head(self.norm(row)) for row in x]


class Block(nn.Module):
    """Attention gathers what stands before; the MLP thinks it over. Both add to what is there."""

    def __init__(self, width: int, heads: int, rng: random.Random) -> None:
        self.norm1 = nn.RMSNorm(width)
        self.attention = nn.CausalSelfAttention(width, heads, bias=False, seed=rng)
        self.norm2 = nn.RMSNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width, seed=rng), nn.ReLU(), nn.Linear(4 * width, width, seed=rng)
        )

    def forward(self, x: list[list[Any]]) -> list[list[Any]]:
        x = added(x, self.attention([self.norm1(row) for row in x]))
        return added(x, [self.mlp(self.norm2(row)) for row in x])


def added(x: list[list[Any]], y: list[list[Any]]) -> list[list[Any]]:
    return [ag.add.each(p, q) for p, q in zip(x, y)]


# Learning -----------------------------------------------------------------------------------------


def train(
    model: GPT, names: list[str], steps: int, batch: int = 16, seed: int = 0, eager: bool = False
) -> Iterator[float]:
    """Train step by step; gives the mean loss per letter of each step's names, in nats."""

    def loss(tokens: list[int]) -> Any:
        return nn.cross_entropy(model(tokens[:-1]), tokens[1:], reduction="sum")

    backward = eagerly(loss) if eager else ag.compile(loss).backward
    optimizer = nn.AdamW(model.parameters(), lr=0.01, betas=(0.9, 0.99), weight_decay=0.01)
    schedule = nn.CosineAnnealingLR(optimizer, T_max=steps)
    rng = random.Random(seed)
    for _ in range(steps):
        chosen = [tokens_of(name) for name in rng.sample(names, batch)]
        optimizer.zero_grad()
        total = sum(backward(tokens) for tokens in chosen)  # the gradients add up, too
        optimizer.step()  # which does not depend on their scale: this is Adam
        schedule.step()
        yield total / sum(len(tokens) - 1 for tokens in chosen)


def eagerly(loss: Callable[[list[int]], Any]) -> Callable[[list[int]], float]:
    """What `compile(loss).backward` does, on a graph that is built anew for each name."""

    def backward(tokens: list[int]) -> float:
        y = loss(tokens)
        y.backward()
        return y.data

    return backward


def tokens_of(name: str) -> list[int]:
    return [LETTERS.index(letter) for letter in f".{name}."]


# Making names up ----------------------------------------------------------------------------------


def sample(model: GPT, count: int, temperature: float = 0.7, seed: int = 0) -> list[str]:
    """New names, letter by letter. The lower the temperature, the likelier the letters."""
    rng, logits = random.Random(seed), ag.compile(model)

    def name() -> str:
        tokens = [0]
        while len(tokens) < CONTEXT:
            chances = nn.softmax([x / temperature for x in logits.value(tokens)[-1]])
            [token] = rng.choices(range(len(LETTERS)), chances)
            if token == 0:
                break
            tokens.append(token)
        return "".join(LETTERS[token] for token in tokens[1:])

    return [name() for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=16, help="names for each step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--eager", action="store_true", help="without compile, to compare")
    options = parser.parse_args()
    if not all(x > 0 for x in (options.steps, options.batch, options.temperature)):
        parser.error("steps, batch and temperature are above 0")

    known, model = nn.datasets.names(), GPT(seed=options.seed)
    print(f"{len(known):,} names, {len(model.parameters()):,} parameters, {ag.backend} engine")

    losses: list[float] = []
    steps = train(model, known, options.steps, options.batch, options.seed, options.eager)
    with tqdm(steps, desc="training", total=options.steps, disable=None) as bar:
        for loss in bar:
            losses.append(loss)
            bar.set_postfix(loss=f"{fmean(losses[-50:]):.3f}", refresh=False)
    print(f"loss per letter {fmean(losses[:50]):.3f} -> {fmean(losses[-50:]):.3f}; new names:")

    for name in sample(model, 20, options.temperature, options.seed):
        print(f"  {name}" + "  (in the list)" * (name in known))


if __name__ == "__main__":
    main()
