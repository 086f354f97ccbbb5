"""step: a computation, one operation at a time, forward and then backward, as a moving picture.

A Stepper holds the picture of the graph and the steps; `js/stepper.js` moves it, in a notebook and
in a page alike. What stands here was computed by the engine. The script is given the words with
marks in place of numbers, and computes these anew when a reader changes a leaf (`js/model.js`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...primitive import describe, is_value
from ..graph.scene import Scene
from ..graph.states import was_changed
from ..language import say, speaking, spoken
from ..motion.film import Film
from ..motion.playing import ROUNDS, playing
from ..motion.strip import strip
from ..names import names, names_in
from ..output.gif import gif
from ..output.view import Look, View, Writer
from ..picture.draw import Picture, draw
from ..picture.drawing import WIDTHS
from ..program import line_of
from ..text import counted
from .meaning import meaning
from .payload import PayloadWriter
from .runs import Run, record
from .steps import CardStep, Wording, backward_steps, forward_steps, result_step

if TYPE_CHECKING:
    from ... import Value

STARTS = ("forward", "backward")
GIF_SCALE = 1.5  # pixels per unit: sharp on a slide, and small enough for mail


def step(
    v: Value,
    *,
    start: str = "forward",
    predict: bool = False,
    max_cards: int = 150,
    level: str | int | None = None,
    unfold: Any = (),
    direction: str = "right",
    name_from: Any = None,
    language: str | None = None,
) -> Stepper:
    """Step through the computation of `v`: forward, and backward by the chain rule.

    The steps of backward are those that the engine takes, in its order, with its numbers. In a
    notebook and in the page that `save("step.html")` writes, keys, buttons and a slider move
    through them; "Predict first" asks for each number before it shows it, "Nudge" compares the
    gradient with what a small change does, "Break it" makes two well-known mistakes. A leaf's
    number can be dragged or typed there, and everything follows, without Python. Every `.grad`
    stays as it is.

    Args:
        v: the Value to differentiate.
        start: where it opens: "forward", before the first operation; or "backward", where all
            numbers are there and no gradient is.
        predict: open in the mode that asks first.
        max_cards, level, unfold, direction, name_from, language: as for `draw`. A group of Values
            takes part as one step.

    Raises:
        TypeError: v is not a Value.
        ValueError: an unknown start, level or direction.
        RuntimeError: a leaf was changed after v was computed.

    >>> from autograd_lite import Value, step
    >>> x, w = Value(2.0, label="x"), Value(-0.6, label="w")
    >>> p = x * w
    >>> print(step(p, name_from={"p": p}))
    Forward
      1  p = x·w = 2 × (−0.6) = −1.2
    <BLANKLINE>
    Backward
      2  p: backward starts here, for the gradient of the result itself is 1
           p.grad = 1
      3  p = x·w: its gradient is final (1), so it can pass it on
           x.grad += ∂p/∂x · p.grad = −0.6 × 1 = −0.6   (∂p/∂x = w)
           w.grad += ∂p/∂w · p.grad = 2 × 1 = 2   (∂p/∂w = x)
    <BLANKLINE>
    Result
      4  The gradients of the leaves: p.backward() adds these numbers to .grad
           x.grad = −0.6
           w.grad = 2
    """
    if not is_value(v):
        raise TypeError(f"step wants the Value to differentiate, got {describe(v)}")
    if start not in STARTS:
        raise ValueError(f'start is "forward" or "backward", got {start!r}')
    options = {
        "max_cards": max_cards, "level": level, "unfold": unfold, "direction": direction,
        "name_from": names_in(name_from),
    }  # fmt: skip
    with speaking(language):
        return Stepper(v, options, start=start, predict=predict)


class Stepper(View):
    """The steps of a computation with its picture; see `step`.

    Attributes:
        steps: what happens, each a `CardStep`: forward, backward, last the gradients of leaves.
        svg: the picture after the last step.
        still: a strip of frames, for where nothing moves.

    `print(stepper)` gives all steps as text.
    """

    __module__ = "autograd_lite"

    kind = "stepper"

    def __init__(self, v: Value, options: dict[str, Any], *, start: str, predict: bool) -> None:
        self._options, self._start, self._predict = options, start, predict
        self.run = record(v)
        if was_changed(self.run.order):
            raise RuntimeError(
                f"a leaf below {v!r} was changed after the graph was computed, so its steps would "
                "mix old and new numbers; compute the result again first"
            )
        with _gradients(self.run):
            self._picture: Picture = draw(v, style="cards", **options)
            self._picture.scene.products = True
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
    @spoken
    def still(self) -> str:
        return strip(self.scene, self.steps, self.direction, self.label)

    @functools.cached_property
    @spoken
    def _film(self) -> Film:
        told = meaning(self.run, self._wording.names)
        return Film(self.scene, self.steps, self.direction, self.label, told)

    @functools.cached_property
    @spoken
    def _playing(self) -> str:
        return playing(self._film)

    @property
    def scene(self) -> Scene:
        """The picture after the last step, as plain data."""
        return self._picture.scene

    @property
    def root(self) -> str:
        """The name of the result."""
        return self._wording.root

    @property
    def direction(self) -> str:
        """Where the result is: "right" or "down"."""
        return str(self._options["direction"])

    @property
    def name_from(self) -> Any:
        """What names Values without a label."""
        return self._options["name_from"]

    @functools.cached_property
    @spoken
    def label(self) -> str:
        """What it is, in one line."""
        return say("{root}, step by step", root=self._wording.root)

    @spoken
    def payload(self) -> dict[str, Any]:
        forward = len(self._forward)
        writer = PayloadWriter(self._picture.scene, self.run, self._wording)
        return {
            **self._picture.plain(),
            "kind": "step",
            "label": self.label,
            "root": self._wording.root,
            "widths": WIDTHS,
            "forward": forward,
            "start": 0 if self._start == "forward" else forward,
            "predict": self._predict,
            **writer.all(),
            "listed": [_listed(each) for each in self.steps],
        }

    def _writers(self) -> dict[str, Writer]:
        looks = ("theme", "transparent", "animate")
        return {
            **super()._writers(),
            ".svg": Writer(lambda look: self._seen(look).encode(), looks),
            ".gif": Writer(self._gif, ("theme", "scale")),
            **self._picture.sources(),
        }

    def _seen(self, look: Look) -> str:
        return self._drawn(look, self._playing if look.animate else None)

    def _gif(self, look: Look) -> bytes:
        frames = [(self._drawn(look, svg), seconds) for svg, seconds in self._film.frames()]
        return gif(frames, ROUNDS, look.scale or GIF_SCALE)

    def _title(self) -> str:
        return self.label

    @spoken
    def __str__(self) -> str:
        lines: list[str] = []
        phase = ""
        digits = len(str(len(self.steps)))
        nodes = {card.key: card.nodes for card in self._picture.scene.cards}
        for i, each in enumerate(self.steps, 1):
            if each.phase != phase:
                phase = each.phase
                lines += ["", _heading(phase)] if lines else [_heading(phase)]
            first, *rest = _aligned(each)
            lines.append(f"{i:>{digits + 2}}  {first}")
            if phase == "forward" and (made := line_of(nodes.get(each.key, ()))):
                rest.append(made)
            lines += [" " * (digits + 6) + line for line in rest]
        return "\n".join(lines)

    @spoken
    def __repr__(self) -> str:
        steps = counted(len(self.steps), "step")
        return f"<{say('{title}: {note}', title=self.label, note=steps)}>"


def _listed(each: CardStep) -> list[Any]:
    """A step as text: its title, its note, its lines with the reasons for them."""
    return [each.title, each.note, *([str(line), line.rule] for line in each.lines)]


def _heading(phase: str) -> str:
    """What stands above the steps of a phase."""
    if phase == "result":
        return say("Result")
    return say("Forward") if phase == "forward" else say("Backward")


def _aligned(each: CardStep) -> list[str]:
    """A step as lines of text, with the first signs of equality below each other."""
    if each.phase == "forward":
        return [str(each.lines[0])] if each.lines else [each.title]
    texts = [f"{line}   ({line.rule})" if line.rule else str(line) for line in each.lines]
    goals = [re.match(r".*?\.grad(?= \+?[=≈] )", text) for text in texts]
    wide = max((len(goal[0]) for goal in goals if goal), default=0)
    return [each.heading] + [
        f"{goal[0]:<{wide}}{text[goal.end() :]}" if goal else text
        for goal, text in zip(goals, texts)
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


def _wording(run: Run, picture: Picture, name_from: Any) -> Wording:
    named = names(run.order, name_from)
    keys: dict[Value, str] = {}
    titles = {}
    for card in picture.scene.cards:
        for node in card.nodes:
            keys[node] = card.key
        if card.kind == "group":
            titles[card.key] = card.name
    return Wording(named, keys, titles, named[run.root])
