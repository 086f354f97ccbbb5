"""Moments: what a picture knows after each step, and which steps can be shown at once.

A moment is a Scene like any other, in which numbers are missing that come later. So a frame is
drawn by what draws every picture, in the places that the whole picture has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..graph.scene import Card, Edge, Scene


@dataclass(slots=True)
class Change:
    """What a step does to the picture.

    Attributes:
        phase: "forward", "backward" or "result".
        key: the card that it happens at; "" for none.
        data: the cards whose number is known after it.
        gradients: for each card that gets a gradient: what it is now, and whether that is final.
        edges: the lines along which it happens.
        beat: steps of the same beat are shown at once; beats count from 1, in each phase.
    """

    phase: str
    key: str
    data: list[str] = field(default_factory=list)
    gradients: dict[str, tuple[float, bool]] = field(default_factory=dict)
    edges: list[int] = field(default_factory=list)
    beat: int = 0


def changes(scene: Scene, steps: Sequence[Any]) -> list[Change]:
    """What each of the steps of a stepper does to its picture, with its beat.

    Args:
        scene: the picture after the last step.
        steps: `CardStep`s, all of them.
    """
    into: dict[str, list[int]] = defaultdict(list)
    for i, edge in enumerate(scene.edges):
        into[edge.target].append(i)
    cards = {card.key: card for card in scene.cards}
    found = [_change(each, scene.edges, into, cards) for each in steps]
    _give_beats(found, scene.edges)
    return found


def _change(
    each: Any, edges: Sequence[Edge], into: dict[str, list[int]], cards: dict[str, Card]
) -> Change:
    change = Change(each.phase, each.key)
    own = [each.key]  # with the pieces of an unfolded dot or sum, which are no steps of their own
    for key in own:
        own += [edges[i].source for i in into[key] if cards[edges[i].source].kind == "part"]
    lines = [i for key in own for i in into[key]]
    if each.phase == "forward":
        change.data, change.edges = own, lines
        return change
    for key, _, number, final in each.sets:
        change.gradients[key] = number, final
    if each.carries:
        change.edges = lines
        for piece in own[1:]:
            change.gradients[piece] = cards[piece].gradient or 0.0, True
    return change


def _give_beats(found: Iterable[Change], edges: Sequence[Edge]) -> None:
    """The earliest beat of each step: after all that it needs, and no number but the recorded ones.

    Forward a step needs its operands. Backward it needs its own gradient, and what reaches a card
    in several shares does so in the order of the steps, for their sums are what is shown.
    """
    known: dict[str, int] = {}  # the beat of the last change of each card
    back: dict[str, int] = {}
    for change in found:
        if change.phase == "forward":
            change.beat = 1 + max((known.get(edges[i].source, 0) for i in change.edges), default=0)
            known.update(dict.fromkeys(change.data, change.beat))
        elif change.phase == "backward":
            reached = [edges[i].source for i in change.edges] or [change.key]  # the seed: itself
            waits = [back.get(key, 0) for key in reached if key != change.key]
            change.beat = max([1 + back.get(change.key, 0), *waits])
            back.update(dict.fromkeys(reached, change.beat))


@dataclass(slots=True)
class Moment:
    """What a picture knows at one time.

    Attributes:
        data: the cards whose number is known.
        gradients: for each card with a gradient: what it is so far, and whether that is final.
        edges: the lines along which a gradient has come.
        now: the cards where something happens.
        forth: the lines along which numbers go forward.
        back: the lines along which gradients come now.
    """

    data: set[str]
    gradients: dict[str, tuple[float, bool]] = field(default_factory=dict)
    edges: set[int] = field(default_factory=set)
    now: set[str] = field(default_factory=set)
    forth: set[int] = field(default_factory=set)
    back: set[int] = field(default_factory=set)

    def after(self, happening: Iterable[Change]) -> Moment:
        """The moment after these changes, which happen at once."""
        then = Moment(set(self.data), dict(self.gradients), set(self.edges))
        for change in happening:
            then.data.update(change.data)
            then.gradients.update(change.gradients)
            then.now.add(change.key)
            if change.phase == "forward":
                then.forth.update(change.edges)
            else:
                then.back.update(change.edges)
        then.edges |= then.back
        return then

    def scene(self, whole: Scene, labels: bool = False) -> Scene:
        """The picture at this moment.

        Args:
            whole: the picture after the last step.
            labels: whether lines that a gradient has passed show their local derivatives.
        """
        return replace(
            whole,
            cards=[self._card(card) for card in whole.cards],
            edges=[self._edge(i, edge, labels) for i, edge in enumerate(whole.edges)],
        )

    def _card(self, card: Card) -> Card:
        known, (gradient, final) = card.key in self.data, self.gradients.get(card.key, (None, None))
        if card.kind == "group":
            seen = replace(card) if final is not None else replace(card, lines=[], squares=[])
        else:
            seen = replace(card, data=card.data if known else None)
            seen.gradient, seen.unfinished = gradient, final is False
        seen.begins = card.begins if (final if card.begins_backward else known) else ""
        seen.highlighted = card.key in self.now
        return seen

    def _edge(self, i: int, edge: Edge, labels: bool) -> Edge:
        passed = i in self.edges
        return replace(
            edge,
            partial=edge.partial if passed and labels else None,
            carried=edge.carried if passed else None,
            highlighted=i in self.forth,
        )


def beginning(scene: Scene, found: Iterable[Change]) -> Moment:
    """The moment before the first step: what is given is known."""
    computed = {key for change in found for key in change.data}
    return Moment({card.key for card in scene.cards} - computed)


def in_beats(found: Iterable[Change]) -> list[list[Change]]:
    """The changes of each beat, forward and then backward; without the last step, the result."""
    groups: dict[tuple[bool, int], list[Change]] = defaultdict(list)
    for change in found:
        if change.phase != "result":
            groups[change.phase == "backward", change.beat].append(change)
    return [groups[key] for key in sorted(groups)]
