"""Where Python itself runs in a page (Pyodide), tapes and formulas run in the JavaScript engine.

It is the engine of our pages, made from the same table, in the same worker: numbers go over as one
array, and the answers come back as one. What it cannot do, as custom primitives, is left to the
reference interpreter, whose answers it gives but for the last bits of the browser's functions.
"""

from __future__ import annotations

import functools
import json
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import modes
from ..javascript import NotInJavaScript, module, tape_program
from ..javascript.module import file
from ..shortcuts import shortcuts
from ..value import Value
from .tape import Tape

if TYPE_CHECKING:
    from .elementwise import Elementwise
    from .replay import Replay

FEWEST = 8  # leaves of which a formula is worth the way to JavaScript and back


def join() -> None:
    """Use the engine from now on."""
    shortcuts.replayer, shortcuts.formula = replayer, formula


def replayer(tape: Tape) -> Any:
    """Replays a tape in JavaScript; NotImplemented if that cannot be."""
    try:
        program = tape_program(tape)
    except NotInJavaScript:
        return NotImplemented
    batch = _made(tuple(program["rows"]), tuple(program["masked"]))(
        json.dumps(program), json.dumps(tape.uniform_inputs), json.dumps(tape.varying_inputs)
    )
    return functools.partial(_replay, tape, batch)


@functools.cache
def _made(rows: tuple[str, ...], masked: tuple[str, ...]) -> Any:
    """What makes a Batch, of batch.js, of a program with these rows."""
    return _run(module(rows, masked), "(...parts) => new Batch(...parts.map(JSON.parse))")


def _replay(tape: Tape, batch: Any, job: Replay) -> tuple[int, int] | None:
    """What `interpreter.replay` does."""
    samples, rates = (
        [numbers for numbers, _ in columns] for columns in (job.varying, job.varying_rates)
    )
    numbers = array("d", job.uniform)
    for part in (job.seeds, *samples, job.uniform_rates, *rates):
        numbers.extend(part or ())
    places = (job.results, job.totals, job.uniform_gradient, *job.varying_gradients, job.rates)
    answers = array("d", bytes(8 * sum(map(len, places))))
    batch.room(len(numbers), len(answers))
    batch.input.assign(numbers)
    wanted = {
        "samples": job.samples,
        "widths": [width for _, width in job.varying],
        "seeds": job.seeds is not None,
        "bySample": any(map(len, job.varying_gradients)),
        "rates": job.uniform_rates is not None,
    }
    broken = int(batch.run(json.dumps(wanted)))
    if broken >= 0:
        sample, guard = divmod(broken, len(tape.guards))
        return guard, sample
    batch.output.assign_to(answers)
    view, start = memoryview(answers), 0
    for place in places:
        memoryview(place)[:] = view[start : start + len(place)]
        start += len(place)
    return None


def formula(
    step: Elementwise, leaves: list[Any], states: Sequence[array[float]], constants: array[float]
) -> Any:
    """An elementwise formula for all leaves; NotImplemented if that is for the Python code.

    Leaves of a reader's own engine are: they have no `_data`.
    """
    if len(leaves) < FEWEST or modes.active:
        return NotImplemented
    if not all(type(leaf) is Value and leaf.op is None for leaf in leaves):
        return NotImplemented
    numbers = array("d", constants)
    numbers.extend([leaf._data for leaf in leaves])
    numbers.extend([leaf._grad for leaf in leaves])
    for state in states:
        numbers.extend(state)
    steps, first, count = _steps(step), len(constants), len(leaves)
    steps.room(len(numbers))
    steps.numbers.assign(numbers)
    steps.run(first, count)
    steps.numbers.assign_to(numbers)
    for leaf, x in zip(leaves, numbers[first : first + count]):
        leaf._data = x
    for i, state in enumerate(states, 2):
        state[:] = numbers[first + i * count : first + (i + 1) * count]
    return None


@functools.cache
def _steps(step: Elementwise) -> Any:
    """A formula as a Columns of batch.js."""
    return _run(module(elementwise={"step": step}, tape=False), "new Columns(ELEMENTWISE.step)")


def _run(text: str, wanted: str) -> Any:
    """What an expression is after batch.js and this other text, in a function of their own."""
    from pyodide.code import run_js  # type: ignore[import-not-found]  # only a page has it

    return run_js(f"(() => {{\n{text}{file('batch.js')}return {wanted};\n}})()")
