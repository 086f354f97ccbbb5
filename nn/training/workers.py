"""Workers: processes, here or on many machines, that share the samples of each batch of a `fit`."""

from __future__ import annotations

import contextlib
import functools
import operator
import sys
import uuid
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from autograd_lite import MissingTapeError
from autograd_lite.compiler.pickling import leaves_of_tapes
from autograd_lite.primitive import describe

from ..init import size
from .direct_calls import DEATHS, DirectCalls, cut, mapped
from .objective import OnTape
from .rows import joined

__all__ = ["Workers"]


class Sent(NamedTuple):
    """What the workers have of a run: the names under which they keep it, and what it was."""

    samples: str
    tape: str
    tapes: list[Any]
    leaves: list[Any]


class Workers:
    """The workers of a Dask client, which share the samples of each batch: `fit(..., workers=)`.

    A batch is cut into parts, always the same; each worker replays the tape on some of them. Sums
    over the parts are added up in their order, so that training has the same bits for any number
    of workers. They keep the samples and the tape: a step sends them the numbers of the
    parameters and which samples it takes, and gets a gradient for each part. One that dies loses
    nothing: others do its parts, and one that comes gets what the others have.

    Args:
        client: a `distributed.Client`, of a cluster here or elsewhere, whose workers can import
            this package. One thread for each worker: threads of one process take turns.
        parts: of a batch. The bits of the sums depend on it; more workers than parts have nothing
            to do.

    Raises:
        TypeError: the client is no client of Dask, or one for `await`.
        ValueError: parts is no whole number from 1.

    >>> import nn
    >>> from distributed import Client, LocalCluster
    >>> data, net = nn.datasets.moons(64, seed=1), nn.MLP(2, [4, 2], seed=1)
    >>> threads = {"n_workers": 2, "threads_per_worker": 1, "processes": False}
    >>> with LocalCluster(**threads, dashboard_address=":0") as cluster, Client(cluster) as client:
    ...     history = nn.fit(net, data, loss=nn.cross_entropy, optimizer="adam", lr=0.1, epochs=9,
    ...                      batch_size=64, seed=0, workers=nn.Workers(client))
    >>> history["loss"][-1] < history["loss"][0]
    True
    """

    __module__ = "nn"

    def __init__(self, client: Any, parts: int = 8) -> None:
        if not all(hasattr(client, name) for name in ("submit", "gather", "register_plugin")):
            raise TypeError(
                "workers are those of a Dask client, as nn.Workers(distributed.Client()); got "
                f"{describe(client)}"
            )
        if client.asynchronous:
            raise TypeError("workers are those of a client that waits, not of one for `await`")
        self.client, self.parts = client, size("parts", parts)
        self._sent: dict[OnTape, Sent] = {}
        self._calls = DirectCalls(client)

    def __repr__(self) -> str:
        return f"<Workers, for {self.parts} parts of a batch>"

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """What a function gives for each item, in their order: each worker calls it for some.

        For steps of a training that is written by hand: a call costs a third of what a task of Dask
        does (some 5 ms and 15 on two cores). The items are cut into as many runs as there are
        workers: while these stay the same, each gets the same items, and what the function keeps
        for one (`functools.cache`) is there at the next call. What a worker that dies had, others
        do.

        Args:
            function: of a module that workers can import, or a `functools.partial` of it: its name
                is sent. One of a notebook or a script is sent whole with each call.
            items: one argument each.

        Raises:
            Exception: whatever the function raises.
            RuntimeError: three workers died with one item; the function raised what cannot be sent.

        Dask does not count these calls as work: a cluster that adapts its size starts a worker if
        it has none, and no more; and it retires no worker that this object calls. After an
        interrupt the next call waits for what the workers are still at.

        >>> import nn
        >>> from distributed import Client, LocalCluster
        >>> threads = {"n_workers": 2, "threads_per_worker": 1, "processes": False}
        >>> with LocalCluster(**threads, dashboard_address=":0") as cluster:
        ...     with Client(cluster) as client:
        ...         nn.Workers(client).map(abs, [-1, 2, -3])
        [1, 2, 3]
        """
        return self._calls.share(functools.partial(mapped, function), list(items))

    def take(self, runs: Iterable[OnTape]) -> None:
        """Have these replayed by the workers from now on."""
        for run in runs:
            if run.program is not None:
                self._ready(run, [0])
                run.workers = self

    def leave(self) -> None:
        """Give all back, and have the workers forget them."""
        for run, sent in self._sent.items():
            run.workers = None
            for name in (sent.samples, sent.tape):
                # a worker was lost on the way; or, of the other error, the name was not yet known
                with contextlib.suppress(OSError, ValueError):
                    self.client.unregister_worker_plugin(name)
        self._sent.clear()
        self._calls.close()

    def replay(self, run: OnTape, method: str, chosen: Sequence[int]) -> Any:
        """What the method of the run's program gives for the chosen samples."""
        sent = self._ready(run, chosen[:1])
        parts = [
            part if isinstance(part, range) else array("I", part)
            for part in cut(chosen, self.parts)
        ]
        try:
            found = self._answers(sent, method, parts)
        except MissingTapeError:  # some samples take a branch that is new
            sent = self._ready(run, chosen)
            found = self._answers(sent, method, parts)
        if method == "backward":
            losses, gradients = zip(*found)
            for leaf, slope in zip(sent.leaves, added(gradients)):
                leaf.grad += slope / len(chosen)
            return functools.reduce(operator.add, losses) / len(chosen)
        if run.program.reduction == "mean":
            sums = [mean * len(part) for mean, part in zip(found, parts)]
            return functools.reduce(operator.add, sums) / len(chosen)
        return joined(found)

    def _answers(self, sent: Sent, method: str, parts: list[Any]) -> list[Any]:
        """What the workers answer for each part."""
        from .kept import answers

        numbers = array("d", [leaf.data for leaf in sent.leaves])
        asked = functools.partial(answers, sent.tape, sent.samples, method, numbers)
        return self._calls.share(asked, parts)

    def _ready(self, run: OnTape, chosen: Sequence[int]) -> Sent:
        """What the workers have of a run, with all tapes that these samples take."""
        from .kept import KeptSamples, KeptTape

        sent = self._sent.get(run)
        run.program.value(*run.arguments(chosen))  # traces here what is to be traced
        tapes = run.program.tapes()
        if sent is not None and {*map(id, tapes)} == {*map(id, sent.tapes)}:
            return sent
        leaves = leaves_of_tapes(run.program)
        try:
            kept = KeptTape(run.program, leaves)
        except TypeError as error:
            raise TypeError(f"the tape of this model cannot be sent to workers: {error}") from error
        if sent is None:
            sent = Sent(f"samples-{uuid.uuid4()}", f"tape-{uuid.uuid4()}", [], [])
            self._sent[run] = sent  # also if this fails: new workers would get what cannot be kept
            self._send(KeptSamples(run.packed), sent.samples)
        self._send(kept, sent.tape)
        self._sent[run] = sent._replace(tapes=tapes, leaves=leaves)
        return self._sent[run]

    def _send(self, kept: Any, name: str) -> None:
        """Have all workers keep this under a name, those that come later, too."""
        for left in reversed(range(DEATHS)):
            try:
                self.client.register_plugin(kept, name)
                return
            except OSError:  # a worker was lost on the way, and some may not have it yet
                if not left:
                    raise


def added(rows: Iterable[array[float]]) -> Sequence[float]:
    """The sums of corresponding entries, added up in the order of the rows."""
    if not sys.modules.get("numpy"):
        return functools.reduce(lambda x, y: array("d", map(operator.add, x, y)), rows)
    import numpy

    sums: list[float] = functools.reduce(numpy.add, map(numpy.frombuffer, rows)).tolist()
    return sums
