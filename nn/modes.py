"""Modes: a model as it is trained and as it is used; it is afterwards as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from autograd_lite.random_states import global_generators, kinds, restore, state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def named(model: Any, kind: str) -> list[tuple[str, Any]]:
    """The "modules" or the "parameters" of a model, with their paths; none of a plain function."""
    return list(getattr(model, f"named_{kind}", list)())


def modules_of(model: Any) -> list[Any]:
    """The model and the modules inside it; none of a plain function."""
    return [module for _, module in named(model, "modules")]


@contextmanager
def training_mode(modules: Sequence[Any], training: bool) -> Iterator[None]:
    """The modules in training mode or not; afterwards as they were."""
    before = [(module, module.training, "training" in vars(module)) for module in modules]
    try:
        for module in modules:
            module.training = training
        yield
    finally:
        for module, was, own in before:
            if module.training != was:
                module.training = was
            if not own:  # what it is then is said by its class
                vars(module).pop("training", None)


def generators(modules: Sequence[Any]) -> list[Any]:
    """The random generators in the attributes of modules, of Python and NumPy, each once."""
    of_generators = kinds()
    attributes = [x for module in modules for x in vars(module).values()]
    return list({id(x): x for x in attributes if issubclass(type(x), of_generators)}.values())


@contextmanager
def restored_generators(*things: Any, quick: bool = False) -> Iterator[Callable[[], bool]]:
    """Random generators are afterwards as they were; gives a test of whether they were used.

    One without a state, as `random.SystemRandom`, cannot be put back, and counts as used.

    Args:
        things: models and functions; the generators are those that they reach, and the global ones.
        quick: only those in attributes of modules, and Python's own, for what is done in each
            epoch: to read the state of `numpy.random` takes as long as some epochs.
    """
    inside = _generators(things, quick)
    before = [*map(state_of, inside)]
    try:
        yield lambda: _used(inside, before)
    finally:
        for generator, state in zip(inside, before):
            if state is not None:
                restore(generator, state)


def always_draws(things: Sequence[Any], run: Callable[[], object]) -> bool:
    """Whether each of two runs uses a random generator; one without a state counts as used.

    A run that went before may have prepared something that is kept, and another thread may draw
    from the global generators meanwhile: threads of Dask do.
    """
    inside = _generators(things)
    for _ in range(2):
        before = [*map(state_of, inside)]
        run()
        if not _used(inside, before):
            return False
    return True


def _used(generators: Sequence[Any], before: Sequence[Any]) -> bool:
    """Whether one of the generators has another state than before, or none."""
    return None in before or [*map(state_of, generators)] != before


def _generators(things: Sequence[Any], quick: bool = False) -> list[Any]:
    """The global generators and those of models and functions; see `restored_generators`."""
    import random  # loaded from here on, so that its global generator is looked at

    found = generators([module for thing in things for module in modules_of(thing)])
    if quick:
        return [random, *found]
    from autograd_lite.compiler.randomness import generators_reached

    found = [*global_generators().values(), *found, *generators_reached(*things)]
    return [*{id(x): x for x in found}.values()]


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """The model as it is used, not as it is trained; it and the generators stay as they were."""
    with training_mode(modules_of(model), False), restored_generators(model):
        yield


@contextmanager
def looking(model: Any) -> Iterator[None]:
    """The same, for those who look at a model: nothing is said that fit has said."""
    with evaluating(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
