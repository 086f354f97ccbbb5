"""Program: a compiled function, which keeps a tape for each structure and branch and replays it.

What writes tapes as source, as machine code or to a file is in its base, `Exports`.
"""

from __future__ import annotations

import copy
import functools
import gc
import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import GenericAlias, MethodType
from typing import Any

from .. import engines, modes
from ..anomaly import line_of_user, warn
from ..primitive import describe, plain
from ..structure import KEPT, by_place, checked, parameters
from ..words import counted
from . import loops
from .arguments import Arguments, Rows, Tangents
from .errors import BranchError, CompileWarning, TraceError
from .exports import Exports
from .jacobians import Wanted, jacobian, moving_samples
from .kept import BRANCHES, CLOCK, STRUCTURES, Kept, Profit
from .products import Structure, product, slopes
from .quick import call_of, quick
from .randomness import traced_without_draws
from .replay import NUMBERS, REDUCTIONS, Asked, Replay
from .saved_function import SavedFunction
from .specialization import Specialization, lower, record
from .tape import Tape
from .trace import Trace
from .uncompiled import Uncompiled


class Program(Exports):
    """A compiled function; `compile` makes them.

    Attributes:
        function: the function that was compiled.
        reduction: for a batch "mean", "sum" or "none"; else None.
        argnums: with respect to which arguments it is differentiated; None for all.
        reorder: whether additions may be grouped anew.
        traces: how often the function has been traced so far.
    """

    __module__ = "autograd_lite"
    _quick: Any = None  # the Call of what was used last, where it is known that tracing pays
    _place: str | None = None  # of a method: where instances keep their programs of it
    __class_getitem__: Any = classmethod(GenericAlias)  # Program[[float], Value] in an annotation

    def __init__(
        self,
        function: Callable[..., Any],
        batch: str | None,
        static: Iterable[Any],
        threads: int,
        argnums: Any = None,
        reorder: bool = False,
        sequences: Iterable[Any] = (),
    ) -> None:
        if not callable(function):
            raise TypeError(f"compile takes a function, got {describe(function)}")
        if batch is not None and batch not in REDUCTIONS:
            raise ValueError(f'batch is "mean", "sum", "none" or None, got {batch!r}')
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads is an int from 1, got {threads!r}")
        if not isinstance(reorder, bool):
            raise TypeError(f"reorder is True or False, got {describe(reorder)}")
        self.function, self.reduction, self.threads = function, batch, threads
        self.reorder = reorder
        self.static = _by_place_and_name(function, static)
        self.sequences = _by_place_and_name(function, sequences, "sequences")
        both = sorted(map(str, self.static & self.sequences))
        if both:
            raise ValueError(
                f"an argument is a constant or a sequence of any length, not both: {both[-1]!r} is "
                "in static and in sequences"
            )
        self.argnums = checked(argnums)
        self.traces = 0
        known = function.tapes if isinstance(function, SavedFunction) else {}
        self._kept = {key: Kept(several) for key, several in known.items()}  # by key of arguments
        self._profit = Profit(BRANCHES)  # of traces for other structures of the arguments
        self._latest: Kept | None = None  # of what was used last
        self._told = False  # that it does not pay
        self._products: Program | None = None  # of the Hessian and tangents
        self._slopes: Program | None = None  # the gradient, as a list
        self._names: list[str | None] | None = None  # of its parameters, when first needed
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__doc__ = getattr(function, "__doc__", None)
        self.__wrapped__ = function

    def __repr__(self) -> str:
        batch = f", batch={self.reduction!r}" if self.reduction else ""
        return f"<compiled {self.__name__}{batch}, traced {self.traces} times>"

    @property
    def _options(self) -> dict[str, Any]:
        """Those of `compile`, for a program like this one."""
        return {
            "batch": self.reduction, "static": self.static, "threads": self.threads,
            "argnums": self.argnums, "reorder": self.reorder, "sequences": self.sequences,
        }  # fmt: skip

    def __set_name__(self, owner: type, name: str) -> None:
        if self._place is None:
            # A class may have the name of its base, as in a notebook, but not as many bases.
            path = f"{owner.__module__}.{owner.__qualname__}.{name}"
            self._place = f"{KEPT}{path} {len(owner.__mro__)}"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: a program of its own for each instance, which keeps it in its `__dict__`.

        There it has a place of its own, since `super()` and another class may have a method of the
        same name. What a copy of an instance brings belongs to the original.
        """
        if instance is None:
            return self
        kept = getattr(instance, "__dict__", {}).get(self._place)
        if kept is not None:
            method = kept.function
            if getattr(method, "__self__", None) is instance and method.__func__ is self.function:
                return kept
        return self._bound(MethodType(self.function, instance))

    def _bound(self, method: MethodType) -> Program:
        """The program of a method of one instance, which keeps it from now on."""
        static, sequences = (
            [x - 1 if isinstance(x, int) else x for x in several if x != 0]
            for several in (self.static, self.sequences)
        )
        argnums = self.argnums
        if argnums is not None:  # they count `self`, as static does
            several = (argnums,) if isinstance(argnums, int) else argnums
            if 0 in several:
                raise ValueError(f"argnums counts arguments from self, got {argnums}: name others")
            several = tuple([i - 1 if i > 0 else i for i in several])
            argnums = several[0] if isinstance(argnums, int) else several
        options = {"static": static, "argnums": argnums, "sequences": sequences}
        bound = Program(method, **{**self._options, **options})
        if self._place is None:  # it came into its class later, or by another descriptor
            self._place = f"{KEPT}{os.urandom(8).hex()}"
        try:
            method.__self__.__dict__[self._place] = bound
        except (AttributeError, TypeError):
            raise TypeError(
                f"a compiled method keeps its program in the __dict__ of the instance, and "
                f"{describe(method.__self__)} has none that can be written: name '__dict__' in "
                "__slots__; of a class compile a function, or a staticmethod"
            ) from None
        return bound

    # What a user calls ----------------------------------------------------------------------------

    @quick
    def __call__(self, *args: Any, **named: Any) -> Any:
        """The function's result, as Values whose `backward` reaches leaves and Value arguments.

        With batch="none", lists of numbers: one for each sample.
        """
        if self.reduction is None and modes.trace() is not None:
            return self.function(*args, **named)  # a part of the function that is being traced
        replay = self._run(args, named)
        return replay.numbers() if self.reduction == "none" else replay.nodes()

    @quick
    def value(self, *args: Any, **named: Any) -> Any:
        """The function's result in numbers.

        >>> from autograd_lite import compile
        >>> compile(lambda x, y: x * y).value(3.0, 4.0)
        12.0
        """
        return self._run(args, named).numbers()

    @quick
    def backward(self, *args: Any, **named: Any) -> Any:
        """Add the gradient to the `.grad` of every leaf, Value arguments too; gives the value.

        The same as `function(...).backward()`, without making a node if all Values are leaves.

        >>> from autograd_lite import Value, compile
        >>> w = Value(3.0)
        >>> program = compile(lambda x: w * x)
        >>> program.backward(2.0), w.grad
        (6.0, 2.0)
        """
        replay = self._run(args, named, Asked(gradient=True, by_sample=False))
        replay.pass_back()
        return replay.numbers()

    @quick
    def value_and_grad(self, *args: Any, **named: Any) -> tuple[Any, Any]:
        """The value, and its derivatives in the structure of the arguments; no `.grad` is touched.

        In a batch the derivatives are those with respect to each sample's numbers: of the mean or
        the sum, which for a sum (and for "none") are the gradients of the samples by themselves.

        >>> from autograd_lite import compile
        >>> compile(lambda x: x * x, batch="sum").value_and_grad([1.0, 2.0])
        (5.0, [2.0, 4.0])
        """
        replay = self._run(args, named, Asked(gradient=True, argnums=self.argnums))
        return replay.numbers(), replay.gradient()

    @quick
    def grad(self, *args: Any, **named: Any) -> Any:
        """The derivatives in the structure of the arguments; see `value_and_grad`.

        Of the arguments that `argnums` names, if it names any: that of one, or a tuple of them.

        >>> from autograd_lite import compile
        >>> compile(lambda x, y: x * x * y).grad(3.0, 5.0)
        (30.0, 9.0)
        >>> compile(lambda x, y: x * x * y, argnums=0).grad(3.0, 5.0)
        30.0
        """
        return self.value_and_grad(*args, **named)[1]

    def leaves(self, *args: Any, **named: Any) -> list[Any]:
        """The Values from outside that a call with such arguments reads."""
        return self._traced(args, named).specialization.leaves()

    def leaf_gradients(self, *args: Any, **named: Any) -> array[float]:
        """The derivatives with respect to `leaves(...)`, in order; no `.grad` is touched."""
        return self._traced(args, named, Asked(gradient=True)).leaf_gradients()

    def leaf_gradients_by_sample(self, *args: Any, **named: Any) -> list[array[float]]:
        """For each sample, the derivatives of its result with respect to `leaves(...)`.

        >>> from autograd_lite import Value, compile
        >>> w = Value(3.0)
        >>> program = compile(lambda x: w * x * x, batch="mean")
        >>> [g.tolist() for g in program.leaf_gradients_by_sample([1.0, 2.0])]
        [[1.0], [4.0]]
        """
        return self._traced(args, named, Asked(gradient=True)).leaf_gradients_by_sample()

    @quick
    def jvp(self, args: Any, tangents: Any) -> Any:
        """The rate of the result when the arguments change at the rates `tangents`.

        Arguments and tangents are given as to `autograd_lite.hvp`. Leaves do not move.

        Raises:
            ValueError: the tangents do not have the structure of the arguments.

        >>> from autograd_lite import compile
        >>> compile(lambda x, y: x * y).jvp((2.0, 5.0), (1.0, 10.0))
        25.0
        """
        several = args if type(args) is tuple else (args,)
        moving = tangents, type(args) is not tuple
        return self._run(several, {}, rates=moving).numbers(rates=True)

    def hvp(self, args: Any, tangents: Any) -> Any:
        """The Hessian times the tangents, in the structure of the arguments; see `hvp`.

        >>> from autograd_lite import compile
        >>> compile(lambda x: x[0] * x[0] * x[1]).hvp([3.0, 5.0], [1.0, 0.0])
        [10.0, 6.0]
        """
        single = type(args) is not tuple
        several = (args,) if single else args
        arguments = Arguments(several, {}, self.reduction is not None, self.static, self.sequences)
        rates = arguments.match(tangents, self.argnums, single, all=False)
        if self._products is None:
            rate = product(self.function, self.__name__)
            self._products = Program(
                rate, self.reduction, (2,), self.threads, reorder=self.reorder,
                sequences=(0, 1) if self.sequences else (),
            )  # fmt: skip
        numbers = arguments.packed(arguments.given, arguments.columns)
        directions = arguments.packed(rates.given, rates.columns, self.argnums)
        structure = Structure(arguments, self.argnums)
        wanted = Asked(gradient=True, argnums=0)
        replay = self._products._run((numbers, directions, structure), {}, wanted)
        return arguments.shaped(
            replay.slopes(), iter(replay.varying_gradients), self.argnums, single
        )

    def jacobian(self, *args: Any, sparse: bool = False, **named: Any) -> Any:
        """The derivatives of each entry of the result, in its structure; see `jacobian`.

        Of the arguments that `argnums` names, if it names any. A tape is replayed once, with a lane
        for each number that moves, or for each result if these are fewer; leaves do not move.

        In a batch, with "mean" and "sum", each entry has what `grad` gives of it. With "none"
        derivatives are those of each sample's result, also with respect to what samples share, so
        they have the samples as their first axis.

        Args:
            args, named: like those of a call.
            sparse: give a `scipy.sparse.csr_array` instead, whose rows are the entries of the
                result in order and whose columns the numbers of the arguments. On which of these
                an entry depends is read off the tape, and numbers that share no result share a
                lane, so that it costs a few replays, however many there are.

        Raises:
            ValueError: sparse=True in a batch.
            ImportError: sparse=True without SciPy.

        >>> from autograd_lite import compile
        >>> compile(lambda x: [x[0] * x[1], x[0] + x[1]]).jacobian([2.0, 3.0])
        [[3.0, 2.0], [1.0, 1.0]]
        >>> compile(lambda x, w: w * x * x, batch="none").jacobian([1.0, 2.0], 3.0)
        ([6.0, 12.0], [1.0, 4.0])
        """
        return self._derived(args, named, self._sparse(False) if sparse else jacobian)

    def _derived(self, args: Any, named: Any, derive: Callable[..., Any]) -> Any:
        """What is derived from a run of the program, with respect to the numbers that are meant."""

        def derived(run: Replay | Uncompiled) -> Any:
            return derive(run, Wanted.of_run(run, self.argnums))

        if self.reduction is not None or self.sequences:
            arguments, _ = self._arguments(args, named)
            arguments.refuse_batch_of_sequences("jacobian and hessian")
            if arguments.sequences:
                raise TypeError(
                    f"jacobian and hessian of {self.__name__}, which has sequences: take them of "
                    "a program without, for one length"
                )
        if self.reduction is not None:
            return derived(self._run(args, named))
        run = self._run(args, named, Asked(derive=derived))
        return derived(run) if isinstance(run, Uncompiled) else run.derived

    def _sparse(self, symmetric: bool) -> Callable[..., Any]:
        from .sparsity import sparse_jacobian

        if self.reduction is not None:
            raise ValueError(
                f"sparse=True is for a program without a batch; this one has {self.reduction!r}"
            )
        return functools.partial(sparse_jacobian, symmetric=symmetric)

    def hessian(self, *args: Any, sparse: bool = False, **named: Any) -> Any:
        """The second derivatives of the result, in the structure of the arguments; see `hessian`.

        The gradient is traced, and its tape replayed with a lane for each number that moves. With
        batch="none" they are the second derivatives of each sample's result. With "mean" and "sum"
        they are those with respect to numbers that all samples share.

        Args:
            args, named: like those of a call.
            sparse: give a `scipy.sparse.csr_array`, as `jacobian` does: of all numbers of the
                arguments, in order.

        Raises:
            TypeError: the function returns something else than one Value.
            ValueError: sparse=True in a batch; with "mean" and "sum", second derivatives by
                samples are asked for.

        >>> from autograd_lite import compile
        >>> compile(lambda x: x[0] * x[0] * x[1]).hessian([3.0, 5.0])
        [[10.0, 6.0], [6.0, 0.0]]
        """
        if self._slopes is None:
            gradient = slopes(self.function, self.argnums)
            self._slopes = Program(gradient, **self._options)
        if sparse:
            return self._slopes._derived(args, named, self._sparse(True))

        def derived(run: Replay | Uncompiled, wanted: Wanted) -> Any:
            if self.reduction in ("mean", "sum") and moving_samples(run.arguments, self.argnums):
                raise ValueError(
                    f"the Hessian of a {self.reduction} is taken with respect to what all samples "
                    'share: name these arguments in argnums, or compile with batch="none" for the '
                    "Hessian of each sample"
                )
            return jacobian(run, wanted, wanted.key)

        return self._slopes._derived(args, named, derived)

    def retrace(self) -> None:
        """Forget all traces: the next call runs the function again.

        For changes that a replay cannot see: of a list, an attribute or a global that is no leaf.
        """
        self._kept.clear()
        self._quick = self._products = self._slopes = None
        self._profit = Profit(BRANCHES)

    def refresh(self, *args: Any, **named: Any) -> bool:
        """Notice what a replay cannot see: run the function once more, compare, and forget.

        For numbers that are neither arguments nor leaves (an annealed weight, a global, an
        attribute) where it is not known whether they have changed. It costs one traced run, without
        what makes a tape of it.

        Args:
            args, named: like those of an earlier call.

        Returns:
            Whether the run differed from what is replayed. Then all traces are forgotten.

        >>> from autograd_lite import compile
        >>> state = {"weight": 1.0}
        >>> program = compile(lambda x: state["weight"] * x)
        >>> program.value(2.0)
        2.0
        >>> state["weight"] = 0.5
        >>> program.refresh(2.0), program.value(2.0), program.refresh(3.0)
        (True, 1.0, False)
        """
        arguments, _ = self._arguments(args, named)
        kept = self._kept.get(arguments.key)
        if kept is None and self._products is None and self._slopes is None:
            return False
        trace = self._traced_run(arguments)
        recorded = record(trace, self.reduction is not None, self.reorder)
        known = [] if kept is None else kept.several
        if recorded.fingerprint() in [specialization.fingerprint for specialization in known]:
            return False
        self.retrace()
        return True

    def tapes(self) -> list[Tape]:
        """The tapes kept so far, one for each structure of the arguments and each branch.

        At most 64 for one structure, for at most 256 structures; those used longest ago go first.
        """
        return [specialization.tape for specialization in self._all()]

    def summary(self) -> str:
        """What tracing and simplifying did, for each tape.

        >>> from autograd_lite import compile
        >>> program = compile(lambda x: x * 2.0 + x * 3.0 + x * 4.0 - 0.0)
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
        lines = [f"compiled {self.__name__}: {counted(len(tapes), 'tape')}"]
        for i, tape in enumerate(tapes, start=1):
            head, *passes = tape.describe()
            lines += [f"tape {i}: {head}", *passes]
        return "\n".join(lines)

    # Pickles, copies ------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """The function, if that can be pickled, and the tapes with their leaves.

        A copy has leaves of its own, with the numbers of when it was pickled; pickled together with
        what holds the leaves (a model, say), it shares them. If the function cannot be pickled (a
        lambda, a function in a function), the copy is as from a file; see `load_program`.
        """
        from .pickling import function_out, tapes_out

        function = function_out(self.function, Program)
        tapes = tapes_out(self._current())
        if function is None and not tapes:
            raise TypeError(
                f"{self.__name__} has neither a function that can be pickled nor a tape yet: "
                "call it first, or compile a function that can be imported"
            )
        names = {"name": self.__name__, "doc": self.__doc__}
        return {**names, "function": function, "tapes": tapes, **self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from .pickling import function_in, tapes_in

        function = function_in(state["function"], Program)
        # An object brings its leaves; those of an imported function may have other numbers here.
        keep = function is None or state["function"][0] == "import"
        tapes = tapes_in(state["tapes"], keep)
        names = ("batch", "static", "threads", "argnums", "reorder", "sequences")  # three are new
        self.__init__(  # type: ignore[misc]
            function
            or SavedFunction(state["name"], tapes, state["static"], state.get("sequences", ())),
            **{name: state[name] for name in names if name in state},
        )
        self._kept = {key: Kept(several) for key, several in tapes.items()}
        self.__name__, self.__doc__ = state["name"], state["doc"]

    def __copy__(self) -> Program:
        """A program that is traced anew: tapes refer to the leaves of the original."""
        return Program(self.function, **self._options)

    def __deepcopy__(self, memo: dict[int, Any]) -> Program:
        made: Program = object.__new__(type(self))
        memo[id(self)] = made  # what the function belongs to may hold the program
        function = copy.deepcopy(self.function, memo)
        made.__dict__.update(Program(function, **self._options).__dict__)
        return made

    # From a call to a tape ------------------------------------------------------------------------

    def _run(
        self,
        args: tuple[Any, ...],
        named: dict[str, Any],
        wanted: Asked = NUMBERS,
        rates: Any = None,
    ) -> Replay | Uncompiled:
        """Replay the tape for these arguments; or run the function, where tracing does not pay.

        Or where a watch is on, such as `detect_anomaly`: a tape knows no lines. Or where it reads
        the arguments of a transform, such as `grad`, whose function is running.
        """
        arguments, tangents = self._arguments(args, named, rates)
        kept = self._kept.get(arguments.key)
        profit = self._profit if kept is None else kept.profit
        if self.reduction is None and (profit.resting or modes.watch() is not None):
            profit.resting -= profit.resting > 0
            return Uncompiled(self, arguments, tangents)
        if tangents is not None:
            wanted = wanted._replace(rates=tangents)
        replay = self._replay(arguments, kept, wanted)
        if not replay.specialization.reads_inputs:
            return replay
        if self.reduction is None:
            return Uncompiled(self, arguments, tangents)
        raise TraceError(
            f"{self.__name__} is compiled for batches, and reads a Value with respect to which "
            "derivatives are being taken; they would be lost: give it as an argument"
        )

    def _traced(self, args: Any, named: Any, wanted: Asked = NUMBERS) -> Replay:
        """Replay the tape in any case: its leaves are asked for, or the tape itself."""
        arguments, _ = self._arguments(args, named)
        return self._replay(arguments, self._kept.get(arguments.key), wanted)

    def _arguments(
        self, args: tuple[Any, ...], named: dict[str, Any], rates: Any = None
    ) -> tuple[Arguments, Tangents | None]:
        """The arguments of a call, and their tangents."""
        if modes.trace() is not None:
            raise TraceError(
                f"{self.__name__} is compiled, and its numbers are wanted inside another compiled "
                f"function ({line_of_user()}), where they would be frozen; call it like a "
                "function, without a batch, or take autograd_lite.grad of it"
            )
        if named:
            if self._names is None:
                self._names = parameters(self.function)
            args, named = by_place(self._names, args, named)
        arguments = Arguments(args, named, self.reduction is not None, self.static, self.sequences)
        if rates is None:
            return arguments, None
        return arguments, arguments.match(rates[0], self.argnums, rates[1])

    def _replay(self, arguments: Arguments, kept: Kept | None, wanted: Asked = NUMBERS) -> Replay:
        """Replay one of the tapes that are kept for such arguments; trace first if none fits."""
        if kept is not None:
            if kept is not self._latest:
                self._latest, kept.used, self._quick = kept, next(CLOCK), None
            if kept.mixed and arguments.samples > 1:
                return self._by_branches(arguments, kept, wanted)
            for tried, specialization in enumerate(kept.several):
                replay = Replay(self, specialization, arguments)
                if replay.run(wanted):
                    if tried or kept.profit.misses or self._profit.misses:
                        kept.use(specialization)
                        self._profit.hit()
                    if self._quick is None and not (kept.profit.misses or self._profit.misses):
                        if kept.call is NotImplemented:
                            kept.call = call_of(self, kept, arguments)
                        self._quick = kept.call
                    return replay
                if replay.broken is not None and replay.broken[1] > 0:
                    return self._by_branches(arguments, kept, wanted)
        replay = Replay(self, self._specialize(arguments, kept), arguments)
        if replay.run(wanted):
            return replay
        if replay.broken is not None and replay.broken[1] > 0:
            return self._by_branches(arguments, self._kept[arguments.key], wanted)
        raise self._is_inconstant()

    def _by_branches(self, arguments: Arguments, kept: Kept, wanted: Asked) -> Replay:
        """Replay the samples of a batch in groups, each on the tape of its branch."""
        from .branches import Branches  # most batches have no need of it

        for _ in range(3):  # a leaf may be lost, and a branch be new
            several = [s for s in kept.several if s.is_current()]
            branches = kept.branches or Branches(several or [self._trace(arguments)])
            replay = Replay(self, branches, arguments)
            if replay.run(wanted):
                kept.branches, kept.mixed = branches, replay.mixed
                kept.profit.hit()
                return replay
            kept.branches = None
            self._trace_branches(arguments, kept, list(replay.left))
        raise self._is_inconstant()

    def _trace_branches(self, arguments: Arguments, kept: Kept, left: list[int]) -> None:
        """Trace the function for samples, each of another branch, until all have their tape."""
        from .branches import fitting

        while left:
            if sum(s.is_current() for s in kept.several) >= BRANCHES:
                raise BranchError(
                    f"samples of batches of {self.__name__} take more than {BRANCHES} different "
                    f"branches: sample {left[0]} takes none of those before, the last of "
                    f"which was chosen on {kept.several[0].lines[-1]}; use where(condition, x, y) "
                    "instead of `if`"
                )
            one = self._trace(arguments, left[0])
            kept.add(one)
            fits = fitting(Replay(self, one, arguments), left)
            if not fits[0]:
                raise self._is_inconstant()
            left = [i for i, fit in zip(left, fits) if not fit]

    def _is_inconstant(self) -> RuntimeError:
        return RuntimeError(
            f"{self.__name__} took another branch when it was replayed than when it was "
            "traced with the same numbers; does it depend on anything but its arguments?"
        )

    def _specialize(self, arguments: Arguments, kept: Kept | None) -> Specialization:
        """Trace the function for these arguments, and keep what comes of it."""
        specialization = self._trace(arguments)
        self._quick = None
        if kept is None:
            self._latest = self._kept[arguments.key] = Kept([specialization])
            while len(self._kept) > STRUCTURES:
                del self._kept[min(self._kept, key=lambda key: self._kept[key].used)]
            if self._profit.miss():
                self._tell("its arguments have another structure, or other constants")
            return specialization
        others = len(kept.several)
        if kept.add(specialization) < others:
            why = "leaves that it reads have been replaced"
        else:
            why = f"it takes another branch, now on {specialization.lines[-1]}"
        if kept.profit.miss():
            self._tell(why)
        return specialization

    def _tell(self, why: str) -> None:
        """Say, once, that nearly each call is traced."""
        if not self._told:
            self._told = True
            then = "" if self.reduction else "; such calls run uncompiled from now on"
            warn(
                f"{self.__name__} is traced anew at nearly each call, since {why}. That takes far "
                f"longer than to run the function itself{then}. Choose with "
                "where(condition, x, y) instead of `if`, keep leaves and assign their data, and "
                "give as arguments what changes",
                CompileWarning,
            )

    def run_function(self, args: Iterable[Any], named: dict[str, Any]) -> Any:
        """The function itself, untraced; derivatives taken inside stay Values, as in a trace."""
        with modes.Mode("nested", True):
            return self.function(*args, **named)

    def _trace(self, arguments: Arguments, sample: int = 0) -> Specialization:
        run = functools.partial(self._traced_run, arguments, sample)
        trace = traced_without_draws(run, self.function, arguments.key)
        batched = arguments.differing()
        with _uncollected():
            return lower(record(trace, self.reduction is not None, self.reorder), batched)

    def _traced_run(self, arguments: Arguments, sample: int = 0) -> Trace:
        if isinstance(self.function, SavedFunction) and self.sequences:  # it cannot be traced
            key = arguments.key
            raise self.function.missing(key, self.function.tapes.get(key, ()))
        trace = Trace(engines.Value, loops)
        trace.reorder, trace.batched = self.reorder, self.reduction is not None
        given: list[Any] = []
        for x in arguments.of_sample(sample):
            if isinstance(x, Rows):
                given.append(loops.sequence_of(trace, x))
                trace.inputs += given[-1].columns
            else:
                given.append(engines.Value(plain(x)))
                trace.inputs.append(given[-1])
        trace.run(self.function, *arguments.built(iter(given)))
        self.traces += 1
        return trace


@contextmanager
def _uncollected() -> Iterator[None]:
    """The garbage collector is off: a graph is no garbage, however many objects it takes."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _by_place_and_name(
    function: Callable[..., Any], static: Any, option: str = "static"
) -> frozenset[Any]:
    """The places as well as the names of the arguments that an option names in either way."""
    if isinstance(static, bool):
        raise TypeError(f"{option} is names or places of arguments, got {static}")
    wanted = {static} if isinstance(static, (str, int)) else set(static)
    if not wanted:
        return frozenset()
    import inspect

    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    ways: dict[Any, set[Any]] = {}  # in which an argument may come, by its place and its name
    for place, parameter in enumerate(parameters):
        both = ways[parameter.name] = set()
        if parameter.kind != parameter.POSITIONAL_ONLY:
            both.add(parameter.name)
        if parameter.kind <= parameter.POSITIONAL_OR_KEYWORD:
            both.add(place)
            ways[place] = both
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if not any(parameter.kind in several for parameter in parameters):
        for x in wanted - ways.keys():
            raise ValueError(f"{option} names an argument, got {x!r}; they are {signature}")
    return frozenset().union(*[ways.get(x, {x}) for x in wanted])
