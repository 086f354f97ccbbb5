"""compile: run a function once, keep its operations as a tape, and replay them from then on."""

from __future__ import annotations

import math
import warnings
from array import array
from collections.abc import Callable, Iterable, Sequence
from weakref import ref

from . import modes
from .anomaly import line_of_user
from .arguments import Arguments, Constant
from .chain_rule import gradients, topological_order
from .lowering import INPUT, OUTER, Formulas, schedule
from .primitives import Primitive, apply, describe, dot, plain
from .tape import Job, Tape
from .tracing import Trace, TraceError, is_number
from .transforms import leaves_of, same_structure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHUNK = 4096  # samples summed by themselves, so that a sum does not depend on the threads
BRANCHES = 64  # tapes kept for one structure of the arguments
REDUCTIONS = ("mean", "sum", "none")


class CompileWarning(UserWarning):
    """A function took so many branches that further ones run uncompiled."""


class BranchError(ValueError):
    """Samples of a batch take different branches of a comparison."""


class Variant:
    """One traced run: its tape, and what a tape does not know.

    Attributes:
        tape: see `Tape`.
        result: the function's result with the number of an output in place of each Value.
        lines: the source line of each guard.
    """

    def __init__(self, tape: Tape, leaves: list[Any], result: Any, lines: list[str]) -> None:
        self.tape, self.result, self.lines = tape, result, lines
        self._leaves = list(map(ref, leaves))
        self.replay = replayer(tape)

    def leaves(self) -> list[Any] | None:
        """The Values from outside the function, in the order of `tape.outer`.

        None if one is gone: it has been replaced, and the function must be traced again.
        """
        found = [leaf() for leaf in self._leaves]
        return None if None in found else found

    def shaped(self, outputs: Sequence[Any], rates: bool = False) -> Any:
        """The function's result, or how fast it changes, from its outputs."""
        entries = [
            outputs[x.number] if isinstance(x, Output) else 0.0 if rates and is_number(x) else x
            for x in leaves_of(self.result)
        ]
        return same_structure(self.result, iter(entries))


def replayer(tape: Tape) -> Callable[[Job], tuple[int, int] | None]:
    """The fastest way there is to replay a tape."""
    return tape.replay


