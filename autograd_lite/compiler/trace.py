"""Tracing: run a function once and see every operation, and every decision, it takes.

The function runs on ordinary Values, whose engine records the graph. A trace adds what a graph does
not hold: comparisons. One that steers the program (`if x > 0`) becomes a guard, to be checked when
the operations are replayed; one that goes to `where` becomes an operation. In a trace `v.data` is a
Value that passes no gradient on, so nothing that a call computes is frozen into the next one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .. import modes, refusals
from ..anomaly import line_of_user
from ..derivatives import NO_GRADIENT, partials_on_values
from ..methods import DETACH, number
from ..primitive import Primitive, describe, is_value, where
from ..primitives import sum
from ..structure import flatten_all, leaves_of, unflatten
from .errors import TraceError


def _choice(name: str, holds: Callable[[Any, Any], Any]) -> Primitive:
    """`where` as an operation: the partial of the branch not taken is 0 and passes nothing on."""
    return Primitive(
        name,
        lambda left, right, x, y: where(holds(left, right), x, y),
        lambda out, left, right, x, y: (
            0.0,
            0.0,
            where(holds(left, right), 1.0, 0.0),
            where(holds(left, right), 0.0, 1.0),
        ),
        label="where", latex=r"\begin{cases}#3\\#4\end{cases}",
    )  # fmt: skip


WHERE_LESS = _choice("where_less", operator.lt)
WHERE_AT_MOST = _choice("where_at_most", operator.le)
TRACE_ROWS = (WHERE_LESS, WHERE_AT_MOST, DETACH)  # opcodes beyond those of the table
CHOICES = {"<": WHERE_LESS, "<=": WHERE_AT_MOST}
SIGNS = {row: sign for sign, row in CHOICES.items()}
HOLDS = {"<": operator.lt, "<=": operator.le, "!=": operator.ne}


class Composed(Primitive):
    """An operation whose operands or results are more than numbers, as a loop is; see loops.py.

    In a chain (chain.py) it runs by itself. In a trace it is a node like any other, whose data is
    `number` and whose partials are objects that know what to do with a gradient.
    """

    number = 0.0
    lanes: Any = None  # what does it for samples side by side (lane_steps.py), if anything can
    reads_states = False  # whether it takes out of a loop the states before its steps

    def __init__(self, name: str) -> None:
        # Not that of Primitive, which would keep the methods below: a circle of references.
        self.name = self.label = self.__name__ = name
        self.operands, self.defaults, self.variadic = (), (), True
        self.custom, self.c, self.domain, self.latex, self.binds = True, None, (), name, 9

    def evaluate(self, *operands: Any) -> float:
        return self.number

    def partials(self, out: Any, *operands: Any) -> Any:
        """0.0 for each operand, of numbers; for nodes what a gradient is to be multiplied by."""
        if not is_value(out):
            return (0.0,) * len(operands)
        return modes.trace().loops.partials_of(self, out, operands)

    def forward(self, operands: list[Any], keep: bool = True) -> Any:
        """What it gives: a number, a sequence, or what a loop has done.

        Args:
            keep: whether a loop keeps the states before its steps, for what follows.
        """
        raise NotImplementedError

    def reverse(self, out: Any, operands: list[Any], adjoint: Any) -> list[Any]:
        """The gradient for each operand, or None, for that of the result."""
        raise NotImplementedError

    def tangents(self, out: Any, operands: list[Any], rates: list[Any]) -> Any:
        """The rate of the result for those of the operands; None for none."""
        raise NotImplementedError

    def pushed(
        self, operands: list[Any], rates: list[Any], lanes: int, keep: bool
    ) -> tuple[Any, list[Any]]:
        """What it gives, and the rate of that in so many directions at once.

        Args:
            rates: for each operand a list of its rates, or None for none.
            keep: as of `forward`.
        """
        out = self.forward(operands, keep)
        each = ([r and r[lane] for r in rates] for lane in range(lanes))
        return out, [self.tangents(out, operands, several) for several in each]

    def describe(self) -> list[str]:
        """Lines of a summary."""
        return []


def is_number(x: Any) -> bool:
    """Whether `x` is one number, and no Value."""
    one = hasattr(type(x), "__float__") and getattr(x, "shape", ()) == ()
    return one and not is_value(x)


def _exactly(x: Any) -> float | None:
    """The float that equals a number; None for a nan, or a number such as Fraction(1, 3)."""
    try:
        number = float(x)
    except OverflowError:
        return None
    return number if number == x else None


class Condition:
    """What comparing Values gives in a trace: a decision that may differ from call to call."""

    __slots__ = ("operands", "outcome", "sign", "trace")

    def __init__(self, trace: Trace, sign: str, operands: tuple[Any, Any]) -> None:
        x, y = (getattr(operand, "_data", operand) for operand in operands)
        self.trace, self.sign, self.operands = trace, sign, operands
        self.outcome: bool = HOLDS[sign](x, y)

    def __bool__(self) -> bool:
        trace: Trace | None = self.trace
        while trace is not None:
            if trace.decide is not None and (outcome := trace.decide(self)) is not None:
                return outcome
            trace = trace.outer
        self.trace.guards.append(self)
        self.trace.lines.append(line_of_user())
        return self.outcome

    def _where(self, x: Any, y: Any) -> Any:
        if self.sign == "!=":  # a nan is true, as in Python
            return Condition(self.trace, "<=", self.operands)._where(
                Condition(self.trace, "<=", self.operands[::-1])._where(y, x), x
            )
        return self.trace.kind._apply(CHOICES[self.sign], (*self.operands, x, y))

    def __and__(self, other: Any) -> Any:
        return _Joined(self, other, both=True)

    def __or__(self, other: Any) -> Any:
        return _Joined(self, other, both=False)

    __rand__, __ror__ = __and__, __or__

    def __index__(self) -> int:  # a bool is a number, too
        return int(bool(self))

    __int__ = __index__

    def __add__(self, other: Any) -> Any:
        return self._where(1.0, 0.0) + other

    def __sub__(self, other: Any) -> Any:
        return self._where(1.0, 0.0) - other

    def __rsub__(self, other: Any) -> Any:
        return other - self._where(1.0, 0.0)

    def __mul__(self, other: Any) -> Any:
        return self._where(1.0, 0.0) * other

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        return bool(self) == (bool(other) if isinstance(other, Condition) else other)

    def __hash__(self) -> int:
        return hash(bool(self))

    def __repr__(self) -> str:
        return f"<{self.operands[0]} {self.sign} {self.operands[1]}: {self.outcome}>"


class _Joined(Condition):
    """Two conditions, of which both must hold or one."""

    __slots__ = ("both", "one", "two")

    def __init__(self, one: Any, two: Any, both: bool) -> None:
        self.one, self.two, self.both = one, two, both

    def __bool__(self) -> bool:
        if self.both:
            return bool(self.one) and bool(self.two)
        return bool(self.one) or bool(self.two)

    def _where(self, x: Any, y: Any) -> Any:
        second = where(self.two, x, y)
        return where(self.one, second, y) if self.both else where(self.one, x, second)

    def __repr__(self) -> str:
        return f"<{self.one} {'and' if self.both else 'or'} {self.two}>"


def _listed(result: Any) -> Any:
    """A result with lists in the place of the sequences of loops, where the length is known."""
    entries: list[Any] = []
    key = flatten_all(result, entries)
    if not any(hasattr(kind, "of_a_loop") for kind in set(map(type, entries))):
        return result
    return unflatten(key, (x.listed() if hasattr(type(x), "of_a_loop") else x for x in entries))


class Trace:
    """One run of a function on fresh leaves.

    Attributes:
        kind: the engine's Value.
        inputs: the leaves that stand for the numbers among the arguments.
        given: in the step of a loop, its leaves, and whether they stand for plain numbers.
        compared: the nodes that were compared by `==` as plain numbers.
        result: what the function returned.
        guards: the conditions that steered the run, in order.
        lines: the source line of each guard.
        watched: whether the function opened a `detect_anomaly`.
        data: what nodes stand for that are no numbers: sequences, and what loops have done.
        loops: what records loops, the module of the name; None: loops are unrolled.
        outer: the trace of the function in which the step of a loop is traced.
        reorder: whether additions may be grouped anew.
        batched: whether the program is replayed for many samples at a time.
        decide: in the step of a loop, what says how conditions come out; see step_branches.py.
    """

    watched = reorder = batched = False
    decide: Callable[[Condition], bool | None] | None = None
    outer: Trace | None = None

    def __init__(self, kind: Any, loops: Any = None) -> None:
        self.kind, self.loops = kind, loops
        self.inputs: list[Any] = []
        self.result: Any = None
        self.guards: list[Condition] = []
        self.lines: list[str] = []
        self.data: dict[Any, Any] = {}
        self.given: dict[Any, bool] = {}
        self.compared: list[Any] = []
        self._plain: dict[Any, bool] | None = None  # of nodes whether they are, once one is asked

    def inner(self) -> Trace:
        """A trace for the step of a loop."""
        trace = Trace(self.kind, self.loops)
        trace.outer, trace.reorder, trace.batched = self, self.reorder, self.batched
        return trace

    def run(self, function: Callable[..., Any], args: Any, named: Any) -> None:
        """Call `function`, which is given `inputs` in its arguments."""
        recording, unwatched = modes.Mode("recording", True), modes.Mode("watch", None)
        with recording, unwatched, modes.Mode("trace", self):
            try:
                self.result = _listed(function(*args, **named))
            except (TypeError, ValueError) as error:
                if "ufunc" in str(error) or "object" in str(error):  # NumPy's and SciPy's
                    from .. import ufuncs

                    if refused := ufuncs.refusal(error):
                        raise refused from error
                raise
        for x in leaves_of(self.result):
            if type(x) is self.kind:
                continue
            known = isinstance(x, (self.kind, str, bytes)) or hasattr(type(x), "of_a_loop")
            if not (known or x is None or is_number(x)):
                name = getattr(function, "__name__", type(function).__name__)
                raise TraceError(
                    "a compiled function returns Values and numbers, and lists, tuples, dicts, "
                    f"dataclasses and arrays of them; {name} returned {describe(x)}"
                )

    def compare(self, sign: str, x: Any, y: Any) -> Any:
        """`x sign y`, of which one is a Value of this engine."""
        if not isinstance(y, self.kind):
            y = number(y, self.kind, x)
            if y is NotImplemented:
                return y
        if sign in (">", ">="):
            return Condition(self, "<" if sign == ">" else "<=", (y, x))
        return Condition(self, sign, (x, y))

    def equal(self, x: Any, y: Any) -> Any:
        """`x == y` for what are numbers outside of a trace: a decision, too. Of Values identity."""
        if not all(is_number(v) or (is_value(v) and self.is_plain(v)) for v in (x, y)):
            return NotImplemented
        x, y = (v if is_value(v) else _exactly(v) for v in (x, y))
        if x is None or y is None:
            return False
        self.compared += [v for v in (x, y) if is_value(v)]
        return not Condition(self, "!=", (x, y))

    def is_plain(self, node: Any) -> bool:
        """Whether a node stands for a plain number: no Value but arguments goes into it."""
        plain = self._known()
        waiting = [node]
        while waiting:
            x = waiting[-1]
            if x not in plain:
                if x.op is None or x.op is DETACH:
                    plain[x] = x.op is DETACH
                else:
                    rest = [parent for parent in x.parents if parent not in plain]
                    if rest:
                        waiting += rest
                        continue
                    plain[x] = all(plain[parent] for parent in x.parents)
            waiting.pop()
        return plain[node]

    def becomes_values(self, leaves: list[Any]) -> None:
        """Leaves of a step that are plain before the first one alone."""
        self.given |= dict.fromkeys(leaves, False)
        self._plain = None

    def _known(self) -> dict[Any, bool]:
        """The nodes that were asked for, and at first the leaves."""
        if self._plain is None:
            outside = {} if self.outer is None else self.outer._known()
            self._plain = {**outside, **dict.fromkeys(self.inputs, True), **self.given}
        return self._plain

    def refuse(self, what: str) -> None:
        """Raise for something that only the traced call would do."""
        raise TraceError(
            f"{what} in a compiled function would happen while it is traced and never again "
            f"({line_of_user()}); do it outside"
        )

    def refuse_no_grad(self) -> None:
        """Raise for `no_grad`, whose leaves a replay could not tell from numbers."""
        raise TraceError(
            f"no_grad inside a compiled function ({line_of_user()}) would freeze the numbers of "
            "this call; use v.detach() for a value without a gradient"
        )

    def refuse_number(self) -> None:
        """Raise for a Value that is taken for a plain number."""
        raise TraceError(
            "an argument or a result of a compiled function differs from call to call, so it "
            f"cannot be a plain number, an index or a count in it ({line_of_user()}): name the "
            "argument in `static`, take autograd_lite.exp(v) instead of math.exp(v), compare with "
            f"`<`, or choose with where(condition, x, y){refusals.for_numpy()}"
        )

    def detached(self, numbers: Any) -> Any:
        """Values, or a list of them, in the place of floats: they pass no gradient on."""
        if isinstance(numbers, list):
            return list(map(self.detached, numbers))
        return numbers.detach() if is_value(numbers) else numbers

    def partials(self, node: Any) -> tuple[Any, ...]:
        """`node.partials`, which differ from call to call; () of a leaf."""
        if node.op is None:
            return ()
        return tuple(self.detached(partials_on_values(node)))

    def masked(self, root: Any, partials_of: Callable[[Any], Any]) -> Masked:
        """The partials below `root` as the chain rule is to take them in this trace."""
        return Masked(self, root, partials_of)

    def has_loops(self, nodes: list[Any]) -> bool:
        """Whether there is a loop among nodes: its partials are for reverse mode alone."""
        return any(isinstance(node.op, Composed) for node in nodes)

    def pushed(self, node: Any, parts: list[list[Any]]) -> list[Any] | None:
        """The rates of a node in several directions, where its partials do not say them; else None.

        Args:
            node: which may be a `where`, whose rate is that of the branch that is taken.
            parts: the rates of each parent.
        """
        if node.op is DETACH:
            return [NO_GRADIENT] * len(parts[0])
        if node.op not in SIGNS:
            return None
        none = [NO_GRADIENT] * len(parts[0])
        of_parent = iter(parts)
        x, y = [next(of_parent) if is_value(arg) else none for arg in node.args][2:]
        condition = Condition(self, SIGNS[node.op], node.args[:2])
        return [
            NO_GRADIENT
            if left is NO_GRADIENT and right is NO_GRADIENT
            else where(condition, *(0.0 if r is NO_GRADIENT else r for r in (left, right)))
            for left, right in zip(x, y)
        ]

    def forget(self) -> None:
        """Let the graph go."""
        self.inputs, self.result, self.guards, self.data = [], None, [], {}
        self._plain = None
        self.decide = None


# Gradients as graphs ------------------------------------------------------------------------------


class Masked:
    """The partials of the nodes of a trace, where what a branch not taken passes back is 0.

    A trace holds both branches of a `where`. Gradients of the one not taken are replaced by 0 at
    every step, for further down they may meet an infinite partial. Conditions pass nothing back.

    Below a `where` a node has a number that says whether it matters: 0 if every path from it to the
    root goes through a branch not taken.
    """

    def __init__(self, trace: Trace, root: Any, partials_of: Callable[[Any], Any]) -> None:
        self.trace, self.partials_of = trace, partials_of
        self.mattering: dict[Any, dict[int, Any]] = {root: {0: True}}  # by id, from all users

    def __call__(self, node: Any) -> list[Any]:
        several = self.mattering.get(node)
        if node.op is DETACH or not several:  # nothing passes
            return []
        matters = True if 0 in several else sum(several.values())
        partials = []
        for (parent, still), partial in zip(self._parents(node, matters), self.partials_of(node)):
            partials.append(_MaskedPartial(self.trace, partial, still))
            if still is not False:
                self.mattering.setdefault(parent, {})[0 if still is True else id(still)] = still
        return partials

    def _parents(self, node: Any, matters: Any) -> list[tuple[Any, Any]]:
        """The Values among the operands, and whether each matters: a bool, or a number below 1."""
        still = [matters] * len(node.args)
        if node.op in SIGNS:
            condition = Condition(self.trace, SIGNS[node.op], node.args[:2])
            one = 1.0 if matters is True else matters
            still = [False, False, where(condition, one, 0.0), where(condition, 0.0, one)]
        return [(x, y) for x, y in zip(node.args, still) if isinstance(x, type(node))]


class _MaskedPartial:
    """A partial whose product with a gradient is 0 unless `matters`: a bool, or a number from 0."""

    def __init__(self, trace: Trace, partial: Any, matters: Any) -> None:
        self.trace, self.partial, self.matters = trace, partial, matters

    def __rmul__(self, gradient: Any) -> Any:
        if self.matters is False:
            return NO_GRADIENT
        same = type(self.partial) is float and self.partial == 1.0  # a Value is not asked
        product = gradient if same else gradient * self.partial
        whole = not (is_value(product) or is_number(product))  # of a loop: its numbers come later
        if self.matters is True or whole:
            return product
        return where(self.trace.compare("<", 0.0, self.matters), product, 0.0)
