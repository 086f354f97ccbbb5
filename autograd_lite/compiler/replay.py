"""Call: one replay of a compiled function, and what a user is given of it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable

from .. import engines, modes
from ..chain_rule import gradients
from ..primitive import Primitive, apply, describe, plain
from ..shortcuts import shortcuts
from ..transforms import leaves_of
from .arguments import Arguments
from .specialization import Output, Variant
from .tape import Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .compile import Program

CHUNK = 4096  # samples summed by themselves, so that a sum does not depend on the threads


class BranchError(ValueError):
    """Samples of a batch take different branches of a comparison."""

    __module__ = "autograd_lite"


class Call:
    """A tape, and the arguments to replay it on."""

    def __init__(self, program: Program, variant: Variant, arguments: Arguments) -> None:
        self.program, self.variant, self.arguments = program, variant, arguments
        self.count = len(variant.references)  # of leaves

    def run(self, gradient: bool, rates: Any, by_sample: bool) -> Job | None:
        """Replay; None if the numbers take another branch than the tape's, or a leaf is lost."""
        variant, arguments, given = self.variant, self.arguments, self.arguments.given
        same = array("d", bytes(8 * (self.count + len(given))))
        if not variant.read(same):
            return None
        if shortcuts.read_numbers(given, same, self.count) is NotImplemented:
            same[self.count :] = array("d", map(plain, given))
        moving = None
        if rates is not None:
            resting = array("d", bytes(8 * self.count))
            moving = (resting + array("d", map(plain, rates.given)), tuple(rates.columns))
        seeds = None
        if gradient:
            if not isinstance(variant.result, Output):
                raise not_one(self.program.__name__, variant.result)
            seeds = self.seeds(self._weight())
        columns = tuple(arguments.columns)
        job = Job(variant.tape, arguments.samples, same, columns, seeds, moving, by_sample)
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
        given = job.same_gradient[self.count :]
        return self.arguments.shaped(iter(given), iter(job.lane_gradients))

    def pass_back(self, job: Job) -> None:
        """Add to the `.grad` of every leaf, and of those that Value arguments depend on."""
        gradient = memoryview(job.same_gradient)
        given, own = self.arguments.given, gradient[self.count :]
        if shortcuts.add_gradients(given, own) is NotImplemented:
            if any(getattr(x, "op", None) is not None for x in given):
                self.nodes(job).backward()  # and on through the graphs of the arguments
                return
            _add(given, own)
        if shortcuts.add_gradients(self.variant.references, gradient) is NotImplemented:
            _add(self.variant.leaves(), gradient)

    def nodes(self, job: Job) -> Any:
        """The results as Values: nodes whose operands are the leaves and the arguments."""
        totals = job.results if self.program.reduction is None else job.totals
        return self.variant.shaped(
            [self._node(job, k, total * self._weight()) for k, total in enumerate(totals)]
        )

    def _node(self, job: Job, k: int, value: float) -> Any:
        """Output `k` as a node."""
        Value = engines.Value
        primitive, given = self._primitive(job, k, value), self.arguments.given
        if Value is engines.NativeValue and not modes.active:
            operands = [x if isinstance(x, Value) else float(x) for x in given]
            if self.count or any(isinstance(x, Value) for x in given):
                operands = [*self.variant.references, *operands]
                node = shortcuts.node(primitive, value, operands, self._slopes(job, k))
                if node is not NotImplemented:
                    return node
        node = apply(primitive, (*self.variant.leaves(), *given))
        return node if isinstance(node, Value) else Value(node)  # a float of numbers alone

    def _slopes(self, job: Job, k: int) -> array[float]:
        """The partials of output `k` by the leaves and the arguments."""
        seeds = self.seeds(self._weight(), k)
        again = Job(self.variant.tape, job.samples, job.same, job.lanes, seeds)
        self._replay(again)
        return again.same_gradient

    def _primitive(self, job: Job, k: int, value: float) -> Primitive:
        """Output `k` as a primitive of the leaves and the arguments."""

        def partials(out: Any, *operands: Any) -> tuple[Any, ...]:
            if any(hasattr(type(x), "_apply") for x in operands):
                return self._partials_on_values(job, k, operands)
            return tuple(self._slopes(job, k))

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
        given = iter(operands[self.count :])
        args, named = self.arguments.built(given)
        result = self.program.function(*args, **named)
        y = [x for x in leaves_of(result) if hasattr(type(x), "_apply")][k]
        xs = [x for x in operands if hasattr(type(x), "_apply")]
        slopes = iter(gradients(y, xs, create_graph=True))
        return tuple([next(slopes) if hasattr(type(x), "_apply") else 0.0 for x in operands])


def _add(leaves: Iterable[Any], gradient: Iterable[float]) -> None:
    for leaf, g in zip(leaves, gradient):
        if hasattr(type(leaf), "_apply"):
            leaf.grad += g


def not_one(name: str, result: Any) -> TypeError:
    return TypeError(f"{name} must return one Value to be differentiated, got {describe(result)}")
