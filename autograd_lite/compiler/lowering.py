"""From the graph of a trace to a tape: fewer operations, in groups over contiguous numbers.

Three passes over the nodes, each linear. `Formulas` drops what is constant, doubled or neutral;
`fold_sums` makes chains of additions and of multiply-adds into single sums and dot products;
`schedule` puts operations of one kind that can run at the same time into one instruction, and
their operands next to each other where it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..methods import DETACH
from ..primitive import Primitive, Reduction
from ..primitives import TABLE
from .tape import Column, Instruction, Tape
from .trace import WHERE_AT_MOST, WHERE_LESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ADD, SUB, MUL, DIV = (TABLE[name] for name in ("add", "sub", "mul", "div"))
SUM, DOT, POWER = (TABLE[name] for name in ("sum", "dot", "power"))
CONSTANT, INPUT, OUTER = "constant", "input", "outer"


class Formulas:
    """Operations on numbered results: `ops[i]` applied to the results `args[i]`.

    A result without operands has for its op the text CONSTANT, INPUT or OUTER.
    """

    def __init__(self) -> None:
        self.ops: list[Any] = []
        self.args: list[tuple[int, ...]] = []
        self.numbers: dict[int, float] = {}  # of the constants
        self.recorded = 0
        self._constants: dict[Any, int] = {}
        self._known: dict[Any, int] = {}

    def new(self, op: Any, args: tuple[int, ...] = ()) -> int:
        self.ops.append(op)
        self.args.append(args)
        return len(self.ops) - 1

    def constant(self, x: float) -> int:
        key = x if x == x and x != 0.0 else repr(x)  # 0.0 is not -0.0, and nan is one nan
        found = self._constants.get(key)
        if found is None:
            found = self._constants[key] = self.new(CONSTANT)
            self.numbers[found] = x
        return found

    def make_constant(self, i: int, x: float) -> None:
        """Turn a result into a constant."""
        self.ops[i] = CONSTANT
        self.numbers[i] = x

    def record(self, op: Primitive, args: tuple[int, ...], node: Any) -> int:
        """The result of `op`, whose value in the traced run is that of `node`."""
        self.recorded += 1
        numbers = self.numbers
        last = args[-1]
        if last in numbers:
            if op is POWER:
                exponent = numbers[last]
                if exponent == 2.0:
                    op, args = MUL, (args[0], args[0])
                elif exponent == 1.0:
                    return args[0]
            elif op in NEUTRAL and numbers[last] == NEUTRAL[op]:
                return args[0]
        first = args[0]
        if first in numbers:
            if (op is ADD or op is MUL) and numbers[first] == NEUTRAL[op]:
                return last
            if last in numbers and all(x in numbers for x in args):
                return self.constant(node._data)
        if op.custom and op not in GATES:  # it may do anything: as often as it is called
            return self.new(op, args)
        found = self._known.setdefault((op, args), len(self.ops))
        return self.new(op, args) if found == len(self.ops) else found


NEUTRAL = {ADD: 0.0, SUB: 0.0, MUL: 1.0, DIV: 1.0}


def uses_of(formulas: Formulas, roots: Iterable[int]) -> list[int]:
    """How often each result is used; 0 for what no root needs."""
    uses = [0] * len(formulas.ops)
    for root in roots:
        uses[root] += 1
    args = formulas.args
    for i in range(len(args) - 1, -1, -1):  # operands come before the results that use them
        if uses[i]:
            for x in args[i]:
                uses[x] += 1
    return uses


def fold_sums(formulas: Formulas, uses: list[int]) -> None:
    """Make each tree of additions one `sum`, or one `dot` if it mostly adds products."""
    ops, args = formulas.ops, formulas.args
    one = -1
    for i in range(len(ops) - 1, -1, -1):
        if not uses[i] or (ops[i] is not ADD and ops[i] is not SUM):
            continue
        terms: list[int] = []
        stack = list(reversed(args[i]))
        while stack:
            x = stack.pop()
            if uses[x] == 1 and (ops[x] is ADD or ops[x] is SUM):
                uses[x] = 0
                stack.extend(reversed(args[x]))
            else:
                terms.append(x)
        products = [x for x in terms if uses[x] == 1 and (ops[x] is MUL or ops[x] is DOT)]
        others = [x for x in terms if uses[x] != 1 or (ops[x] is not MUL and ops[x] is not DOT)]
        if sum(len(args[x]) // 2 for x in products) < 2 or 2 * len(products) < len(terms):
            ops[i], args[i] = (ADD if len(terms) == 2 else SUM), tuple(terms)
            continue
        for x in products:
            uses[x] = 0
        left = [y for x in products for y in args[x][: len(args[x]) // 2]]
        right = [y for x in products for y in args[x][len(args[x]) // 2 :]]
        if all(not args[x] for x in others):  # a bias is the weight of one more input
            if others and one < 0:
                one = formulas.constant(1.0)
                uses.extend([0] * (len(ops) - len(uses)))
            left += others
            right += [one] * len(others)
            if others:
                uses[one] += len(others)
            ops[i], args[i] = DOT, (*left, *right)
        else:  # the last product's place comes after all their operands
            last = max(products)
            ops[last], args[last], uses[last] = DOT, (*left, *right), 1
            terms = [last, *others]
            ops[i], args[i] = (ADD if len(terms) == 2 else SUM), tuple(terms)


def order_of(formulas: Formulas, uses: list[int]) -> list[int]:
    """The results in use, operands first. Folding leaves them so, but for the constant 1."""
    numbers = formulas.numbers
    first = [i for i in numbers if uses[i]]
    return first + [i for i, n in enumerate(uses) if n and i not in numbers]


def chosen_only(formulas: Formulas, order: Sequence[int], outputs: Iterable[int]) -> set[int]:
    """Results that matter only in a branch of a `where`, below a detach, or to a guard.

    Where their gradient is 0 nothing passes on, not even times an infinite partial. Of several
    outputs one may be differentiated and not the others, so then all results are such.
    """
    free = set(outputs)
    if len(free) > 1:
        free.clear()
    inside: set[int] = set()
    for i in reversed(order):
        if formulas.ops[i] in GATES or i not in free:
            inside.add(i)
        else:
            free.update(formulas.args[i])
    return inside


GATES = frozenset([WHERE_LESS, WHERE_AT_MOST, DETACH])


class Scheduler:
    """Gives every result a slot and every group of like operations an instruction."""

    def __init__(self, formulas: Formulas, lanes: set[int]) -> None:
        self.formulas = formulas
        self.batched = lanes  # results that differ from sample to sample
        self.slots: dict[int, int] = {}
        self.counts = [0, 0]  # slots of what is the same for all samples, and of what is not

    def place(self, i: int) -> int:
        """The slot of a result; samples' slots are numbered from -1 down until all are known."""
        slot = self.slots.get(i)
        if slot is None:
            batched = i in self.batched
            slot = -1 - self.counts[1] if batched else self.counts[0]
            self.counts[batched] += 1
            self.slots[i] = slot
        return slot

    def reading(self, i: int) -> int:
        """Where the first operand of a result lies, so that rows are read in that order."""
        slot = self.slots.get(self.formulas.args[i][0])
        return -1 if slot is None else abs(slot)

    def groups(self, order: Sequence[int], inside: set[int]) -> list[list[int]]:
        """Operations that can run side by side: of one kind, with all their operands there.

        The kind with the most operations ready goes first, so that groups are few and large; what
        is the same for all samples goes before everything else.
        """
        ops, args, batched = self.formulas.ops, self.formulas.args, self.batched
        missing = [0] * len(ops)  # operands that are not there yet
        users: dict[int, list[int]] = {}
        kinds: dict[int, Any] = {}
        ready: tuple[dict[Any, list[int]], ...] = ({}, {})  # by kind, without and with lanes
        for i in order:
            own = args[i]
            if not own:
                continue
            if batched and any(x in batched for x in own):
                batched.add(i)
            kinds[i] = (ops[i], len(own), i in inside)
            for x in own:
                if args[x]:
                    missing[i] += 1
                    users.setdefault(x, []).append(i)
            if not missing[i]:
                ready[i in batched].setdefault(kinds[i], []).append(i)
        found = []
        while ready[0] or ready[1]:
            part = ready[0] or ready[1]
            kind = max(part, key=lambda kind: len(part[kind]))
            group = sorted(part.pop(kind))
            found += self._parted(kind[0], group)
            for x in group:
                for i in users.get(x, ()):
                    missing[i] -= 1
                    if not missing[i]:
                        ready[i in batched].setdefault(kinds[i], []).append(i)
        return found

    def _parted(self, op: Any, group: list[int]) -> list[list[int]]:
        """Dot products with one vector in common: a matrix times that vector."""
        if op is not DOT or len(group) == 1:
            return [group]
        args = self.formulas.args
        half = len(args[group[0]]) // 2
        right = _by(group, lambda i: args[i][half:])
        left = _by(group, lambda i: args[i][:half])
        if len(left) < len(right):  # the common vector stands on the right
            for i in group:
                args[i] = (*args[i][half:], *args[i][:half])
            right = left
        alone = [parts[0] for parts in right if len(parts) == 1]
        return [parts for parts in right if len(parts) > 1] + ([alone] if alone else [])


