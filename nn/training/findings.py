"""What goes wrong in training, found and said: where a nan began, what does not learn, and why."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_lite.derivatives import gradients
from autograd_lite.primitive import is_value, plain
from autograd_lite.structure import leaves_of

from ..advice import advised
from ..modes import named, restored_generators
from ..module import Module
from .objective import Objective

__all__ = ["NotFiniteError", "TrainingWarning", "dead_units"]


LARGE = 1e100  # the losses of such numbers overflow


class TrainingWarning(UserWarning):
    """Training runs, but does not do what was meant."""

    __module__ = "nn"


class NotFiniteError(ArithmeticError):
    """The loss or a gradient became nan or inf.

    Attributes:
        epoch, batch: where, both from 1.
        layer: the path of the layer whose values first went wrong, None if it was the loss itself.
        history: of the epochs before.
    """

    __module__ = "nn"

    def __init__(self, message: str, epoch: int, batch: int, layer: str | None, history: Any):
        super().__init__(message)
        self.epoch, self.batch, self.layer, self.history = epoch, batch, layer, history

    def __reduce__(self) -> Any:
        """The error with all that it was made of, as a pickle for another process."""
        return type(self), (str(self), self.epoch, self.batch, self.layer, self.history)


_watching: dict[int, tuple[int, list[tuple[Any, Any]]]] = {}  # thread and list, by the list's id
_taking_turns = threading.Lock()


@contextmanager
def calls_watched() -> Iterator[list[tuple[Any, Any]]]:
    """A list that grows by (module, output) when this thread has called a module, inner first."""
    calls: list[tuple[Any, Any]] = []
    with _taking_turns:
        if not _watching:
            _watched.original = Module.__call__  # type: ignore[attr-defined]
            Module.__call__ = _watched  # type: ignore[assignment, method-assign]
        _watching[id(calls)] = threading.get_ident(), calls
    try:
        yield calls
    finally:
        with _taking_turns:
            del _watching[id(calls)]
            if not _watching:
                Module.__call__ = _watched.original  # type: ignore[attr-defined, method-assign]


def _watched(self: Any, /, *args: Any, **named: Any) -> Any:
    """What `Module.__call__` is while some thread watches."""
    output = _watched.original(self, *args, **named)  # type: ignore[attr-defined]
    for thread, calls in tuple(_watching.values()):
        if thread == threading.get_ident():
            calls.append((self, output))
    return output


@contextmanager
def unsaid(key: str) -> Iterator[None]:
    """Advice under this key is not given here, but may be later."""
    new = key not in advised
    advised.add(key)
    try:
        yield
    finally:
        if new:
            advised.discard(key)


def described(model: Any, module: Any) -> str:
    """A module in words: its path, and the first line of its repr or else its type."""
    path = next((path for path, inside in named(model, "modules") if inside is module), "")
    shown = repr(module).partition("(\n")[0]
    shown = type(module).__name__ if shown.startswith("<") else shown
    return f"{path} ({shown})" if path else shown


def where_it_began(objective: Objective, chosen: Sequence[int]) -> tuple[str | None, str]:
    """The layer whose values are the first that are not finite, and the finding in words."""
    model = objective.model
    paths = {id(module): path for path, module in named(model, "modules")}
    largest = 0.0
    for i in chosen:
        with restored_generators(*objective.drawers), calls_watched() as calls:
            objective.sample(i)
        for module, output in calls:
            numbers = [plain(x) for x in leaves_of(output)]
            bad = [x for x in numbers if not math.isfinite(x)]
            if not bad:
                largest = max([largest, *map(abs, numbers)])
                continue
            words = f"the first values that went wrong are those of {described(model, module)}"
            broken = sum(not math.isfinite(p.data) for p in module.parameters())
            if broken:
                words += f": {broken} of its {len(module.parameters())} parameters are not finite "
                words += "since the update before"
            else:
                words += f", which gave {bad[0]} for sample {i}"
            return paths.get(id(module), type(module).__name__), words
    words = f"every layer is finite (the largest output is {largest:.3g}), so it is the loss itself"
    target = max(abs(plain(x)) for i in chosen for x in leaves_of(objective.y[i]))
    if max(target, largest) < LARGE:
        return None, f"{words}, as a log of 0 does; use a loss that takes logits"
    what = f", with targets up to {target:.3g}; scale them to about 1" * (target >= largest)
    return None, f"{words}, which is too large for a number{what}"


def relu_units(model: Any, rows: Sequence[Any]) -> dict[tuple[int, int], bool]:
    """For each relu unit, as (id of its layer, place), whether it is 0 for all the rows."""
    dead: dict[tuple[int, int], bool] = {}
    with restored_generators(model), calls_watched() as calls:
        for row in rows:
            model(row)
            seen: set[int] = set()
            for module, output in calls:
                for place, unit in enumerate(leaves_of(output)):
                    op = getattr(unit, "op", None)
                    if op is not None and op.name == "relu" and id(unit) not in seen:
                        seen.add(id(unit))
                        key = id(module), place
                        dead[key] = dead.get(key, True) and not unit.data > 0.0
            calls.clear()
    return dead


def dead_units(model: Any, x: Sequence[Any]) -> dict[str, list[int]]:
    """The relu units that output 0 for all samples: their places, by the path of their layer.

    >>> import nn
    >>> net = nn.MLP(2, [3, 1], seed=0)
    >>> net.layers[0].b[1].data = -100.0
    >>> nn.dead_units(net, [[0.5, 1.0], [1.0, 0.5]])
    {'layers.0': [1]}
    """
    return {path: dead for path, (dead, _) in _dead(model, x).items()}


def _dead(model: Any, x: Sequence[Any]) -> dict[str, tuple[list[int], int]]:
    """For each layer with dead units their places, and how many units it has."""
    dead = relu_units(model, x[:64])
    if not any(dead.values()):
        return {}
    if len(x) > 64:
        dead = relu_units(model, x)
    layers = {}
    for path, module in named(model, "modules"):
        units = {place: is_dead for (owner, place), is_dead in dead.items() if owner == id(module)}
        if any(units.values()):
            layers[path] = [place for place, is_dead in units.items() if is_dead], len(units)
    return layers


def too_many_dead(model: Any, x: Sequence[Any]) -> str:
    """In words, the layers of which more than half the units are dead; a few are usual."""
    dead_layers = _dead(model, x)
    modules = dict(named(model, "modules")) if dead_layers else {}
    words = [
        f"{len(dead)} of the {units} units of {described(model, modules[path])}"
        for path, (dead, units) in dead_layers.items()
        if 2 * len(dead) > units
    ]
    if not words:
        return ""
    return (
        f"dead units: {'; '.join(words)} output 0 for all {len(x)} samples, so they get no "
        "gradient and cannot learn any more. Use a smaller learning rate, other initial weights "
        "(another seed), or leaky_relu or tanh"
    )


def without_gradient(model: Any, unmoved: list[Any], reached: set[int]) -> str:
    """Which parameters do not learn, in words; "" if all do.

    Args:
        model: the model.
        unmoved: its parameters whose gradient has been 0 all the time.
        reached: ids of those that the loss depends on.
    """
    names = {id(p): name for name, p in named(model, "parameters")}
    strange = [p for p in unmoved if id(p) not in reached and id(p) not in names]
    if strange and names:
        return (
            f"the optimizer has {len(strange)} parameters that are neither in the model nor in the "
            "loss: has a part of the model been replaced since? Make the optimizer anew"
        )
    unused = [names[id(p)] for p in unmoved if id(p) not in reached and id(p) in names]
    if unused:
        return (
            f"{len(unused)} parameters received no gradient, as the loss does not depend on them: "
            f"{_some(unused)}. Use them in forward, or leave them out of the model"
        )
    ids = set(map(id, unmoved))
    still: list[str] = []
    for path, module in named(model, "modules"):
        parameters = [id(p) for p in module.parameters()]
        inside = any(path and other.startswith(path + ".") for other in still)
        if parameters and ids.issuperset(parameters) and not inside:
            still.append(path or type(module).__name__)
    if not still:
        return ""
    return (
        f"the parameters of {_some(still)} received no gradient other than 0: what comes after "
        "them has derivative 0 (a step, a round, dead relu units) or their inputs are all 0"
    )


def at_rest(objective: Objective, chosen: Sequence[int]) -> bool:
    """Whether the loss is flat at the outputs of the model, which then has nothing to learn."""
    with restored_generators(*objective.drawers):
        for i in {*chosen[:8], *range(min(8, len(objective.x)))}:
            prediction = objective.model(objective.x[i])
            loss = objective.loss(prediction, objective.y[i])
            outputs = [x for x in leaves_of(prediction) if is_value(x)]
            if is_value(loss) and any(gradients(loss, outputs)):
                return False
    return True


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
