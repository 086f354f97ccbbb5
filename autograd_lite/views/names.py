"""The naming table: what each Value of a graph is called, in all views alike; no two alike.

A Value has its label; else the name of a variable, or of a parameter of a model, if `name_from`
tells them; else what it computes, if that is short (`x·w + b`); else v0, v1, ...
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..primitive import describe, is_value
from .formula.writer import FormulaWriter
from .rows import row_of
from .text import middle

CALLER = "caller"
PACKAGE = str(Path(__file__).parents[1])
NO_NAMES = ("In", "Out")  # a notebook's own lists of what went in and came out
LONGEST = 24  # characters of a name
SHORT = 12  # characters of a formula that serves as a name
MOST_FORMULAS = 1_000  # Values of a graph in which formulas are written, for each takes a while
DEEPEST, MOST_ENTRIES = 3, 100_000  # of lists in lists whose entries have names
STEMS = "vtuznm"  # v0, v1, ...; beside a label v0, which is the program's own, t0, t1, ...
NUMBERED = re.compile(r"([a-z])\d+")
GENERIC = re.compile(r"(w|b|weight|bias)\d*")  # labels that say nothing beside a parameter's path


def names(nodes: Iterable[Any], name_from: Any = None) -> dict[Any, str]:
    """The name of each Value of a graph, no two alike.

    Args:
        nodes: Values in topological order.
        name_from: variables by name, as `locals()` gives them, also entries of lists, tuples and
            dicts (`w[0]`) and parameters of models (`net.layers.0.b.0`); of several names of one
            Value the first in alphabetical order counts, and those that begin with an underscore
            do not. Or a model, for the paths of its parameters. Or what `names_in` made of these.
            A label that occurs several times gives way to such a name, and so do the labels w0,
            w1, b of a layer's parameters; else the second of a name is called w_2. What has no
            name is v0, v1, ...; or t0, t1, ... where a label is v with a number, already.

    Raises:
        TypeError: name_from is none of these.

    >>> from autograd_lite import Value, topological_order
    >>> from autograd_lite.views.names import names
    >>> w, x = [Value(2.0), Value(3.0)], Value(5.0, label="input")
    >>> y = (w[0] * x + w[1]).tanh()
    >>> list(names(topological_order(y), {"w": w}).values())
    ['w[0]', 'input', 'w[0]·input', 'w[1]', 'v0', 'v1']
    """
    nodes = list(nodes)
    variables = names_in(name_from)
    named = given_names(nodes, variables)
    _tell_apart(named)
    _shorten(named)
    taken = set(named.values())
    if len(nodes) <= MOST_FORMULAS:
        _name_by_formula(named, taken)
    numbered = {match[1] for name in taken if (match := NUMBERED.fullmatch(name))}
    stem = next((stem for stem in STEMS if stem not in numbered), STEMS[0])
    count = 0
    for node, name in named.items():
        if not name:
            while f"{stem}{count}" in taken:
                count += 1
            named[node] = f"{stem}{count}"
            count += 1
    return named


def given_names(nodes: Iterable[Any], variables: Variables) -> dict[Any, str]:
    """The label of each Value or the name of its variable; "" if it has neither."""
    labels = {node: "" if node.label is None else middle(str(node.label), 400) for node in nodes}
    if not variables:
        return labels
    times = Counter(labels.values())
    for node, label in labels.items():
        name = variables.get(id(node), "")
        vague = times[label] > 1 or (id(node) in variables.parameters and GENERIC.fullmatch(label))
        if name and (vague or not label):
            labels[node] = name
    return labels


def _tell_apart(named: dict[Any, str]) -> None:
    """Put a number after names that others have already: w, w_2, w_3."""
    taken = set(named.values())
    seen: Counter[str] = Counter()
    for node, name in named.items():
        seen[name] += 1
        if name and seen[name] > 1:
            while f"{name}_{seen[name]}" in taken:
                seen[name] += 1
            named[node] = f"{name}_{seen[name]}"


def _shorten(named: dict[Any, str]) -> None:
    """Cut long names in the middle, so that they stay different."""
    long = [node for node, name in named.items() if len(name) > LONGEST]
    taken = {name for name in named.values() if len(name) <= LONGEST}
    for node in long:
        name = cut = middle(named[node], LONGEST)
        count = 1
        while cut in taken:
            count += 1
            cut = middle(name, LONGEST - len(f"_{count}")) + f"_{count}"
        named[node] = cut
        taken.add(cut)


def _name_by_formula(named: dict[Any, str], taken: set[str]) -> None:
    """Call short results by what they compute, where all operands have names.

    Not functions of formulas: equations of `∂tanh(p + b)/∂(p + b)` would not be read with ease.
    """
    writer = FormulaWriter(named)
    formulas: set[Any] = set()
    for node, name in named.items():
        if name or node.op is None or not all(map(named.get, node.parents)):
            continue
        row = row_of(node.op)
        if not (row.infix or row.arithmetic) and not formulas.isdisjoint(node.parents):
            continue
        if sum(map(len, map(named.__getitem__, node.parents))) > SHORT:
            continue
        formula = writer.text(writer.value(node))
        if len(formula) <= SHORT and formula not in taken:
            named[node] = formula
            taken.add(formula)
            formulas.add(node)


# Where names come from ----------------------------------------------------------------------------


class Variables(dict[int, str]):
    """Names by the identity of what they name, which is safe: `kept` keeps it alive.

    Attributes:
        parameters: the identities of those that are parameters of a model.
        plain: those that are variables themselves, no entries of a list nor of a model.
        kept: what is named.
    """

    def __init__(self) -> None:
        super().__init__()
        self.parameters: set[int] = set()
        self.plain: set[int] = set()
        self.kept: list[Any] = []

    def add(self, thing: Any, name: str) -> None:
        if id(thing) not in self:
            self[id(thing)] = name
            self.kept.append(thing)

    def of_others(self, others: Mapping[Any, Any]) -> Variables:
        """The same names for other Values, each in place of one of these."""
        found = Variables()
        for this, other in others.items():
            if id(this) in self:
                found.add(other, self[id(this)])
        found.parameters = {id(y) for x, y in others.items() if id(x) in self.parameters}
        found.plain = {id(y) for x, y in others.items() if id(x) in self.plain}
        return found


def names_in(name_from: Any) -> Variables:
    """The names that `name_from` gives; the caller's variables for "caller".

    Raises:
        TypeError: name_from is no dict, no model and not "caller".
    """
    if isinstance(name_from, Variables):
        return name_from
    found = Variables()
    if name_from is None:
        return found
    if hasattr(name_from, "named_parameters"):
        _add_parameters(found, name_from, "")
        return found
    if isinstance(name_from, str) and name_from == CALLER:
        name_from = _callers_variables()
    if not isinstance(name_from, Mapping):
        raise TypeError(
            "name_from is a dict of variables, as locals() gives it, a module, or "
            f'"{CALLER}" for the variables where this is called; got {describe(name_from)}'
        )
    variables = {
        name: name_from[name]
        for name in sorted(name for name in name_from if isinstance(name, str))
        if not name.startswith("_") and name not in NO_NAMES
    }
    for name, variable in variables.items():
        if is_value(variable):
            found.add(variable, name)
            found.plain.add(id(variable))
    for name, variable in variables.items():
        if hasattr(variable, "named_parameters") and not isinstance(variable, type):
            _add_parameters(found, variable, f"{name}.")
        for path, entry in _entries(name, variable):
            found.add(entry, path)
    return found


def _add_parameters(found: Variables, model: Any, prefix: str) -> None:
    for path, parameter in model.named_parameters():
        found.add(parameter, prefix + path)
        found.parameters.add(id(parameter))


def _entries(name: str, variable: Any) -> Iterator[tuple[str, Any]]:
    """The Values in a list, tuple or dict, and in those within it: `w[0]`, `w[0][1]`."""
    level = [(name, variable)]
    for _ in range(DEEPEST):
        below = []
        for path, thing in level:
            entries: Iterable[tuple[Any, Any]] = ()
            if type(thing) in (list, tuple):
                entries = enumerate(thing)
            elif type(thing) is dict:
                entries = thing.items()
            for key, entry in islice(entries, MOST_ENTRIES):
                if is_value(entry):
                    yield f"{path}[{_written(key)}]", entry
                elif type(entry) in (list, tuple, dict):
                    below.append((f"{path}[{_written(key)}]", entry))
        level = below


def _written(key: Any) -> str:
    """The key of a dict as a program has it."""
    try:
        return repr(key)
    except Exception:  # whatever a class of somebody else may raise
        return "…"


def _callers_variables() -> dict[str, Any]:
    """The variables that can be read where this package was called."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    variables = {**frame.f_globals, **frame.f_locals}
    return {name: x for name, x in variables.items() if name.isidentifier()}
