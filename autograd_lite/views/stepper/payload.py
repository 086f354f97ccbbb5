"""What the script `js/stepper.js` is given to show: words with marks in place of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...javascript.program import as_json
from ..graph.groups import grouped
from ..graph.scene import Card, Scene
from ..language import say
from ..picture.card_drawing import said_name, title
from ..picture.live import live
from .numbers import MARK, InMarks
from .runs import Run, in_shuffled_order, with_assignment, wrong_leaves
from .steps import (
    CardStep,
    Line,
    Wording,
    backward_steps,
    forward_steps,
    result_step,
    wrong_note,
)

MOST_BROKEN = 150  # cards of a graph that one may break: each mistake is a run of its own in a page


class PayloadWriter:
    """Writes steps and mistakes as JSON can hold them."""

    def __init__(self, scene: Scene, run: Run, wording: Wording) -> None:
        self._scene, self._run = scene, run
        self._live = live(run.order, run.gradients, scene, wording.names, wording.keys)
        self._marks = InMarks(run.order, fixed="program" not in self._live)
        self._wording = replace(wording, numbers=self._marks)
        ends = [(edge.source, edge.target) for edge in scene.edges]
        self._edges = grouped(range(len(ends)), ends.__getitem__)
        self._lines_so_far: dict[str, dict[str, Any]] = {}
        self._line_places: dict[str, int] = {}
        self._parts: dict[str, list[str]] = {}
        self._through: dict[str, list[tuple[str, str]]] = {}
        pieces = {card.key for card in scene.cards if card.kind == "part"}
        for edge in scene.edges:
            for piece in {edge.source, edge.target} & pieces:
                self._through.setdefault(piece, []).append((edge.source, edge.target))
            if edge.source in pieces and edge.target not in pieces:
                self._parts.setdefault(edge.target, []).append(edge.source)

    def all(self) -> dict[str, Any]:
        """Steps, mistakes, and the program with which a page computes their numbers."""
        run, wording = self._run, self._wording
        steps = [
            *forward_steps(run.order, wording),
            *backward_steps(run, wording),
            result_step(run, wording),
        ]
        written = [self.step(each) for each in steps]
        return {
            **self.cards(),
            "steps": written,
            **self.mistakes(written),
            "lines": list(self._lines_so_far.values()),
            "lists": self._marks.lists,
            "live": self._live,
        }

    def cards(self) -> dict[str, Any]:
        """What a pointer reads of each card, and which cards are leaves."""
        cards = self._scene.cards
        return {
            "titles": {card.key: _spoiler_free(card) for card in cards},
            "leaves": [card.key for card in cards if card.kind == "leaf"],
        }

    # Steps ----------------------------------------------------------------------------------------

    def step(self, each: CardStep) -> dict[str, Any]:
        sets, carries = each.sets, each.carries
        for part in self._parts.get(each.key, ()):  # pieces of an unfolded dot or sum go with it
            sets = sets + [(part, *change[1:]) for change in each.sets if change[0] == each.key]
        edges = self._carried(carries) + self._in_pieces(each)
        return {
            "phase": each.phase,
            "card": each.key,
            "title": each.title,
            "lines": [self._once(line) for line in self._lines(each)],
            "sets": [[key, what[0], x, int(final)] for key, what, x, final in sets],
            **({"note": each.note} if each.note else {}),
            **({"edges": edges} if edges else {}),
        }

    def _once(self, line: dict[str, Any]) -> int:
        """The place of a line among all different ones: wrong runs have many of the right one."""
        key = repr(line)
        if key not in self._lines_so_far:
            self._lines_so_far[key] = line
            self._line_places[key] = len(self._line_places)
        return self._line_places[key]

    def _lines(self, each: CardStep) -> list[dict[str, Any]]:
        """The lines of a step; those of products say which edge of the picture carries them."""
        lines = [_line(line, self._marks) for line in each.lines]
        used: dict[tuple[str, str], int] = {}
        for line, texts, carried in zip(each.lines, lines, each.carries):
            source, target = carried[:2]
            ends = [(source, target), *((source, part) for part in self._parts.get(target, ()))]
            pair = next((pair for pair in ends if self._edges.get(pair)), None)
            if line.factors and pair:
                edges = self._edges[pair]
                texts["edge"] = edges[min(used.get(pair, 0), len(edges) - 1)]
                used[pair] = used.get(pair, 0) + 1
        return lines

    def _carried(self, carries: Sequence[tuple[str, str, str]]) -> list[tuple[int, str]]:
        """For each line that carries a gradient: its place, and the mark of the gradient."""
        used: dict[tuple[str, str], int] = {}
        lines = []
        for source, target, x in carries:
            edges = self._edges.get((source, target), [])
            if edges:
                place = min(used.get((source, target), 0), len(edges) - 1)
                used[source, target] = place + 1
                lines.append((edges[place], x))
        return lines

    def _in_pieces(self, each: CardStep) -> list[tuple[int, Any]]:
        """The same for lines to and from pieces of the node of a step."""
        if each.phase != "backward" or not each.carries:
            return []
        pairs = [pair for part in self._parts.get(each.key, ()) for pair in self._through[part]]
        places = [place for pair in dict.fromkeys(pairs) for place in self._edges[pair]]
        return [(place, as_json(self._scene.edges[place].carried or 0.0)) for place in places]

    def mistakes(self, right: list[dict[str, Any]]) -> dict[str, Any]:
        """The runs that go wrong on purpose; or the reason why there are none.

        Args:
            right: the steps of the right run; of one of them its place is enough.
        """
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
        broken = [self._mistake(key, run) for key, run in runs.items()]
        for each in broken:
            each["steps"] = [right.index(x) if x in right else x for x in each["steps"]]
        return {"broken": broken}

    def _mistake(self, key: str, run: Run | None) -> dict[str, Any]:
        name, lesson, nothing_wrong = _mistake(key)
        if run is None:
            return {"key": key, "name": name, "why": nothing_wrong, "steps": []}
        last = result_step(run, self._wording, self._run)
        steps = [self.step(each) for each in [*backward_steps(run, self._wording), last]]
        leaves = len(last.lines)
        steps[-1]["note"] = [wrong_note(1, leaves), wrong_note(f"{MARK}w0{MARK}", leaves)]
        visits = [self._marks.place[node] for node in run.visits if node.parents]
        return {"key": key, "name": name, "why": lesson, "steps": steps, "visits": visits}


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


def _line(line: Line, marks: InMarks) -> dict[str, Any]:
    texts: dict[str, Any] = {"left": line.left, "result": line.result}
    if line.leaf is not None:
        texts["leaf"] = marks.place[line.leaf]
    elif line.total:
        texts |= {"more": line.more, "total": line.total}
    if line.rule is not None:
        texts["rule"] = line.rule
    if line.is_size:
        texts["size"] = True
    if line.quantity:
        texts["ask"] = line.quantity
    if line.quantity and not line.factors and line.answer_text != line.result:
        texts["shown"] = line.answer_text
    return texts
