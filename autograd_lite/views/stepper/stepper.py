"""step: a computation, one operation at a time, forward and then backward, as a moving picture.

A Stepper holds the picture of the graph and the steps; `view.js` moves it, in a notebook and in a
page alike. The script only shows what stands here: every number was computed by the engine.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ...primitive import describe
from ...value import Value
from ..output.page import page
from ..output.view import View
from ..picture.draw import Picture, draw, opened_too
from ..picture.drawing import magnitude, sign_of, title
from ..text import names, number
from . import nudge
from .runs import Run, in_shuffled_order, record, same, with_assignment, wrong_leaves
from .steps import CardStep, Line, Wording, backward_steps, forward_steps, result_step

MOST_BROKEN = 150  # cards of a graph that one may break: each way is a run of its own in the page
STARTS = ("forward", "backward")
WHY_ASSIGN = (
    "Each use of a value brings a share of its gradient, and += adds them up. With = the last "
    "share overwrites the ones before."
)
WHY_ORDER = (
    "A value may pass its gradient on only when all its uses have added their shares. In another "
    "order it passes on an unfinished number, and what comes later is lost."
)
NONE_WRONG = {
    "assign": "Here nothing goes wrong: every value is used once, so there is nothing to add up.",
    "order": "Here nothing can go wrong: there is only one order of visits.",
}


def step(
    v: Value,
    *,
    start: str = "forward",
    predict: bool = False,
    max_cards: int = 150,
    level: str | int | None = None,
    unfold: Any = (),
    direction: str = "right",
    name_from: Mapping[str, Any] | None = None,
) -> Stepper:
    """Step through the computation of `v`: forward, and backward by the chain rule.

    The steps of backward are those that the engine takes, in its order, with its numbers. In a
    notebook and in the page that `save("step.html")` writes, keys, buttons and a slider move
    through them; "Predict first" asks for each number before it shows it, "Nudge" compares the
    gradient with what a small change does, "Break it" makes two well-known mistakes. Every `.grad`
    stays as it is.

    Args:
        v: the Value to differentiate.
        start: where it opens: "forward", before the first operation; or "backward", where all
            numbers are there and no gradient is.
        predict: open in the mode that asks first.
        max_cards, level, unfold, direction, name_from: as for `draw`. A group of Values takes part
            as one step.

    Raises:
        TypeError: v is not a Value.
        ValueError: an unknown start, level or direction.
        RuntimeError: a leaf was changed after v was computed.

    >>> from autograd_lite import Value, step
    >>> x, w = Value(2.0, label="x"), Value(-0.6, label="w")
    >>> print(step(x * w))
    Forward
      1  v0 = x × w = 2 × (−0.6) = −1.2
    <BLANKLINE>
    Backward
      2  v0: backward starts here, for v0 changes exactly as v0 does
           ∂v0/∂v0 = 1
      3  v0 = x × w: its gradient is final (1), so it can pass it on
           ∂v0/∂x = ∂v0/∂x · ∂v0/∂v0 = −0.6 × 1 = −0.6   (∂v0/∂x = w)
           ∂v0/∂w = ∂v0/∂w · ∂v0/∂v0 = 2 × 1 = 2   (∂v0/∂w = x)
    <BLANKLINE>
    Result
      4  The gradients of the leaves: v0.backward() leaves these numbers in .grad
           ∂v0/∂x = −0.6, exactly -0.6
           ∂v0/∂w = 2, exactly 2.0
    """
    if not hasattr(type(v), "_apply"):
        raise TypeError(f"step wants the Value to differentiate, got {describe(v)}")
    if start not in STARTS:
        raise ValueError(f'start is "forward" or "backward", got {start!r}')
    options = {
        "max_cards": max_cards, "level": level, "unfold": unfold, "direction": direction,
        "name_from": name_from,
    }  # fmt: skip
    return Stepper(v, options, start=start, predict=predict)


class Stepper(View):
    """The steps of a computation with its picture; see `step`.

    Attributes:
        steps: what happens, each a `CardStep`: forward, backward, last the gradients of leaves.
        svg: the picture after the last step.

    `print(stepper)` gives all steps as text.
    """

    __module__ = "autograd_lite"

    kind = "stepper"

    def __init__(self, v: Value, options: dict[str, Any], *, start: str, predict: bool) -> None:
        self._options, self._start, self._predict = options, start, predict
        self.run = record(v)
        if nudge.changed(self.run.order):
            raise RuntimeError(
                f"a leaf below {v!r} was changed after the graph was computed, so its steps would "
                "mix old and new numbers; compute the result again first"
            )
        with _gradients(self.run):
            self._picture = draw(v, **options)
            _ = self._picture.svg
        self._wording = _wording(self.run, self._picture, options["name_from"])
        self._forward = forward_steps(self.run.order, self._wording)
        self.steps = [
            *self._forward,
            *backward_steps(self.run, self._wording),
            result_step(self.run, self._wording),
        ]

    @property
    def svg(self) -> str:
        return self._picture.svg

    @functools.cached_property
    def label(self) -> str:
        """What it is, in one line."""
        return f"{self._wording.root}, step by step"

    def payload(self) -> dict[str, Any]:
        shown = _Shown(self._picture, self.run)
        right = [shown.step(each) for each in self.steps]
        return {
            **self._picture.payload(),
            "kind": "step",
            "label": self.label,
            "root": self._wording.root,
            "titles": {card.key: _spoiler_free(card) for card in self._picture.scene.cards},
            "leaves": [card.key for card in self._picture.scene.cards if card.kind == "leaf"],
            "forward": len(self._forward),
            "start": 0 if self._start == "forward" else len(self._forward),
            "predict": self._predict,
            "steps": right,
            "nudge": self._nudges(),
            **self._mistakes(shown),
        }

    def _nudges(self) -> dict[str, Any]:
        """For each leaf that has a card: its nudges, as texts; or the reason why there are none."""
        run, wording = self.run, self._wording
        leaves = [x for x in run.order if x.op is None and wording.keys[x] not in wording.titles]
        if len(leaves) * len(run.order) * 2 * len(nudge.SIZES) > nudge.MOST_WORK:
            return {"why_not": f"{len(run.order):,} values are too many to nudge here."}
        sizes = [abs(run.gradients[leaf]) for leaf in leaves]
        return {
            "first": sizes.index(max(sizes)) if sizes else 0,
            "result": number(run.root._data, 6),
            "leaves": [
                {
                    "card": wording.keys[leaf],
                    "name": wording.names[leaf],
                    "data": number(leaf._data),
                    "gradient": number(run.gradients[leaf], 6),
                    "rows": [
                        [number(n.h), number(n.result, 6), number(n.slope, 6)]
                        for n in nudge.nudges(run.order, leaf)
                    ],
                }
                for leaf in leaves
            ],
        }

    def _mistakes(self, shown: _Shown) -> dict[str, Any]:
        """The runs that go wrong; or the reason why there are none."""
        if self._wording.titles:
            return {
                "broken": [],
                "unbroken": "Open all groups first: a group hides what goes wrong.",
            }
        if len(self._picture.scene.cards) > MOST_BROKEN:
            return {"broken": [], "unbroken": f"This shows up to {MOST_BROKEN} values only."}
        return {"broken": self._broken(shown)}

    def _broken(self, shown: _Shown) -> list[dict[str, Any]]:
        """The two runs that go wrong on purpose."""
        found = []
        assigned: Run | None = with_assignment(self.run)
        if assigned is not None and not wrong_leaves(self.run, assigned):
            assigned = None
        for key, name, why, run in (
            ("assign", "= instead of +=", WHY_ASSIGN, assigned),
            ("order", "a shuffled order", WHY_ORDER, in_shuffled_order(self.run)),
        ):
            wrong = []
            if run is not None:
                wrong = [
                    *backward_steps(run, self._wording),
                    result_step(run, self._wording, self.run),
                ]
            found.append(
                {
                    "key": key,
                    "name": name,
                    "why": why if run is not None else NONE_WRONG[key],
                    "steps": [shown.step(each, self.run) for each in wrong],
                }
            )
        return found

    def opened(self, key: str) -> Stepper:
        """The same with the group on the card `key` opened."""
        options = {**self._options, "unfold": opened_too(self._options["unfold"], key)}
        return Stepper(self.run.root, options, start=self._start, predict=self._predict)

    def _page(self) -> str:
        return page(self.label, [self])

    def __str__(self) -> str:
        lines: list[str] = []
        phase = ""
        digits = len(str(len(self.steps)))
        for i, each in enumerate(self.steps, 1):
            if each.phase != phase:
                phase = each.phase
                lines += ["", HEADINGS[phase]] if lines else [HEADINGS[phase]]
            first, *rest = _aligned(each)
            lines.append(f"{i:>{digits + 2}}  {first}")
            lines += [" " * (digits + 6) + line for line in rest]
        return "\n".join(lines)

    def __repr__(self) -> str:
        count = len(self.steps)
        return f"<{self.label}: {count} step{'s' * (count != 1)}>"


HEADINGS = {"forward": "Forward", "backward": "Backward", "result": "Result"}


def _aligned(each: CardStep) -> list[str]:
    """A step as lines of text, with the first signs of equality below each other."""
    if each.phase == "forward":
        return [str(each.lines[0])] if each.lines else [each.title]
    texts = [f"{line}   ({line.rule})" if line.rule else str(line) for line in each.lines]
    cut = [text.partition(" ") for text in texts]
    wide = max((len(quantity) for quantity, _, _ in cut), default=0)
    adds = any(line.startswith("+=") for _, _, line in cut)
    head = f"{each.title}: {each.note}" if each.note else each.title
    return [
        head,
        *(
            f"{quantity:<{wide}} {' ' * (adds and line.startswith('='))}{line}"
            for quantity, _, line in cut
        ),
    ]


@contextmanager
def _gradients(run: Run) -> Iterator[None]:
    """While this is open, every `.grad` is that of this run alone."""
    before = [node.grad for node in run.order]
    try:
        for node, gradient in run.gradients.items():
            node.grad = gradient
        yield
    finally:
        for node, gradient in zip(run.order, before):
            node.grad = gradient


def _wording(run: Run, picture: Picture, name_from: Mapping[str, Any] | None) -> Wording:
    called = names(run.order, name_from)
    keys: dict[Value, str] = {}
    titles = {}
    for card in picture.scene.cards:
        for node in card.nodes:
            keys[node] = card.key
        if card.kind == "group":
            titles[card.key] = card.name
    return Wording(called, keys, titles, called[run.root])


def _spoiler_free(card: Any) -> str:
    """What a pointer reads of a card, without its numbers: they come with the steps."""
    if card.kind == "group":
        return title(card)
    where = f"; in {card.scope}" if card.scope else ""
    return f"{card.name} {card.operation}".rstrip() + where


class _Shown:
    """How steps are written for the script: texts, signs and sizes instead of numbers."""

    def __init__(self, picture: Picture, run: Run) -> None:
        scene = picture.scene
        self._edges: dict[tuple[str, str], list[int]] = {}
        for i, edge in enumerate(scene.edges):
            self._edges.setdefault((edge.source, edge.target), []).append(i)
        self._parts: dict[str, list[str]] = {}
        self._through: dict[str, list[tuple[str, str, float]]] = {}
        pieces = {card.key for card in scene.cards if card.kind == "part"}
        for edge in scene.edges:
            carried = (edge.source, edge.target, edge.carried or 0.0)
            for piece in {edge.source, edge.target} & pieces:
                self._through.setdefault(piece, []).append(carried)
            if edge.source in pieces and edge.target not in pieces:
                self._parts.setdefault(edge.target, []).append(edge.source)
        finite = [abs(g) for g in run.gradients.values() if math.isfinite(g)]
        self._most = max(finite, default=0.0)
        self._most_carried = max((abs(e.carried or 0.0) for e in scene.edges), default=0.0)
        self._groups = {card.key for card in scene.cards if card.kind == "group"}
        self._right = {card.key: run.gradients[card.nodes[0]] for card in scene.cards if card.nodes}

    def step(self, each: CardStep, right: Run | None = None) -> dict[str, Any]:
        """A step as JSON holds it; against the right run, what is wrong is marked."""
        sets, carries = each.sets, each.carries
        for part in self._parts.get(each.key, ()):  # pieces of an unfolded dot or sum go with it
            own = [(part, what, x, final) for key, what, x, final in each.sets if key == each.key]
            sets = [*sets, *own]
            if each.phase == "backward" and carries:
                carries = [*carries, *self._through[part]]
        return {
            "phase": each.phase,
            "card": each.key,
            "title": each.title,
            "note": each.note,
            "lines": [_line(line) for line in each.lines],
            "sets": [self._set(*found, right is not None) for found in sets],
            "edges": self._carried(carries),
        }

    def _set(self, key: str, what: str, x: float, final: bool, compared: bool) -> dict[str, Any]:
        if what == "data":
            return {"card": key, "what": what, "text": number(x)}
        wrong = compared and final and not same(x, self._right.get(key, x))
        return {
            "card": key, "what": what, "text": number(abs(x)), "sign": sign_of(x),
            "share": round(magnitude(x, self._most), 3), "final": final, "wrong": wrong,
        }  # fmt: skip

    def _carried(self, carries: Sequence[tuple[str, str, float]]) -> list[tuple[int, str, float]]:
        """For each line that carries a gradient: its place, the sign and the size."""
        used: dict[tuple[str, str], int] = {}
        found = []
        for source, target, x in carries:
            edges = self._edges.get((source, target), [])
            if edges:
                place = min(used.get((source, target), 0), len(edges) - 1)
                used[source, target] = place + 1
                share = round(magnitude(x, self._most_carried), 3)
                sign = "neutral" if target in self._groups or source in self._groups else sign_of(x)
                found.append((edges[place], sign, share))
        return found


def _line(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"left": line.left, "result": line.result}
    if line.total:
        found |= {"more": line.more, "total": line.total}
    if line.rule:
        found["rule"] = line.rule
    if line.mistake:
        found["wrong"] = True
    if line.quantity:
        found |= {"ask": line.quantity, "shown": line.answer_text}
        if math.isfinite(line.answer):
            found["answer"] = float(f"{line.answer:.6g}")
    return found