def _by(group: list[int], key: Any) -> list[list[int]]:
    parts: dict[Any, list[int]] = {}
    for i in group:
        parts.setdefault(key(i), []).append(i)
    return list(parts.values())


def schedule(
    formulas: Formulas,
    inputs: Sequence[int],
    lanes: Iterable[int],
    outer: Sequence[int],
    outputs: Sequence[int],
    guards: Sequence[tuple[str, int, int, bool]],
) -> Tape:
    """The tape of `formulas`, of which `inputs`, `outer` and `outputs` are results.

    Args:
        lanes: those inputs that differ from sample to sample.
    """
    distinct = sum(map(bool, formulas.args))
    roots = [*outputs, *(i for guard in guards for i in guard[1:3])]
    uses = uses_of(formulas, roots)
    needed = sum(1 for own, n in zip(formulas.args, uses) if own and n)
    for i in (*inputs, *outer):
        uses[i] += 1
    fold_sums(formulas, uses)
    order = order_of(formulas, uses)
    inside = chosen_only(formulas, order, outputs)
    scheduler = Scheduler(formulas, set(lanes))
    groups = scheduler.groups(order, inside)

    ops, args, place = formulas.ops, formulas.args, scheduler.place
    planned: list[tuple[Any, ...]] = []
    for group in groups:
        group.sort(key=scheduler.reading)
        op, first = ops[group[0]], group[0]
        arity = len(args[first])
        columns: list[tuple[list[int], bool]] = []
        if isinstance(op, Reduction):
            width = arity // op.columns
            for c in range(op.columns):
                part = slice(c * width, (c + 1) * width)
                shared = all(args[i][part] == args[first][part] for i in group[1:])
                rows = group[:1] if shared else group
                columns.append(([place(x) for i in rows for x in args[i][part]], shared))
        else:
            width = 0
            columns = [([place(args[i][c]) for i in group], False) for c in range(arity)]
        slots = list(map(place, group))
        planned.append((op, len(group), width, slots[0], first in inside, columns))
    for i in (*inputs, *outer, *roots):
        place(i)

    same = scheduler.counts[0]

    def final(slot: int) -> int:
        return slot if slot >= 0 else same - 1 - slot

    def at(i: int) -> int:
        return final(scheduler.slots[i])

    instructions = [
        Instruction(
            op,
            rows,
            width,
            final(out),
            gated,
            tuple(Column.of([final(s) for s in slots], shared, same) for slots, shared in columns),
        )
        for op, rows, width, out, gated, columns in planned
    ]
    return Tape(
        instructions,
        same=same,
        lanes=scheduler.counts[1],
        constants={at(i): x for i, x in formulas.numbers.items() if i in scheduler.slots},
        outer=[at(i) for i in outer],
        inputs=[at(i) for i in inputs],
        outputs=[at(i) for i in outputs],
        guards=[(sign, at(x), at(y), outcome) for sign, x, y, outcome in guards],
        operations={
            "recorded": formulas.recorded,
            "constants, doubles, neutral operands removed": distinct,
            "results that nothing needs removed": needed,
            "sums and products folded": sum(i.rows for i in instructions),
            "in groups of one kind": len(instructions),
        },
    )
