"""An `if` in the step of a loop: each branch of the step is traced.

In each step `where` then chooses between their results, so that the body is one tape. The step is
called once for each branch, with the same leaves; `Decisions` says how its conditions come out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..anomaly import line_of_user
from ..chain_rule import order_since
from ..primitive import is_value, where
from .errors import TraceError

MOST = 64  # branches of a step

Branch = tuple[bool, ...]  # the outcomes of its conditions, in order


class Decisions:
    """The outcomes of the conditions in one run of the step.

    Args:
        since: when the step began; see `order_since`.
        given: the leaves that stand for the state and the x.
        branch: the first outcomes; the others are those of the numbers at hand.

    Attributes:
        conditions, outcomes, lines: each condition, its outcome, and the user's line.
    """

    def __init__(self, since: int, given: Sequence[Any], branch: Branch) -> None:
        self.since, self.given, self.branch = since, given, branch
        self.conditions: list[Any] = []
        self.outcomes: list[bool] = []
        self.lines: list[str] = []
        self._known: dict[Any, bool] = {}

    def __call__(self, condition: Any) -> bool | None:
        """The outcome of a condition; None if it does not depend on what is given."""
        if not self._depends(condition):
            return None
        key = condition.sign, condition.operands
        if key not in self._known:
            k = len(self.outcomes)
            if k == MOST:  # each adds a branch; on one not taken, a `while` may never end
                raise _too_many(self.lines[-1])
            outcome = self.branch[k] if k < len(self.branch) else condition.outcome
            self._known[key] = outcome
            self.conditions.append(condition)
            self.outcomes.append(outcome)
            self.lines.append(line_of_user())
        return self._known[key]

    def _depends(self, condition: Any) -> bool:
        nodes = [x for x in condition.operands if is_value(x)]
        inside = set(self.given)
        for node in order_since(self.since, nodes):
            if node._made >= self.since and not inside.isdisjoint(node.parents):
                inside.add(node)
        return not inside.isdisjoint(nodes)


def on_every_branch(
    trace: Any, step: Callable[..., Any], inputs: Sequence[Any], since: int
) -> tuple[list[Any], list[Any]]:
    """The two lists that a step gives, chosen by `where` if it has branches on what it is given.

    Args:
        trace: the step's own, which is on.
        step: of lists of Values, gives the numbers of the next state, and of the y.
        inputs: those lists.
        since: when it began.

    Raises:
        TraceError: there are more than 64 branches; one of them raises an error.
    """
    given = [x for group in inputs for x in group]
    results: dict[Branch, tuple[list[Any], list[Any]]] = {}
    conditions: dict[Branch, Any] = {}  # the next one after these outcomes
    waiting: list[Branch] = [()]
    while waiting:
        branch = waiting.pop()
        decisions = trace.decide = Decisions(since, given, branch)
        try:
            result = step(*inputs)
        except TraceError:
            raise
        except Exception as error:
            if not branch:
                raise
            raise TraceError(
                "both branches of an `if` in the step of a loop "
                f"({decisions.lines[len(branch) - 1]}) are traced, and one of them raises "
                f"{type(error).__name__}: {error}. Both are computed in each step, so check before "
                "the loop, or after it"
            ) from error
        found = tuple(decisions.outcomes)
        results[found] = result
        for k in range(len(found)):
            conditions[found[:k]] = decisions.conditions[k]
        waiting += [(*found[:k], not found[k]) for k in range(len(branch), len(found))]
        if len(results) + len(waiting) > MOST:
            raise _too_many(decisions.lines[-1])
    trace.decide = None
    while len(results) > 1:
        longest = max(results, key=len)
        before = longest[:-1]
        then, otherwise = (results.pop((*before, outcome)) for outcome in (True, False))
        state, ys = (
            [_chosen(conditions[before], x, y) for x, y in zip(*both)]
            for both in zip(then, otherwise)
        )
        results[before] = state, ys
    return results[()]


def _too_many(line: str) -> TraceError:
    return TraceError(
        f"the `if`s, `and`s and `or`s in the step of a loop make more than {MOST} branches "
        f"({line}), each of which would be traced: choose with where(condition, x, y), and join "
        "conditions by & and |"
    )


def _chosen(condition: Any, x: Any, y: Any) -> Any:
    """The one of two numbers that a condition chooses."""
    if x is y or (type(x) is float and type(y) is float and repr(x) == repr(y)):
        return x
    return where(condition, x, y)


def refuse_loop(trace: Any, name: str) -> None:
    """Raise for a loop after an `if` in a step: it would run on branches that are not taken.

    Args:
        trace: of the step.
        name: of the loop.
    """
    if trace.decide is not None and trace.decide.outcomes:
        raise TraceError(
            f"a {name} ({line_of_user()}) after an `if` in the step of another loop "
            f"({trace.decide.lines[-1]}) would run on both branches of the `if`: choose with "
            "where(condition, x, y)"
        )
