"""The legend: a sample and a few words for each kind of mark that is on a picture, for no other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..graph.scene import Scene
from ..language import say
from ..output.svg import SMALL
from ..text import alone, shortened, text_width
from ..theme import both, fill, stroke
from .card_drawing import changed, hatched, not_finite, sign_of, text_at, was

SAMPLE, GAP, ROW = 26.0, 22.0, 20.0  # width of a sample, between entries, height of a row
LEAST = 320.0  # a row is at least so wide, which a phone can show


@dataclass(slots=True)
class Note:
    """An entry: the kind of mark, what it looks like, what it means.

    Attributes:
        mark: its name, which the picture's elements do not carry; tests and pages find it by that.
        sample: its SVG, in a box of 22 by 16.
        words: its meaning.
    """

    mark: str
    sample: str
    words: str


def notes(scene: Scene, again: bool = False) -> Iterator[Note]:
    """The entries for what is in the scene, the most frequent kinds first.

    Args:
        scene: what the picture shows.
        again: whether names of leaves stand beside some of their uses.
    """
    yield from _of_gradients(scene)
    partials = [edge.partial for edge in scene.edges if edge.partial is not None]
    if any(partial != 1.0 for partial in partials):
        silent = 1.0 in partials
        words = say("local derivative; × 1 is not written") if silent else say("local derivative")
        yield Note("partial", _sign("× 2"), words)
    elif partials:
        yield Note("partial", _line("neutral"), say("local derivative 1, not written"))
    edges = zip(scene.edges, spreads(scene))
    if len({abs(edge.carried or 0.0) for edge, spread in edges if not spread}) > 1:
        wedge = f'<path {fill("neutral-line")} d="M0 7.4L22 5v6L0 8.6Z"/>'
        words = say("wide line: much gradient flows back")
        if any(edge.count > 1 for edge in scene.edges):
            words = say("wide line: much gradient flows back, on average of several")
        yield Note("width", wedge, words)
    yield from _of_cards(scene)
    if again:
        pill = f'<rect {both("leaf", "neutral-line")} stroke-dasharray="2 2" x="1" y="2" '
        pill += 'width="20" height="12" rx="6"/>'
        yield Note("again", pill, say("a leaf again, whose card is elsewhere"))


def _of_gradients(scene: Scene) -> Iterator[Note]:
    reset = any(card.kept and card.gradient == 0.0 for card in scene.cards)
    signs = {
        sign_of(card.gradient)
        for card in scene.cards
        if card.gradient is not None and not (card.kept and card.gradient == 0.0)
    }
    signs |= {sign_of(edge.carried) for edge in scene.edges if edge.carried is not None}
    signs |= {
        sign_of(square.gradient)
        for card in scene.cards
        for square in card.squares
        if square.gradient is not None
    }
    root = shortened(scene.root, 12) or say("the result")
    flat = say("{root} is flat here, or has a kink", root=root)
    zeros = [flat] * ("neutral" in signs) + [say("set to 0 after backward()")] * reset
    told = say("gradient: ")
    for sign, mark, words in (
        ("positive", "▲", say("raising it raises {root}", root=root)),
        ("negative", "▼", say("raising it lowers {root}", root=root)),
        ("neutral", "0", say("; ").join(zeros)),
    ):
        if sign in signs or (sign == "neutral" and reset):
            tint = "zero-tint" if sign == "neutral" else f"{sign}-tint"
            ink = "muted" if sign == "neutral" else sign
            yield Note(sign, _tinted(tint, ink, mark), told + words)
            told = ""
    if words := _of_sums(scene):
        yield Note("kept", _sign("+="), words)
    if "nan" in signs or any(not_finite(card) for card in scene.cards):
        sample = hatched(0.0, 0.0, 22.0, 16.0, 'data-part="hatch"')
        yield Note("nan", sample, say("nan or ∞"))
    if any(spreads(scene)):
        yield Note("spread", _line("nan", ' stroke-dasharray="5 4"'), say("where it spread"))


def _of_sums(scene: Scene) -> str:
    """Which gradients hold something else than what the lines bring; "" for none."""
    cards = [card for card in scene.cards if card.kept and card.gradient]
    if not cards:
        return ""
    names = [f"{alone(shortened(card.name, 12))}.grad" for card in cards[:2]]
    names += ["…"] * (len(cards) > len(names))
    return say(
        "not of these lines alone: all uses and calls of backward() add up in {names}",
        names=say(", ").join(names),
    )


def _of_cards(scene: Scene) -> Iterator[Note]:
    cards = scene.cards
    leaves = [card.kind == "leaf" and not card.outside for card in cards]
    if any(leaves) and not all(leaves):
        yield Note("leaf", _card("leaf", "line"), say("a leaf: given, not computed"))
    if any(card.kind == "part" for card in cards):
        sample = _card("card", "line", ' stroke-dasharray="4 3"')
        yield Note("part", sample, say("a piece of a dot or sum"))
    if any(card.outside for card in cards):
        sample = _card("leaf", "line", ' stroke-dasharray="4 3"')
        yield Note("outside", sample, say("from around this group"))
    if any(card.copies > 1 for card in cards):
        stack = f'<rect {both("card", "line")} x="4" y="0.5" width="18" height="12" rx="3"/>'
        stack += f'<rect {both("card", "line")} x="0.5" y="3.5" width="18" height="12" rx="3"/>'
        yield Note("stack", stack, say("stacked: the same several times"))
    if any(card.squares for card in cards):
        yield Note("square", _square(), say("a neuron; the deeper, the larger its gradient"))
    if any(square.saturated for card in cards for square in card.squares):
        outline = f'<rect {stroke("ink")} fill="none" stroke-width="1.6" x="4" y="0.8" '
        outline += 'width="14" height="14" rx="3"/>'
        yield Note("saturated", outline, say("it passes next to nothing back"))
    if any("rms" in line for card in cards for line in card.lines):  # some languages write it out
        yield Note("rms", _sign("rms"), say("root mean square"))
    if any(changed(card) and math.isfinite(card.data or 0.0) for card in cards):
        yield Note("changed", text_at(0.0, 12.5, "1.2", "accent", size=SMALL), say("changed"))
    if any(was(card) for card in cards):
        yield Note("before", _sign(say("was")), say("before"))
    if any(card.highlighted for card in cards):
        yield Note("highlighted", _card("card", "accent", ' stroke-width="2"'), say("highlighted"))
    if any(card.dimmed for card in cards):
        faint = f'<g opacity="0.42">{_card("card", "neutral-line")}</g>'
        yield Note("dimmed", faint, say("not connected with it"))


def spreads(scene: Scene) -> list[bool]:
    """For each edge whether nan or infinity came along it, forward or backward."""
    bad = {card.key for card in scene.cards if sign_of(card.data) == "nan"}
    return [
        sign_of(edge.carried) == "nan" or (edge.source in bad and edge.target in bad)
        for edge in scene.edges
    ]


# Samples and rows ---------------------------------------------------------------------------------


def _sign(text: str) -> str:
    return text_at(0.0, 12.5, text, "ink", size=SMALL)


def _line(role: str, dash: str = "") -> str:
    return f'<path {stroke(role + "-line")} fill="none" stroke-width="2"{dash} d="M0 8H22"/>'


def _tinted(tint: str, ink: str, mark: str) -> str:
    ground = f'<rect {fill(tint)} width="22" height="16" rx="4"/>'
    return ground + text_at(11.0, 12.5, mark, ink, size=SMALL, anchor="middle")


def _card(role: str, line: str, how: str = "") -> str:
    return f'<rect {both(role, line)}{how} x="1" y="1" width="20" height="14" rx="4"/>'


def _square() -> str:
    parts = ((1.0, 0.3), (8.0, 0.6), (15.0, 1.0))
    return "".join(
        f'<rect {fill("neutral-line")} fill-opacity="{depth:g}" x="{x:g}" y="5" width="6" '
        f'height="6" rx="1.5"/>'
        for x, depth in parts
    )


def legend_drawn(entries: list[Note], x: float, y: float, wide: float) -> tuple[str, float, float]:
    """The entries in rows of at most `wide`; the SVG, and how wide and high it is."""
    wide = max(wide, LEAST)
    drawn, across, down, widest = [], 0.0, 0.0, 0.0
    for note in entries:
        length = SAMPLE + text_width(note.words, SMALL)
        if across and across + length > wide:
            across, down = 0.0, down + ROW
        drawn.append(
            f'<g data-legend="{note.mark}" transform="translate({x + across:g} {y + down:g})">'
            f'<g data-part="sample">{note.sample}</g>'
            f"{text_at(SAMPLE, 12.5, note.words, 'muted', size=SMALL)}</g>"
        )
        across = round(across + length + GAP, 1)
        widest = max(widest, across - GAP)
    high = down + ROW if entries else 0.0
    return "".join(drawn), widest, high