class Output:
    """The place of an output in a function's result."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def lowered(trace: Trace, batched: Sequence[bool], numbers: bool) -> tuple[Variant, list[Any]]:
    """The tape of a traced run, and the Values from outside that it reads.

    `batched` says which inputs differ from sample to sample, `numbers` whether plain numbers in
    the result are outputs, too.
    """
    recorded = Recorded(trace, numbers)
    trace.forget()  # so that what is left of the leaves is held by somebody else
    formulas = Formulas()
    results: list[int] = [-1] * len(recorded.nodes)
    inputs = []
    for i in recorded.inputs:
        inputs.append(formulas.new(INPUT))
        if i is not None:
            results[i] = inputs[-1]
    leaves, outer = [], []
    references = list(map(ref, recorded.leaves))
    recorded.leaves.clear()
    for i, leaf in zip(recorded.where, [reference() for reference in references]):
        if leaf is not None:
            outer.append(formulas.new(OUTER))
            results[i] = outer[-1]
            leaves.append(leaf)
        else:  # made in the function: nobody can ever change it
            results[i] = formulas.constant(recorded.nodes[i][1])

    def of(x: Any) -> int:
        return results[x] if type(x) is int else formulas.constant(x)

    for i, (op, value, args) in enumerate(recorded.nodes):
        if op is not None:
            results[i] = formulas.record(op, tuple(map(of, args)), value)

    outputs = [of(x) for x in recorded.outputs]
    guards, lines = {}, []
    for sign, x, y, outcome, line in recorded.guards:
        decision = (sign, of(x), of(y))
        if decision not in guards and not set(decision[1:]) <= formulas.numbers.keys():
            guards[decision] = outcome
            lines.append(line)
    lanes = [i for i, differs in zip(inputs, batched) if differs]
    decisions = [(*decision, outcome) for decision, outcome in guards.items()]
    tape = schedule(formulas, inputs, lanes, outer, outputs, decisions)
    return Variant(tape, leaves, recorded.result, lines), leaves


class Recorded:
    """What a trace recorded, with numbers in place of its nodes.

    Attributes:
        nodes: (op, value, operands) in topological order; an operand is a node's number (an int)
            or a constant (a float).
        inputs: the number of each input, None for one that is not used.
        leaves, where: the other leaves, and their numbers.
        result: the function's result, with an `Output` for each Value.
        outputs: the numbers of the outputs; of constant ones their values (floats).
        guards: (sign, operand, operand, outcome, line).
    """

    def __init__(self, trace: Trace, numbers: bool) -> None:
        kind = trace.kind
        order = topological_order(*trace.roots())
        place = {id(node): i for i, node in enumerate(order)}
        self.nodes = [
            (node.op, node._data, [x if type(x) is float else place[id(x)] for x in node.args])
            for node in order
        ]
        self.inputs = [place.get(id(leaf)) for leaf in trace.inputs]
        known = set(self.inputs)
        self.where = [i for i, v in enumerate(order) if v.op is None and i not in known]
        self.leaves = [order[i] for i in self.where]
        self.outputs: list[int | float] = []
        entries: list[Any] = []
        for x in leaves_of(trace.result):
            if isinstance(x, kind):
                entries.append(Output(len(self.outputs)))
                self.outputs.append(place[id(x)])
            elif is_number(x) and type(x) is not bool and (numbers or x is trace.result):
                entries.append(Output(len(self.outputs)))
                self.outputs.append(float(x))
            else:
                entries.append(x)
        self.result = same_structure(trace.result, iter(entries))
        self.guards: list[Any] = [
            (
                guard.sign,
                *(place[id(x)] if isinstance(x, kind) else x for x in guard.operands),
                guard.outcome,
                line,
            )
            for guard, line in zip(trace.guards, trace.lines)
        ]


class Program:
    """A compiled function; `compile` makes them.

    Attributes:
        function: the function that was compiled.
        reduction: for a batch "mean", "sum" or "none"; else None.
        traces: how often the function has been traced so far.
    """

    def __init__(
        self, function: Callable[..., Any], batch: str | None, static: Iterable[Any], threads: int
    ) -> None:
        if not callable(function):
            raise TypeError(f"compile takes a function, got {describe(function)}")
        if batch is not None and batch not in REDUCTIONS:
            raise ValueError(f'batch is "mean", "sum", "none" or None, got {batch!r}')
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads is an int from 1, got {threads!r}")
        self.function, self.reduction, self.threads = function, batch, threads
        self.static = _by_place_and_name(function, static)
        self.traces = 0
        self._variants: dict[Any, list[Variant]] = {}
        self._products: Program | None = None
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__doc__ = getattr(function, "__doc__", None)
        self.__wrapped__ = function

    def __repr__(self) -> str:
        batch = f", batch={self.reduction!r}" if self.reduction else ""
        return f"<compiled {self.__name__}{batch}, traced {self.traces} times>"

    # What a user calls ----------------------------------------------------------------------------

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The function's result, as Values whose `backward` reaches leaves and Value arguments.

        With batch="none", lists of numbers: one for each sample.
        """
        inside = modes.active and modes.current.trace is not None
        if inside and self.reduction is None:
            return self.function(*args, **named)  # a part of the function that is being traced
        call, job = self._run(args, named)
        return call.numbers(job) if self.reduction == "none" else call.nodes(job)

    def value(self, *args: Any, **named: Any) -> Any:
        """The function's result in numbers.

        >>> from autograd_lite import compile
        >>> compile(lambda x, y: x * y).value(3.0, 4.0)
        12.0
        """
        call, job = self._run(args, named)
        return call.numbers(job)

    def backward(self, *args: Any, **named: Any) -> Any:
        """Add the gradient to the `.grad` of every leaf, Value arguments too; gives the value.

        The same as `function(...).backward()`, without making a node if all Values are leaves.

        >>> from autograd_lite import Value, compile
        >>> w = Value(3.0)
        >>> program = compile(lambda x: w * x)
        >>> program.backward(2.0), w.grad
        (6.0, 2.0)
        """
        call, job = self._run(args, named, gradient=True)
        call.pass_back(job)
        return call.numbers(job)

    def value_and_grad(self, *args: Any, **named: Any) -> tuple[Any, Any]:
        """The value, and its derivatives in the structure of the arguments; no `.grad` is touched.

        In a batch the derivatives are by each sample's numbers: of the mean or the sum, which for
        a sum (and for "none") are the samples' own gradients.

        >>> from autograd_lite import compile
        >>> compile(lambda x: x * x, batch="sum").value_and_grad([1.0, 2.0])
        (5.0, [2.0, 4.0])
        """
        call, job = self._run(args, named, gradient=True)
        return call.numbers(job), call.gradient(job)

    def grad(self, *args: Any, **named: Any) -> Any:
        """The derivatives in the structure of the arguments; see `value_and_grad`."""
        return self.value_and_grad(*args, **named)[1]

    def leaves(self, *args: Any, **named: Any) -> list[Any]:
        """The Values from outside that a call with such arguments reads."""
        return self._run(args, named)[0].leaves

    def leaf_gradients(self, *args: Any, **named: Any) -> array[float]:
        """The derivatives by `leaves(...)`, in that order; no `.grad` is touched."""
        call, job = self._run(args, named, gradient=True)
        return job.same_gradient[: len(call.leaves)]

    def leaf_gradients_by_sample(self, *args: Any, **named: Any) -> list[array[float]]:
        """For each sample, the derivatives of its result by `leaves(...)`.

        >>> from autograd_lite import Value, compile
        >>> w = Value(3.0)
        >>> program = compile(lambda x: w * x * x, batch="mean")
        >>> [g.tolist() for g in program.leaf_gradients_by_sample([1.0, 2.0])]
        [[1.0], [4.0]]
        """
        call, job = self._run(args, named, gradient=True)
        seeds = call.seeds(1.0)
        found = []
        for sample in range(job.samples):
            columns = [(array("d", x[sample * m : (sample + 1) * m]), m) for x, m in job.lanes]
            one = Job(call.variant.tape, 1, job.same, columns, seeds)
            call.variant.replay(one)
            found.append(one.same_gradient[: len(call.leaves)])
        return found

    def jvp(self, args: Any, tangents: Any) -> Any:
        """The rate of the result when the arguments change at the rates `tangents`.

        For several arguments give two tuples; see `autograd_lite.hvp`. Leaves do not move.

        Raises:
            ValueError: the tangents do not have the structure of the arguments.

        >>> from autograd_lite import compile
        >>> compile(lambda x, y: x * y).jvp((2.0, 5.0), (1.0, 10.0))
        25.0
        """
        several = args if type(args) is tuple else (args,)
        rates = tangents if type(args) is tuple else (tangents,)
        call, job = self._run(several, {}, rates=rates)
        return call.numbers(job, rates=True)

    def hvp(self, args: Any, tangents: Any) -> Any:
        """The Hessian times the tangents, by arguments; see `autograd_lite.hvp`.

        >>> from autograd_lite import compile
        >>> compile(lambda x: x[0] * x[0] * x[1]).hvp([3.0, 5.0], [1.0, 0.0])
        [10.0, 6.0]
        """
        several = args if type(args) is tuple else (args,)
        rates = tangents if type(args) is tuple else (tangents,)
        Arguments(several, {}, self.reduction is not None, self.static).match(rates)
        if self._products is None:
            product = _product(self.function, self.__name__)
            self._products = Program(product, self.reduction, (), self.threads)
        found = self._products.grad(self._marked(several), self._marked(rates))[0]
        return found if type(args) is tuple else found[0]

    def _marked(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments with a mark on those that are static."""
        return tuple([Constant(x) if i in self.static else x for i, x in enumerate(args)])

    def retrace(self) -> None:
        """Forget all traces: the next call runs the function again.

        For changes that a replay cannot see: of a list, an attribute or a global that is no leaf.
        """
        self._variants.clear()
        self._products = None

    def tapes(self) -> list[Tape]:
        """The tapes kept so far, one for each structure of the arguments and each branch."""
        return [variant.tape for kept in self._variants.values() for variant in kept]

    def summary(self) -> str:
        """What tracing and simplifying did, for each tape.

        >>> from autograd_lite import compile
        >>> program = compile(lambda x: x * 2.0 + x * 3.0 + x * 4.0 + 0.0)
        >>> program.value(1.0)
        9.0
        >>> print(program.summary())
        compiled <lambda>: 1 tape
        tape 1: 1 input, 0 leaves, 1 output, 0 guards; 5 slots, 80 bytes a sample
          recorded                                         6 operations
          constants, doubles, neutral operands removed     5 operations
          results that nothing needs removed               5 operations
          sums and products folded                         1 operation
          in groups of one kind                            1 instruction
        """
        tapes = self.tapes()
        lines = [f"compiled {self.__name__}: {_plural(len(tapes), 'tape')}"]
        for i, tape in enumerate(tapes, start=1):
            lines += [f"tape {i}: {line}" if k == 0 else line for k, line in enumerate(tape.told())]
        return "\n".join(lines)

    # From a call to a tape ------------------------------------------------------------------------

    def _run(
        self,
        args: tuple[Any, ...],
        named: dict[str, Any],
        gradient: bool = False,
        rates: Any = None,
    ) -> tuple[Call, Job]:
        """Replay the tape for these arguments; trace first if there is none."""
        if modes.active and modes.current.trace is not None:
            raise TraceError(
                f"{self.__name__} is compiled, and its numbers are wanted inside another compiled "
                f"function ({line_of_user()}), where they would be frozen; call it like a "
                "function, without a batch, or take autograd_lite.grad of it"
            )
        arguments = Arguments(args, named, self.reduction is not None, self.static)
        moving = None if rates is None else arguments.match(rates)
        variants = self._variants.get(arguments.key, [])  # replaced and never changed, for threads
        current = []
        for tried, variant in enumerate(variants):
            leaves = variant.leaves()
            if leaves is None:
                continue
            call = Call(self, variant, leaves, arguments)
            job = call.run(gradient, moving)
            if job is not None:
                if tried:  # the branch that was taken last is tried first
                    others = [other for other in variants if other is not variant]
                    self._variants[arguments.key] = [variant, *others]
                return call, job
            current.append(variant)
        variant, leaves = self._trace(arguments)
        if len(current) < BRANCHES:
            self._variants[arguments.key] = [variant, *current]
        else:
            warnings.warn(
                f"{self.__name__} has taken {BRANCHES} different branches; more are traced anew "
                f"at each call, which is slow. The last decision was on {variant.lines[-1]}; use "
                "where(condition, x, y) instead of `if`",
                CompileWarning,
                stacklevel=3,
            )
        call = Call(self, variant, leaves, arguments)
        job = call.run(gradient, moving)
        if job is None:
            raise RuntimeError(
                f"{self.__name__} took another branch when it was replayed than when it was "
                "traced with the same numbers; does it depend on anything but its arguments?"
            )
        return call, job

    def _trace(self, arguments: Arguments) -> tuple[Variant, list[Any]]:
        from . import Value

        trace = Trace(Value)
        trace.inputs = [Value(plain(x)) for x in arguments.first()]
        trace.run(self.function, *arguments.built(iter(trace.inputs)))
        batched = [bool(count) for count in arguments.in_order for _ in range(count or 1)]
        self.traces += 1
        return lowered(trace, batched, numbers=self.reduction is not None)


class Call:
    """A tape, and the arguments to replay it on."""

    def __init__(
        self, program: Program, variant: Variant, leaves: list[Any], arguments: Arguments
    ) -> None:
        self.program, self.variant, self.leaves = program, variant, leaves
        self.arguments = arguments

    def run(self, gradient: bool, rates: Any) -> Job | None:
        """Replay; None if the numbers take another branch than the tape's."""
        variant, arguments = self.variant, self.arguments
        same = array("d", [leaf._data for leaf in self.leaves])
        same.extend([plain(x) for x in arguments.given])
        moving = None
        if rates is not None:
            resting = array("d", bytes(8 * len(self.leaves)))
            moving = (resting + array("d", map(plain, rates.given)), rates.columns)
        seeds = None
        if gradient:
            if not isinstance(variant.result, Output):
                raise _not_one(self.program.__name__, variant.result)
            seeds = self.seeds(self._weight())
        job = Job(variant.tape, arguments.samples, same, arguments.columns, seeds, moving)
        broken = self._replay(job)
        if broken is None:
            return job
        guard, sample = broken
        if sample > 0:
            raise BranchError(
                f"sample {sample} takes another branch than those before it on "
                f"{variant.lines[guard]}; in a batch all samples take the same one: use "
                "where(condition, x, y) instead of `if`"
            )
        return None

    def seeds(self, weight: float, output: int = 0) -> array[float]:
        """`weight` for one output, 0 for the others."""
        seeds = array("d", bytes(8 * len(self.variant.tape.outputs)))
        if seeds:
            seeds[output] = weight
        return seeds

    def _weight(self) -> float:
        return 1.0 / self.arguments.samples if self.program.reduction == "mean" else 1.0

    def _replay(self, job: Job) -> tuple[int, int] | None:
        """Replay a job; a large batch in parts, on several threads if wanted."""
        replay = self.variant.replay
        if job.samples <= CHUNK:
            return replay(job)
        firsts = range(0, job.samples, CHUNK)
        parts = [job.part(first, min(CHUNK, job.samples - first)) for first in firsts]
        if self.program.threads > 1:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(self.program.threads) as pool:
                broken = list(pool.map(replay, parts))
        else:
            broken = list(map(replay, parts))
        for first, found in zip(firsts, broken):
            if found is not None:
                return found[0], first + found[1]
        job.join(parts)
        return None

    # Answers --------------------------------------------------------------------------------------

    def numbers(self, job: Job, rates: bool = False) -> Any:
        """The results, or their rates, in the structure of the function's result."""
        reduction, n = self.program.reduction, len(self.variant.tape.outputs)
        found = job.rates if rates else job.results
        if reduction is None:
            return self.variant.shaped(found, rates)
        if reduction == "none":
            return self.variant.shaped([found[k::n].tolist() for k in range(n)])
        totals = [math.fsum(found[k::n]) for k in range(n)] if rates else job.totals
        return self.variant.shaped([total * self._weight() for total in totals])

    def gradient(self, job: Job) -> Any:
        """The gradient in the structure of the arguments."""
        given = job.same_gradient[len(self.leaves) :]
        return self.arguments.shaped(iter(given), iter(job.lane_gradients))

    def pass_back(self, job: Job) -> None:
        """Add to the `.grad` of every leaf, and of those that Value arguments depend on."""
        if any(getattr(x, "op", None) is not None for x in self.arguments.given):
            self.nodes(job).backward()  # and on through the graphs of the arguments
            return
        for leaf, g in zip((*self.leaves, *self.arguments.given), job.same_gradient):
            if hasattr(type(leaf), "_apply"):
                leaf.grad += g

    def nodes(self, job: Job) -> Any:
        """The results as Values: nodes whose operands are the leaves and the arguments."""
        operands = (*self.leaves, *self.arguments.given)
        totals = job.results if self.program.reduction is None else job.totals
        outputs = [total * self._weight() for total in totals]
        return self.variant.shaped(
            [apply(self._primitive(job, k, y), operands) for k, y in enumerate(outputs)]
        )

    def _primitive(self, job: Job, k: int, value: float) -> Primitive:
        """Output `k` as a primitive of the leaves and the arguments."""

        def partials(out: Any, *operands: Any) -> tuple[Any, ...]:
            if any(hasattr(type(x), "_apply") for x in operands):
                return self._partials_on_values(job, k, operands)
            again = Job(
                self.variant.tape, job.samples, job.same, job.lanes, self.seeds(self._weight(), k)
            )
            self._replay(again)
            return tuple(again.same_gradient)

        name = self.program.__name__
        return Primitive(
            name if name.isidentifier() else "program", lambda *operands: value, partials
        )

    def _partials_on_values(self, job: Job, k: int, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The partials as Values: those of the function itself, uncompiled."""
        if self.program.reduction is not None:
            raise TypeError("derivatives of higher order of a batch: use hvp of the program")
        if any(plain(x) != y and y == y for x, y in zip(operands, job.same)):
            raise RuntimeError(
                f"a leaf that {self.program.__name__} reads was changed after it was called, so "
                "derivatives of higher order would mix old and new numbers; call it again first"
            )
        given = iter(operands[len(self.leaves) :])
        args, named = self.arguments.built(given)
        result = self.program.function(*args, **named)
        y = [x for x in leaves_of(result) if hasattr(type(x), "_apply")][k]
        xs = [x for x in operands if hasattr(type(x), "_apply")]
        slopes = iter(gradients(y, xs, create_graph=True))
        return tuple([next(slopes) if hasattr(type(x), "_apply") else 0.0 for x in operands])


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" + "s" * (n != 1)


def _not_one(name: str, result: Any) -> TypeError:
    return TypeError(f"{name} must return one Value to be differentiated, got {describe(result)}")


def _product(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The gradient of `function` at some arguments times tangents, for `Program.hvp`."""

    def product(args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        y = function(*[x.x if isinstance(x, Constant) else x for x in args])
        if is_number(y):
            return 0.0
        if not hasattr(type(y), "_apply"):
            raise _not_one(name, y)
        xs, directions = (
            [x for x in leaves_of(tree) if hasattr(type(x), "_apply")] for tree in (args, tangents)
        )
        return dot(gradients(y, xs, create_graph=True), directions)

    return product


def _by_place_and_name(function: Callable[..., Any], static: Any) -> frozenset[Any]:
    """The places as well as the names of the arguments that `static` names in either way."""
    wanted = {static} if isinstance(static, (str, int)) else set(static)
    if not wanted:
        return frozenset()
    import inspect

    signature = inspect.signature(function)
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = signature.parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind not in several]
    found: set[Any] = set()
    for x in wanted:
        if isinstance(x, int) and 0 <= x < len(names):
            found |= {x, names[x]}
        elif x in names:
            found |= {x, names.index(x)}
        elif any(parameter.kind in several for parameter in parameters):
            found.add(x)
        else:
            raise ValueError(f"static names an argument, got {x!r}; they are {signature}")
    return frozenset(found)


def compile(
    function: Callable[..., Any] | None = None,
    *,
    batch: str | None = None,
    static: Iterable[Any] = (),
    threads: int = 1,
) -> Any:
    """A function of the same arguments that is traced once and replayed from then on.

    The first call runs `function` on Values and keeps its operations; later calls replay them, in
    C where the native engine is built. Arguments are numbers, Values, arrays, and lists, tuples and
    dicts of them; another structure is traced anew, and both are kept. What else the arguments hold
    (bools, strings, models) is constant, and a change is traced anew. Leaves that the function
    reaches from outside are read at each call and get their gradients in `.grad`.

    Comparisons that steer the function are checked in each replay; if one comes out differently,
    the function is traced for that branch, too. `v.data` is a Value without a gradient while the
    function is traced. What is frozen: numbers from anywhere else (`random`, files, the clock,
    globals, attributes), and side effects, which happen while tracing only; see `retrace`.

    Args:
        function: returns a Value, or lists, tuples and dicts of Values. Without it, `compile` is a
            decorator with options.
        batch: None; or what to make of the samples' results, "mean", "sum" or "none" (all of
            them). Lists and arrays among the arguments then have a leading sample axis, and the
            function is written for one sample; what is a single number is the same for all.
        static: names or places of arguments that are constants although they are numbers.
        threads: how many threads share a large batch; results do not depend on it.

    Returns:
        A `Program`: call it as you would the function, or call `value`, `backward`,
        `value_and_grad`, `grad`, `jvp`, `hvp`, `leaf_gradients`, `summary` of it.

    Raises:
        TraceError: the function does something that a replay could not repeat.
        BranchError: the samples of a batch take different branches.

    >>> from autograd_lite import Value, compile
    >>> w = Value(0.5)
    >>> @compile
    ... def loss(x, y):
    ...     return (w * x - y) ** 2
    >>> loss(2.0, 3.0).backward()
    >>> w.grad
    -8.0
    >>> w.data = 1.5
    >>> loss.value(2.0, 3.0)
    0.0
    """
    if function is None:
        return lambda function: Program(function, batch, static, threads)
    return Program(function, batch, static, threads)
