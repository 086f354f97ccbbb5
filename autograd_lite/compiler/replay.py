"""Replay: one run of a tape, with the arguments that go in and the answers that come out."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import engines, modes
from ..derivatives import as_inputs, gradients_up_to
from ..ieee import fsum
from ..primitive import Primitive, apply, describe, is_value, plain
from ..shortcuts import shortcuts
from ..structure import Doubles, chosen, leaves_of
from .arguments import Arguments, ColumnOfSamples, Rows, Tangents, inputs_of
from .chain import LANES, Chain
from .interpreter import replay_directions
from .job import zeros
from .specialization import Specialization

if TYPE_CHECKING:
    from .program import Program

REDUCTIONS = ("mean", "sum", "none")


ALL: Any = object()


class Asked(NamedTuple):
    """What is wanted of a call.

    Attributes:
        gradient: whether the gradient is,
        by_sample: also for the numbers of each sample,
        argnums: of which arguments, as for `compile`; ALL also of the leaves.
        rates: tangents of the arguments, if the rates of the result are wanted.
        derive: what to compute of the directions of a replay, and nothing else.
    """

    gradient: bool = False
    by_sample: bool = True
    argnums: Any = ALL
    rates: Tangents | None = None
    derive: Callable[[Any], Any] | None = None


NUMBERS = Asked()


class _OtherBranch(Exception):
    """The numbers take another branch than those that were traced."""


class Replay:
    """One run of a specialization on some arguments.

    What goes in; all numbers are in arrays of doubles:
        sequences: those among the arguments, each by the place of its 0.0 in `uniform`; a chain
            alone has them. In a batch a `ColumnOfSamples`.
        samples: how many.
        batch, by_sample: whether they are a batch, and whether gradients of each are asked for.
        threads: how many may share them.
        uniform: numbers for `tape.uniform_inputs`.
        varying: the samples, as (numbers, how many make a sample), which together are numbers for
            `tape.varying_inputs`.
        seeds: weights of the outputs in the gradient, or None for no gradient.
        moving: which of `uniform` the gradient is wanted for, where they are so few that a chain
            takes it forward; else None, and it is for all.
        uniform_rates, varying_rates, sequence_rates: tangents like `uniform`, `varying` and
            `sequences`, or None.

    What comes out:
        results, totals: the outputs of each sample, and their sums.
        uniform_gradient, varying_gradients: of the weighted outputs, if there are seeds; the latter
            only if it is asked for.
        rates: tangents of the outputs of each sample, if those of the inputs are known.
        sequence_results, sequence_result_rates, sequence_gradients: of the outputs that are
            sequences, by their number, and of `sequences`. In a batch a list of those of all
            samples.
        derived: what was to be derived from it; see `run`.
        broken: the first guard that does not hold, and for which sample; or None.
        left, mixed: of `Branches`, the samples for which there is no tape; and whether the samples
            take several branches.
    """

    broken: tuple[int, int] | None = None
    moving: list[int] | None = None
    derived: Any = None
    left: Sequence[int] = ()
    mixed = False

    def __init__(
        self, program: Program, specialization: Specialization, arguments: Arguments
    ) -> None:
        self.program, self.specialization, self.arguments = program, specialization, arguments
        self.captured = len(specialization.references)  # how many leaves
        self.samples, self.varying = arguments.samples, tuple(arguments.columns)
        self.threads, self.batch, self.by_sample = program.threads, arguments.batch, False
        self.sequences: dict[int, Any] = {}
        self.sequence_rates: dict[int, array[float]] = {}
        self.sequence_results: dict[int, Any] = {}
        self.sequence_result_rates: dict[int, array[float]] = {}
        self.sequence_gradients: dict[int, Any] = {}
        self.seeds: array[float] | None = None
        self.uniform_rates: array[float] | None = None
        self.varying_rates: tuple[Any, ...] = ()

    def run(self, wanted: Asked) -> bool:
        """Replay; False if the numbers take another branch than the tape's, or a leaf is lost."""
        rates = wanted.rates
        if not self.read():
            return False
        if wanted.derive is not None:
            try:
                self.derived = wanted.derive(self)
            except _OtherBranch:
                return False
            self._watch(False)
            return True
        if rates is not None:
            moving = rates.given
            if self.arguments.sequences:
                moving, self.sequence_rates = self._apart(self.arguments.flat(moving))
            self.uniform_rates = zeros(self.captured) + array("d", map(plain, moving))
            self.varying_rates = tuple(rates.columns)
        if wanted.gradient:
            if not self.specialization.is_one:
                raise not_one(self.program.__name__, self.specialization.result)
            self.seeds = self._seeds(self._weight())
            if wanted.argnums is not ALL and isinstance(self.specialization.tape, Chain):
                self.moving = self._few(wanted.argnums)
        self._make_room(wanted.by_sample)
        self.broken = self.specialization.replay(self)
        if self.broken is not None:
            return False
        self._watch(wanted.gradient)
        return True

    def _watch(self, gradient: bool) -> None:
        if self.specialization.watched or modes.watch() is not None:
            from .watched import run_watched

            run_watched(self.program.function, self.arguments, gradient)

    def _few(self, argnums: Any) -> list[int] | None:
        """The places of the numbers that argnums means, if a chain does better to move these."""
        if self.program.reduction is not None:
            return None
        names: Sequence[Any] = [name for name, _ in self.arguments.key]
        if argnums is not None:
            names = chosen(argnums, sum(isinstance(name, int) for name in names))
        places, place, given = list[int](), self.captured, iter(self.arguments.given)
        for name, key in self.arguments.key:
            for _, x in zip(inputs_of(key), given):
                sequence = isinstance(x, Rows)
                if name in names:
                    places.append(place)
                    if sequence or len(places) > LANES:
                        return None
                place += x.width if sequence else 1
        return places if self.runs_forward(len(places)) else None

    def read(self) -> bool:
        """Read the leaves and the numbers that all samples share; False if a leaf is lost."""
        given = self.arguments.given
        if self.arguments.sequences:
            given, self.sequences = self._apart(self.arguments.flat())
        self.uniform = zeros(self.captured + len(given))
        if not self.specialization.read(self.uniform):
            return False
        if shortcuts.read_numbers(given, self.uniform, self.captured) is NotImplemented:
            self.uniform[self.captured :] = array("d", map(plain, given))
        return True

    @property
    def outputs(self) -> int:
        """How many numbers the result has that the tape computes."""
        return len(self.specialization.tape.outputs)

    @property
    def in_order(self) -> bool:
        """Whether the entries of the result are the outputs, one after another."""
        return self.specialization.in_order

    def outline(self) -> tuple[Any, list[Any]]:
        """The structure of the result, and an `Output` or a constant for each of its entries."""
        return self.specialization.key, self.specialization.entries

    def runs_forward(self, inputs: int) -> bool:
        """Whether derivatives with respect to so many inputs are better taken forward."""
        tape = self.specialization.tape
        if isinstance(tape, Chain):
            return tape.runs_forward(inputs, self.outputs)
        return inputs <= self.outputs

    def directions(self, count: int, forward: bool, given: array[float]) -> array[float]:
        """How fast the outputs change in so many directions, or gradients of so many weightings.

        It is for what `run` is to derive, which ends here if the numbers take another branch.

        Args:
            count: how many directions.
            forward: whether rates of all inputs are given for each, else weights of the outputs.
            given: those of one direction after another, as the answers are.
        """
        tape = self.specialization.tape
        if isinstance(tape, Chain):
            answers, broken = tape.directions(count, forward, self.uniform, given)
        else:
            answers = zeros(count * (self.outputs if forward else len(self.uniform)))
            native = getattr(self.specialization.replay, "tape", None)
            if native is not None:
                broken = native.directions(count, forward, self.uniform, given, answers)
            else:
                broken = replay_directions(tape, count, forward, self.uniform, given, answers)
        self._check(broken)
        return answers

    def directions_at(
        self, count: int, put: Any, take: Any, answers: Any, forward: bool = True
    ) -> bool:
        """Rates, or weights that pass back: 1 is put into some places, and others are taken.

        False where the tape is not native; see `replay_places` in native/directions.h.
        """
        native = getattr(self.specialization.replay, "tape", None)
        if native is None:
            return False
        self._check(native.directions_at(count, forward, self.uniform, put, take, answers))
        return True

    def _check(self, broken: int) -> None:
        if broken >= 0:
            self.broken = broken, 0
            raise _OtherBranch

    def _apart(self, flat: list[Any]) -> tuple[list[Any], dict[int, Any]]:
        """Numbers, 0.0 in the places of sequences; and the sequences, by place."""
        kinds = (array, ColumnOfSamples)
        found = {self.captured + i: x for i, x in enumerate(flat) if isinstance(x, kinds)}
        return [0.0 if isinstance(x, kinds) else x for x in flat], found

    def _make_room(self, by_sample: bool) -> None:
        """Arrays for the answers."""
        self.by_sample = by_sample
        outputs, samples = self.outputs, self.samples
        self.results, self.totals = zeros(samples * outputs), zeros(outputs)
        self.rates = zeros(0 if self.uniform_rates is None else samples * outputs)
        self.uniform_gradient = zeros(0 if self.seeds is None else len(self.uniform))
        self.varying_gradients: tuple[Any, ...] = ()
        if by_sample:
            sizes = [0 if self.seeds is None else samples * width for _, width in self.varying]
            self.varying_gradients = tuple([zeros(n) for n in sizes])

    def _seeds(self, weight: float, output: int = 0) -> array[float]:
        """`weight` for one output, 0 for the others."""
        seeds = zeros(self.outputs)
        if seeds:
            seeds[output] = weight
        return seeds

    def _weight(self) -> float:
        return 1.0 / self.samples if self.program.reduction == "mean" else 1.0

    def _again(self) -> Replay:
        """Another replay of the same numbers, for answers of its own."""
        again = Replay(self.program, self.specialization, self.arguments)
        again.uniform, again.sequences = self.uniform, self.sequences
        return again

    def _slopes(self, seeds: array[float], sample: int | None = None) -> array[float]:
        """The gradient of outputs weighted by `seeds` with respect to all that is uniform.

        Args:
            seeds: the weights.
            sample: the only one that counts, if not all do.
        """
        again = self._again()
        again.seeds = seeds
        if sample is not None:
            again.samples = 1
            again.sequences = {k: x.picked([sample]) for k, x in self.sequences.items()}
            again.varying = tuple(
                [(array("d", x[sample * n : (sample + 1) * n]), n) for x, n in self.varying]
            )
        again._make_room(by_sample=False)
        self.specialization.replay(again)
        return again.uniform_gradient

    def pulled(self, output: int) -> Replay:
        """The same replay with the gradient of one output, in a batch also by samples."""
        again = self._again()
        again.seeds = self._seeds(self._weight(), output)
        again._make_room(by_sample=True)
        self.specialization.replay(again)
        return again

    def pushed(self, i: int) -> array[float]:
        """The rates of the outputs of each sample when number `i` that they share moves alone."""
        again = self._again()
        again.uniform_rates = zeros(len(self.uniform))
        again.uniform_rates[self.captured + i] = 1.0
        again.varying_rates = tuple([(zeros(len(x)), width) for x, width in self.varying])
        again._make_room(by_sample=False)
        self.specialization.replay(again)
        return again.rates

    # Answers --------------------------------------------------------------------------------------

    def numbers(self, rates: bool = False) -> Any:
        """The results, or their rates, in the structure of the function's result."""
        reduction, n = self.program.reduction, len(self.totals)
        answers = self.rates if rates else self.results
        if reduction is None:
            sequences = self.sequence_result_rates if rates else self.sequence_results
            return self.specialization.shaped(answers, rates, sequences)
        if reduction == "none":
            columns = [self.arguments.column(answers[k::n]) for k in range(n)]
            return self.specialization.shaped(columns, False, self.sequence_results, self.samples)
        if self.sequence_results:
            raise TypeError(
                f"{self.program.__name__} gives a sequence of any length, of which there is no "
                f'{reduction}: batch="none" gives that of each sample'
            )
        totals = [fsum(answers[k::n]) for k in range(n)] if rates else self.totals
        return self.specialization.shaped([total * self._weight() for total in totals])

    def gradient(self) -> Any:
        """The gradient in the structure of the arguments, or of those that argnums names."""
        columns = iter(self.varying_gradients)
        return self.arguments.shaped(self.slopes(), columns, self.program.argnums)

    def slopes(self) -> Iterator[Any]:
        """The gradient with respect to each number that is given, and each column of a sequence."""
        given = self.uniform_gradient[self.captured :]
        if not self.sequences:
            return Doubles(given)
        columns = self.sequence_gradients
        return (
            columns.get(k) if k in self.sequences else slope
            for k, slope in enumerate(given, self.captured)
        )

    def leaf_gradients(self) -> array[float]:
        """The gradient with respect to the captured leaves."""
        return self.uniform_gradient[: self.captured]

    def leaf_gradients_by_sample(self) -> list[array[float]]:
        """For each sample, the gradient of its result with respect to the captured leaves."""
        seeds = self._seeds(1.0)
        return [self._slopes(seeds, k)[: self.captured] for k in range(self.samples)]

    def pass_back(self) -> None:
        """Add to the `.grad` of every leaf, and of those that Value arguments depend on."""
        gradient = memoryview(self.uniform_gradient)
        given: Any = self.arguments.given
        if self.sequences:
            given = self.arguments.flat()
        slopes = gradient[self.captured :]
        if shortcuts.add_gradients(given, slopes) is NotImplemented:
            if any(getattr(x, "op", None) is not None for x in given):
                self.nodes().backward()  # and on through the graphs of the arguments
                return
            _add_to_leaves(given, slopes)
        if shortcuts.add_gradients(self.specialization.references, gradient) is NotImplemented:
            _add_to_leaves(self.specialization.leaves(), gradient)

    def nodes(self) -> Any:
        """The results as Values: nodes whose operands are the leaves and the arguments."""
        if self.sequence_results:
            raise TypeError(
                f"{self.program.__name__} gives a sequence of any length, which has no Values: "
                "take its numbers by .value(...)"
            )
        totals = self.results if self.program.reduction is None else self.totals
        return self.specialization.shaped(
            [self._node(k, total * self._weight()) for k, total in enumerate(totals)]
        )

    def _node(self, k: int, value: float) -> Any:
        """Output `k` as a node."""
        Value = engines.Value
        primitive, given = self._primitive(k, value), self.arguments.given
        if self.sequences:
            given, _ = self._apart(self.arguments.flat())
        if Value is engines.NativeValue and modes.recording() and modes.watch() is None:
            operands = [x if isinstance(x, Value) else float(x) for x in given]
            if self.captured or any(isinstance(x, Value) for x in given):
                operands = [*self.specialization.references, *operands]
                slopes = self._slopes(self._seeds(self._weight(), k))
                node = shortcuts.node(primitive, value, operands, slopes)
                if node is not NotImplemented:
                    return node
        node = apply(primitive, (*self.specialization.leaves(), *given))
        return node if isinstance(node, Value) else Value(node)  # a float of numbers alone

    def _primitive(self, k: int, value: float) -> Primitive:
        """Output `k` as a primitive of the leaves and the arguments."""

        def partials(out: Any, *operands: Any) -> tuple[Any, ...]:
            if any(map(is_value, operands)):
                return self._partials_on_values(k, operands)
            return tuple(self._slopes(self._seeds(self._weight(), k)))

        return Primitive(_identifier(self.program), lambda *operands: value, partials)

    def _partials_on_values(self, k: int, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The partials as Values: those of the function itself, uncompiled."""
        if self.program.reduction is not None:
            raise TypeError("derivatives of higher order of a batch: use hvp of the program")
        if any(plain(x) != y and y == y for x, y in zip(operands, self.uniform)):
            raise changed(self.program)
        # `1.0 * x` is a node of its own: an argument may be given twice, or read from outside, too
        given = [1.0 * x if is_value(x) else x for x in operands[self.captured :]]
        numbers = iter(given)
        values: list[Any] = []
        for x in self.arguments.given:
            if isinstance(x, Rows):
                values.append(x.entries(iter(x.numbers)))
                deque(islice(numbers, x.width), 0)
            else:
                values.append(next(numbers))
        args, named = self.arguments.built(iter(values))
        sources = [*operands[: self.captured], *given]
        nodes = list(filter(is_value, sources))
        with as_inputs(nodes):
            result = self.program.run_function(args, named)
        y = list(filter(is_value, leaves_of(result)))[k]
        slopes = iter(gradients_up_to(y, nodes))
        return tuple([next(slopes) if is_value(x) else 0.0 for x in sources])


def as_primitive(
    program: Program, arguments: Arguments, specialization: Specialization
) -> Primitive | None:
    """The result of all calls that replay `specialization`, as a primitive of leaves and numbers.

    None for a batch, whose samples belong to one call.

    Args:
        program: the program.
        arguments: of such a call.
        specialization: has one result.
    """
    if program.reduction is not None:
        return None
    arguments = copy(arguments)
    arguments.given = [0.0] * len(arguments.given)  # those of a call are not kept alive

    def at(operands: tuple[Any, ...]) -> Replay:
        replay = Replay(program, specialization, arguments)
        replay.uniform = array("d", map(plain, operands))
        replay._make_room(by_sample=False)
        specialization.replay(replay)
        return replay

    def evaluate(*operands: float) -> float:
        return at(operands).results[0]

    def partials(out: Any, *operands: Any) -> tuple[Any, ...]:
        replay = at(operands)
        if not any(map(is_value, operands)):
            return tuple(replay._slopes(replay._seeds(1.0)))
        if replay.results[0] != plain(out) == plain(out):
            raise changed(program)
        return replay._partials_on_values(0, operands)

    return Primitive(_identifier(program), evaluate, partials)


def _identifier(program: Program) -> str:
    return program.__name__ if program.__name__.isidentifier() else "program"


def _add_to_leaves(leaves: Iterable[Any], gradient: Iterable[float]) -> None:
    for leaf, g in zip(leaves, gradient):
        if is_value(leaf):
            leaf.grad += g


def changed(program: Program) -> RuntimeError:
    """The error for a leaf that is not what it was in a call."""
    return RuntimeError(
        f"a leaf that {program.__name__} reads was changed after it was called, so "
        "derivatives of higher order would mix old and new numbers; call it again first"
    )


def not_one(name: str, result: Any) -> TypeError:
    """The error for a function that is to be differentiated and has not one result."""
    return TypeError(f"{name} must return one Value to be differentiated, got {describe(result)}")
