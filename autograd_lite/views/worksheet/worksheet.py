"""Worksheet: a graph with empty boxes, for a class with pencils; and its key."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ...primitive import is_value
from ..charts.figure import Still
from ..graph.roots import as_list
from ..language import say, spoken
from ..output.page import Section, page
from ..stepper.stepper import Stepper, step
from .printed import on_printed_numbers
from .sheet import PAGE_STYLE, PARTS, Sheet


class Worksheet(Still):
    """A sheet of A4 with the picture of a graph in which numbers are left to be found.

    All numbers on it, and the answers in the key, come from the leaves as they are printed.

    Attributes:
        blank: what is left empty, in the order in which it is found: some of "values", "local
            derivatives" and "gradients".
        is_key: whether the answers are written in.
        who: whose it is, where one writes a name; "" for a line.

    >>> from autograd_lite import Value, draw
    >>> x, w = Value(2.0, label="x"), Value(-0.6, label="w")
    >>> sheet = draw((x * w).tanh(), blank="gradients")
    >>> sheet
    <Worksheet: v0, gradients by hand>
    >>> sheet.key
    <Worksheet: v0, gradients by hand, the key>
    """

    kind = "worksheet"

    def __init__(
        self, stepper: Stepper, blank: tuple[str, ...], is_key: bool = False, who: str = ""
    ) -> None:
        self._stepper, self.blank, self.is_key, self.who = stepper, blank, is_key, who
        self.language = stepper.language
        _ = self.svg  # what does not fit is refused now

    @property
    def key(self) -> Worksheet:
        """The same sheet with the answers, in the same places."""
        return Worksheet(self._stepper, self.blank, True, self.who)

    @functools.cached_property
    @spoken
    def svg(self) -> str:
        """The sheet as text; the same for the same graph on every machine."""
        return Sheet(self._stepper, self.blank, self.is_key, self.who).svg(str(self))

    @spoken
    def __str__(self) -> str:
        root = self._stepper.root
        if self.blank == ("values",):
            title = say("{root}, values by hand", root=root)
        elif self.blank == ("local derivatives",):
            title = say("{root}, local derivatives by hand", root=root)
        else:
            title = say("{root}, gradients by hand", root=root)
        return say("{sheet}, the key", sheet=title) if self.is_key else title

    @spoken
    def _page(self) -> str:
        sheet = Section(svg=self.svg)
        return page(str(self), [sheet], language=self.language, style=PAGE_STYLE, headed=False)


def worksheet(roots: Sequence[Any], blank: Any, options: Mapping[str, Any]) -> Worksheet:
    """The worksheet of a Value; see `draw`.

    Args:
        roots: the Value whose gradients are asked for; only one.
        blank: what is left empty.
        options: of `step`, with the names that `names_in` gives.

    Raises:
        TypeError: there are several roots.
        ValueError: nothing like that can be blank, or the graph does not fit on a sheet.
    """
    asked = asked_for(blank)
    if len(roots) != 1:
        raise TypeError(f"a worksheet is of one Value, got {len(roots)} of them")
    return Worksheet(_on_printed_numbers(step(roots[0], **options), options), asked)


def _on_printed_numbers(stepper: Stepper, options: Mapping[str, Any]) -> Stepper:
    """The steps on the numbers that the sheet shows, for these are what a reader computes with."""
    again = on_printed_numbers(stepper.run.order)
    if not again:
        return stepper
    unfold = options["unfold"]
    if unfold is not True:
        unfold = [again.get(x, x) if is_value(x) else x for x in as_list(unfold)]
    names = options["name_from"].of_others(again)
    return step(again[stepper.run.root], **{**options, "unfold": unfold, "name_from": names})


def asked_for(blank: Any) -> tuple[str, ...]:
    """What is left empty: what was named, and what lies between.

    Each part is found from the ones before. So those before what is asked are given, and those
    after it are not on the sheet, for they would tell.

    >>> from autograd_lite.views.worksheet.worksheet import asked_for
    >>> asked_for("gradients"), asked_for(["values", "gradients"])
    (('gradients',), ('values', 'local derivatives', 'gradients'))
    """
    named = [blank] if isinstance(blank, str) else blank
    if named in ("all", ["all"]):
        return PARTS
    try:
        places = sorted(PARTS.index(part) for part in named)
    except (TypeError, ValueError):
        places = []
    if not places:
        known = ", ".join(f'"{part}"' for part in PARTS)
        raise ValueError(f'blank is one of {known}, a list of them, or "all", got {blank!r}')
    return PARTS[places[0] : places[-1] + 1]
