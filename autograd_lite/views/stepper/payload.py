"""What the script `js/stepper.js` is given to show: texts, signs and sizes instead of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..graph.groups import grouped
from ..graph.scene import Card, Scene
from ..language import say
from ..picture.card_drawing import (
    largest,
    magnitude,
    said_name,
    sign_of,
    title,
)
from ..text import number
from . import nudge
from .runs import Run, in_shuffled_order, same, with_assignment, wrong_leaves
from .steps import CardStep, Line, Wording, backward_steps, result_step

if TYPE_CHECKING:
    from ... import Value

MOST_BROKEN = 150  # cards of a graph that one may break: each mistake is a run of its own in a page


class PayloadWriter:
    """Writes steps, nudges and mistakes as JSON can hold them."""

    def __init__(self, scene: Scene, run: Run, wording: Wording) -> None:
        self._scene, self._run, self._wording = scene, run, wording
        ends = [(edge.source, edge.target) for edge in scene.edges]
        self._edges = grouped(range(len(ends)), ends.__getitem__)
        self._parts: dict[str, list[str]] = {}
        self._through: dict[str, list[tuple[str, str, float]]] = {}
        pieces = {card.key for card in scene.cards if card.kind == "part"}
        for edge in scene.edges:
            carried = (edge.source, edge.target, edge.carried or 0.0)
            for piece in {edge.source, edge.target} & pieces:
                self._through.setdefault(piece, []).append(carried)
            if edge.source in pieces and edge.target not in pieces:
                self._parts.setdefault(edge.target, []).append(edge.source)
        self._largest = largest(run.gradients.values())
        self._largest_carried = largest(edge.carried for edge in scene.edges)
        self._right = {card.key: run.gradients[card.nodes[0]] for card in scene.cards if card.nodes}

    def cards(self) -> dict[str, Any]:
        """What a pointer reads of each card, and which cards are leaves."""
        cards = self._scene.cards
        return {
            "titles": {card.key: _spoiler_free(card) for card in cards},
            "leaves": [card.key for card in cards if card.kind == "leaf"],
        }

    # Steps ----------------------------------------------------------------------------------------

    def step(self, each: CardStep, compared: bool = False) -> dict[str, Any]:
        """A step; `compared` with the right run, what is wrong is marked."""
        sets, carries = each.sets, each.carries
        for part in self._parts.get(each.key, ()):  # pieces of an unfolded dot or sum go with it
            sets = sets + [(part, *change[1:]) for change in each.sets if change[0] == each.key]
            if each.phase == "backward" and carries:
                carries = [*carries, *self._through[part]]
        return {
            "phase": each.phase,
            "card": each.key,
            "title": each.title,
            "note": each.note,
            "lines": self._lines(each),
            "sets": [self._set(*change, compared) for change in sets],
            "edges": self._carried(carries),
        }

    def _lines(self, each: CardStep) -> list[dict[str, Any]]:
        """The lines of a step; those of products say which edge of the picture carries them."""
        lines = [_line(line) for line in each.lines]
        used: dict[tuple[str, str], int] = {}
        for line, texts, carried in zip(each.lines, lines, each.carries):
            source, target = carried[:2]
            ends = [(source, target), *((source, part) for part in self._parts.get(target, ()))]
            pair = next((pair for pair in ends if self._edges.get(pair)), None)
            if line.factors and pair:
                edges = self._edges[pair]
                texts["edge"] = edges[min(used.get(pair, 0), len(edges) - 1)]
                texts["factors"] = line.factors
                used[pair] = used.get(pair, 0) + 1
        return lines

    def _set(self, key: str, what: str, x: float, final: bool, compared: bool) -> dict[str, Any]:
        if what == "data":
            return {"card": key, "what": what, "text": number(x)}
        wrong = compared and final and not same(x, self._right.get(key, x))
        return {
            "card": key, "what": what, "text": number(x), "sign": sign_of(x),
            "share": round(magnitude(x, self._largest), 3), "final": final, "wrong": wrong,
        }  # fmt: skip

    def _carried(self, carries: Sequence[tuple[str, str, float]]) -> list[tuple[int, str, float]]:
        """For each line that carries a gradient: its place, the sign and the size."""
        used: dict[tuple[str, str], int] = {}
        lines = []
        for source, target, x in carries:
            edges = self._edges.get((source, target), [])
            if edges:
                place = min(used.get((source, target), 0), len(edges) - 1)
                used[source, target] = place + 1
                share = round(magnitude(x, self._largest_carried), 3)
                lines.append((edges[place], sign_of(x), share))
        return lines

    # Nudges and mistakes --------------------------------------------------------------------------

    def nudges(self) -> dict[str, Any]:
        """For each leaf that has a card: its nudges, as texts; or the reason why there are none."""
        run, wording = self._run, self._wording
        leaves = [x for x in run.order if x.op is None and wording.keys[x] not in wording.titles]
        if len(leaves) * len(run.order) * 2 * len(nudge.SIZES) > nudge.MOST_WORK:
            count = f"{len(run.order):,}"
            return {"why_not": say("{count} values are too many to nudge here.", count=count)}
        sizes = [abs(run.gradients[leaf]) for leaf in leaves]
        return {
            "first": sizes.index(max(sizes)) if sizes else 0,
            "result": number(run.root._data, 6),
            "leaves": [self._nudged(leaf) for leaf in leaves],
        }

    def _nudged(self, leaf: Value) -> dict[str, Any]:
        gradient, nudges = self._run.gradients[leaf], nudge.nudges(self._run.order, leaf)
        return {
            "card": self._wording.keys[leaf],
            "name": self._wording.names[leaf],
            "data": number(leaf._data),
            "gradient": number(gradient, 6),
            "rows": [[number(n.h), number(n.result, 6), number(n.slope, 6)] for n in nudges],
            "hint": nudge.compared(nudges, gradient),
        }

    def mistakes(self) -> dict[str, Any]:
        """The runs that go wrong on purpose; or the reason why there are none."""
        if self._wording.titles:
            reason = say(
                'A group hides what goes wrong: step(..., level="operation") has no groups.'
            )
            return {"broken": [], "unbroken": reason}
        if len(self._scene.cards) > MOST_BROKEN:
            reason = say("This shows up to {count} values only.", count=MOST_BROKEN)
            return {"broken": [], "unbroken": reason}
        assigned = with_assignment(self._run)
        runs = {
            "assign": assigned if wrong_leaves(self._run, assigned) else None,
            "order": in_shuffled_order(self._run),
        }
        return {"broken": [self._mistake(key, run) for key, run in runs.items()]}

    def _mistake(self, key: str, run: Run | None) -> dict[str, Any]:
        name, lesson, nothing_wrong = _mistake(key)
        if run is None:
            return {"key": key, "name": name, "why": nothing_wrong, "steps": []}
        last = result_step(run, self._wording, self._run)
        steps = [*backward_steps(run, self._wording), last]
        wrong = [self.step(each, compared=True) for each in steps]
        return {"key": key, "name": name, "why": lesson, "steps": wrong}


def _mistake(key: str) -> tuple[str, str, str]:
    """What it is called, what it teaches, and what to say where nothing goes wrong."""
    if key == "assign":
        return (
            say("= instead of +="),
            say(
                "Each use of a value brings a share of its gradient, and += adds them up. With = "
                "the last share overwrites the ones before."
            ),
            say(
                "Here nothing goes wrong: every value is used once, so there is nothing to add up."
            ),
        )
    return (
        say("a shuffled order"),
        say(
            "A value may pass its gradient on only when all its uses have added their shares. In "
            "another order it passes on an unfinished number, and what comes later is lost."
        ),
        say("Here nothing can go wrong: there is only one order of visits."),
    )


def _spoiler_free(card: Card) -> str:
    """What a pointer reads of a card, without its numbers: they come with the steps."""
    if card.kind == "group":
        return title(card)
    name = said_name(card)
    return say("{name}, in {scope}", name=name, scope=card.scope) if card.scope else name


def _line(line: Line) -> dict[str, Any]:
    texts: dict[str, Any] = {"left": line.left, "result": line.result}
    if line.total:
        texts |= {"more": line.more, "total": line.total}
    if line.rule:
        texts["rule"] = line.rule
    if line.mistake:
        texts["wrong"] = True
    if line.is_size:
        texts["size"] = True
    if line.quantity:
        texts |= {"ask": line.quantity, "shown": line.answer_text}
        if math.isfinite(line.answer):
            texts["answer"] = float(f"{line.answer:.6g}")
    return texts
