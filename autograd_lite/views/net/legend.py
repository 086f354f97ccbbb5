"""The legend of a net, and its numbers as a table."""

from __future__ import annotations

import math

from ..language import say
from ..text import equal, number
from .net import Hair, Net
from .sizes import carried, derivative
from .words import layer_of, result_of, signed

KEPT = 3  # terms in a row of the table


def legend(net: Net, mode: str) -> list[tuple[str, str]]:
    """What colours and shapes mean, of what is there: (kind of sign, words)."""
    result = result_of(net)
    hairs = [carried(net.hairs[k], mode) or 0.0 for k in net.drawn]
    discs = [derivative(net, disc) or 0.0 for disc in net.discs] if mode == "gradient" else []
    numbers = [*hairs, *discs]
    found = []
    if any(x > 0.0 for x in numbers):
        text = say("▲ raise it: {result} rises", result=result)
        found.append(("positive", text if mode == "gradient" else say("positive")))
    if any(x < 0.0 for x in numbers):
        text = say("▼ raise it: {result} falls", result=result)
        found.append(("negative", text if mode == "gradient" else say("negative")))
    width = {
        "gradient": say("wide: much flows back"),
        "weight": say("wide: a large weight"),
        "activation": say("wide: it adds much to a sum"),
    }
    found.append(("wide", width[mode]))
    if any(disc.is_off for disc in net.discs):
        found.append(("off", say("off: nothing passes")))
    broken = any(not math.isfinite(x) for x in [*numbers, *(disc.value for disc in net.discs)])
    if broken:
        found.append(("broken", say("∞ or nan")))
    return found


def rows(net: Net) -> list[list[str]]:
    """The picture as a table, its head first: for readers without eyes, script or patience."""
    head = [
        say("unit"), say("where"), say("weighted sum"), say("activation"), say("value"),
        say("gradient"), say("its largest terms"),
    ]  # fmt: skip
    table = [head]
    for disc in net.discs:
        hairs = [net.hairs[k] for k in disc.hairs]
        terms = [_term(net, hair) for hair in hairs[:KEPT]]
        if len(hairs) > KEPT:
            terms.append(say("and {count} more", count=len(hairs) - KEPT))
        table.append(
            [
                disc.name,
                layer_of(net, disc),
                "" if disc.total is None else number(disc.total),
                disc.activation + (say(" (off)") if disc.is_off else ""),
                number(disc.value),
                signed(disc.gradient),
                say("; ").join(terms),
            ]
        )
    return table


def _term(net: Net, hair: Hair) -> str:
    if hair.source < 0:
        return equal(f"{hair.name} = {number(hair.weight)}")
    source = net.discs[hair.source]
    numbers = f"{number(hair.weight)} × {number(source.value)} = {number(hair.product)}"
    return equal(f"{hair.name} × {source.name} = {numbers}")
