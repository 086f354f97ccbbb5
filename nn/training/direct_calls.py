"""Calls of functions on the workers of a Dask client, without a task for each call.

A task passes through the queues of client, scheduler and worker and back, which takes some 15 ms.
Here each worker gets one actor, an object that lives in its process; a call of its method is one
message and an answer. What an actor does not answer because its worker died, others do.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

RECOUNT = 1.0  # seconds for which the workers that were counted are taken to be all
DEATHS = 3  # of workers, with one item or while something is sent: then it is given up


class DirectCalls:
    """The workers of a client, each with an actor that calls functions."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._made: dict[str, Any] = {}  # futures of the actors, by the addresses of their workers
        self._actors: dict[str, Any] = {}  # those that are there
        self._counted = -math.inf
        self._demand: Any = None  # a task, by which a cluster sees that a worker is wanted
        self._lock = threading.RLock()

    def share(self, function: Callable[[list[Any]], list[Any]], items: Sequence[Any]) -> list[Any]:
        """What the function gives for the items: each worker calls it with some, one after another.

        Raises:
            Exception: whatever the function raises.
            RuntimeError: three workers died with the same item.
        """
        with self._lock, self.client.as_current():  # by which an actor finds its client
            return self._share(function, items)

    def _share(self, function: Callable[[list[Any]], list[Any]], items: Sequence[Any]) -> list[Any]:
        from distributed.protocol.pickle import dumps, loads

        found: list[Any] = [None] * len(items)
        deaths: Counter[int] = Counter()
        pickled, missing = dumps(function), list(range(len(items)))
        while missing:
            ready = self._ready()
            calls = [
                (at, some, self._call(at, pickled, dumps([items[i] for i in some])))
                for at, some in zip(ready, cut(missing, len(ready)))
            ]
            missing = []
            for some, answer in [(some, self._answer(at, call)) for at, some, call in calls]:
                if answer is None:
                    missing += some
                    deaths.update(some)
                    continue
                given, error = loads(answer)
                if error is not None:
                    raise error
                for i, x in zip(some, given, strict=True):
                    found[i] = x
            if deaths and max(deaths.values()) >= DEATHS:
                raise RuntimeError(
                    f"{DEATHS} workers died of a call with the same item: do they run out of "
                    "memory? The logs of the workers may say"
                )
        return found

    def close(self) -> None:
        """Let the workers forget their actors."""
        with self._lock:
            self._forget(list(self._made))

    def _count(self) -> None:
        """See which workers there are, and have an actor made for each that is new."""
        there = self.client.nthreads()
        self._forget([at for at in self._made if at not in there])
        new = [at for at in there if at not in self._made]
        for at in new:
            self._made[at] = self.client.submit(Caller, actor=True, workers=[at], pure=False)
        self._demand = None if there else self.client.submit(int, pure=False)
        begin = self._counted = time.monotonic()
        while time.monotonic() < begin + RECOUNT and not all(self._made[at].done() for at in new):
            time.sleep(0.002)

    def _ready(self) -> dict[str, Any]:
        """The actors that can be called, at least one: waits until a worker is there."""
        while True:
            if time.monotonic() - self._counted > RECOUNT:
                self._count()
            for at, made in list(self._made.items()):
                if made.done() and at not in self._actors:
                    try:
                        self._actors[at] = made.result()
                    except Exception:
                        if at in self.client.nthreads():  # it lives, and cannot make an actor
                            raise
                        self._forget([at])
            if self._actors:
                return dict(self._actors)
            time.sleep(0.02)

    def _call(self, at: str, *arguments: bytes) -> Any:
        """The answer to come; None if the worker is known to be dead."""
        try:
            return self._actors[at].call(*arguments)
        except RuntimeError:  # so Dask says that the worker was lost
            return None

    def _answer(self, at: str, call: Any) -> bytes | None:
        """What the worker answers; None if it died."""
        while call is not None and self._made[at].status == "finished":
            try:
                answer: bytes = call.result(timeout=RECOUNT)
                return answer
            except (TimeoutError, asyncio.TimeoutError):
                continue  # it is still at it, if it lives
            except OSError:
                break
        self._forget([at])
        return None

    def _forget(self, addresses: list[str]) -> None:
        for at in addresses:
            self._made.pop(at, None)
            self._actors.pop(at, None)
        self._counted = -math.inf


class Caller:
    """The actor: lives in the process of a worker."""

    def call(self, function: bytes, items: bytes) -> bytes:
        """Pickles of what the function gives for the items, or of what it raises."""
        from distributed.protocol.pickle import dumps, loads

        try:
            answer: bytes = dumps((loads(function)(loads(items)), None))
        except BaseException as error:  # SystemExit would end the thread of the actor
            answer = dumps((None, _that_can_be_sent(error)))
        return answer


def _that_can_be_sent(error: BaseException) -> Exception:
    """The error, or one with its words if it cannot be pickled or would end the client."""
    from distributed.protocol.pickle import dumps, loads

    if isinstance(error, Exception):
        try:
            loads(dumps(error))
            return error
        except Exception:
            pass
    return RuntimeError(f"a call on a worker raised {type(error).__name__}: {error}")


def mapped(function: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    """What the function gives for each item; the built-in `map` would end at a StopIteration."""
    return [function(item) for item in items]


def cut(items: Any, count: int) -> list[Any]:
    """The items in so many parts (fewer, if there are fewer items), in order, of about one size."""
    n, count = len(items), min(len(items), count)
    return [items[n * i // count : n * (i + 1) // count] for i in range(count)]
