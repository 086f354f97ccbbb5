"""Formulas as MathML, which browsers draw by themselves: no script, no font, no network."""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)
ALSO = {  # what docutils calls otherwise, or has no use for
    r"\dots": r"\ldots",
    r"\bmod": r"\operatorname{mod}",
    r"\textstyle": "",
    "°": r"\text{°}",
}
SIZE = re.compile(r"\\[bB]igg?[lrm]?(?![a-zA-Z])")  # a browser sizes brackets by itself
SHORT = re.compile(r"\\[dt]?frac\s*([0-9a-zA-Z])\s*([0-9a-zA-Z])")
NAME = re.compile(r"\\operatorname\{.*?\}")  # taken as it is, without an escape


def mathml(node: nodes.Element, as_block: bool = False) -> str:
    """The formula of a node; its source, and a warning, if it cannot be read."""
    formula = node.astext()
    for command, known in ALSO.items():
        formula = formula.replace(command, known)
    formula = SHORT.sub(r"\\frac{\1}{\2}", SIZE.sub("", formula))
    formula = NAME.sub(lambda match: match[0].replace(r"\_", "_"), formula)
    try:
        return str(tex2mathml(formula, as_block=as_block))
    except MathError as error:
        logger.warning("a formula cannot be shown: %s: %s", error, formula, location=node)
        return f"<code>{html.escape(formula)}</code>"


def inline(writer: Any, node: nodes.math) -> None:
    """A formula in a line."""
    writer.body.append(mathml(node))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.math_block) -> None:
    """A formula of its own."""
    writer.body.append(f'<div class="math">{mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True}
