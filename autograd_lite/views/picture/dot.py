"""draw_dot: a computation graph as a graphviz.Digraph, in the familiar record style."""

from __future__ import annotations

import errno
import functools
import re
import shutil
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...chain_rule import topological_order
from ...primitive import describe, is_value
from ..text import number, operation_text
from .dot_text import oval_text, record_text

if TYPE_CHECKING:  # not at run time: graphviz and the compiler are not needed for most pictures
    import graphviz

    from ...compiler.program import Program

DIGITS = 5  # of data and gradients

NO_DOT = (
    "This Python runs in a browser, where Graphviz cannot run."
    if sys.platform == "emscripten"
    else "To see this graph as a picture install Graphviz, or run: "
    "pip install 'autograd_lite[dot]'."
) + " Its source in the DOT language is in .source"


def draw_dot(root: Any, *, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:
    """The graph of `root`: a record for each Value (label, data, and after a backward its
    gradient), an oval for each operation, an edge for each operand, so two for `x * x`.

    Of a compiled program: its tape, a record for each instruction (the operation, how many rows it
    does and how many operands a row takes), an oval for inputs and leaves. A loop is its step in a
    frame, with an edge back from the next state.

    Args:
        root: a Value, or a list of Values; or a `Program` that has one tape so far.
        format: of the rendered picture: svg, png, pdf, ...
        rankdir: "LR" from left to right, "TB" from top to bottom.

    Returns:
        A graphviz.Digraph, which a notebook shows and `.render("name")` writes. The `.source`
        is always there; a picture needs the `dot` program of Graphviz, or the extra `[dot]`.
        Without either a notebook shows a sentence, and `.render` writes the source and warns.

    Raises:
        TypeError: root is no Value.
        ValueError: root is a program without a tape, or with several.

    >>> from autograd_lite import Value, draw_dot
    >>> x = Value(3.0, label="x")
    >>> print(draw_dot(x * x).source)
    digraph {
        graph [rankdir=LR]
        node [fontname=Helvetica fontsize=11 shape=record]
        n0 [label="{ x | data 3 }"]
        n1 [label="{ data 9 }"]
        n1_op [label="×" shape=oval]
        n1_op -> n1
        n0 -> n1_op
        n0 -> n1_op
    }
    """
    if hasattr(type(root), "tapes"):
        return _draw_program(root, format, rankdir)
    roots = list(root) if isinstance(root, (list, tuple)) else [root]
    for node in roots:
        if not is_value(node):
            raise TypeError(f"draw_dot draws a Value or a list of Values, got {describe(node)}")
    graph = _empty_graph(format, rankdir)
    graded = any(node.grad for node in roots)  # no backward leaves 0 at a result
    names = {}
    for i, node in enumerate(topological_order(*roots)):
        name = names[node] = f"n{i}"
        fields = [] if node.label is None else [record_text(str(node.label))]
        fields.append(f"data {number(node.data, DIGITS)}")
        if graded:
            fields.append(f"grad {number(node.grad, DIGITS)}")
        graph.node(name, f"{{ {' | '.join(fields)} }}")
        if node.op is not None:
            graph.node(f"{name}_op", oval_text(operation_text(node)), shape="oval")
            graph.edge(f"{name}_op", name)
            for parent in node.parents:
                graph.edge(names[parent], f"{name}_op")
    return graph


def _draw_program(program: Program, format: str, rankdir: str) -> graphviz.Digraph:
    """The instructions of a program and what each reads from which."""
    tapes = program.tapes()
    if len(tapes) != 1:
        raise ValueError(
            f"a program is drawn by its tape, and this one has {len(tapes)}: call it once first"
            if not tapes
            else f"this program has {len(tapes)} tapes, one for each structure and branch; "
            "compile the function again and call it once"
        )
    from .dot_program import draw_program  # most pictures are of Values

    graph = _empty_graph(format, rankdir)
    draw_program(graph, tapes[0])
    return graph


def _empty_graph(format: str, rankdir: str) -> graphviz.Digraph:
    graph = _digraph()(format=format)
    graph.attr("graph", rankdir=rankdir)
    graph.attr("node", shape="record", fontname="Helvetica", fontsize="11")
    return graph


@functools.cache
def _digraph() -> Any:
    """The class of the graphs; made when first needed, for graphviz takes a while to load."""
    import graphviz

    class Drawing(graphviz.Digraph):  # type: ignore[misc]
        """A Digraph that renders with whatever `dot` there is, and never fails for want of one."""

        def pipe(self, *args: Any, **options: Any) -> Any:
            options.setdefault("quiet", True)  # remarks on fonts are of no use to the reader
            with _any_dot():
                return super().pipe(*args, **options)

        def render(self, *args: Any, **options: Any) -> Any:
            try:
                with _any_dot():
                    return super().render(*args, **options)
            except graphviz.ExecutableNotFound:
                warnings.warn(NO_DOT, stacklevel=2)
                return self.filepath  # the source, which is saved before it is rendered

        def _repr_image_svg_xml(self) -> str:
            svg = str(self.pipe(format="svg", encoding="utf-8"))
            fluid = r'<svg width="100%" style="max-width:\1"'  # never wider than the page
            return re.sub(r'<svg width="(\w+)"\s+height="\w+"', fluid, svg, count=1)

        def _repr_mimebundle_(self, *args: Any, **options: Any) -> Any:
            try:
                return super()._repr_mimebundle_(*args, **options)
            except graphviz.ExecutableNotFound:
                return {"text/plain": NO_DOT}

    return Drawing


@contextmanager
def _any_dot() -> Iterator[None]:
    """Where no `dot` is on the PATH, let graphviz run the pip-installed one."""
    from graphviz.backend import ExecutableNotFound, dot_command

    usual = dot_command.DOT_BINARY
    if shutil.which("dot") is None:
        places = sysconfig.get_path("scripts")
        program = shutil.which("graphviz-pure") or shutil.which("graphviz-pure", path=places)
        if program:
            dot_command.DOT_BINARY = Path(program)
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        raise ExecutableNotFound([dot_command.DOT_BINARY]) from None  # no programs in a browser
    finally:
        dot_command.DOT_BINARY = usual
