"""A tape as JavaScript: one module without dependencies, for any page."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ..javascript import module, tape_program
from ..javascript.program import as_json
from ..words import counted
from .tape import Tape
from .write_python import ready

FUNCTIONS = """\
const TAPE = new Tape(PROGRAM);

function put(what, numbers, slots) {
  const { length } = slots;
  const given = numbers?.length ?? numbers;
  if (given !== length)
    throw new RangeError(`${what}: an array of ${length} is wanted, got ${given}`);
  for (let i = 0; i < length; i++) TAPE.values[slots[i]] = numbers[i];
}

function run(inputs, data) {
  put("inputs", inputs, TAPE.inputs);
  put("leaves", data, TAPE.captured);
  TAPE.forward();
  const guard = TAPE.broken();
  if (guard >= 0)
    throw new RangeError(`these numbers take another branch than the traced run: ${GUARDS[guard]}`);
  const results = TAPE.outputs.map((slot) => TAPE.values[slot]);
  return results.length === 1 ? results[0] : results;
}

// The result for these numbers: one number, or a list of several.
export function value(inputs = [], data = leaves.data) {
  return run(inputs, data);
}

// The result, and its derivatives with respect to the inputs and the leaves. Of several results it
// is the gradient of their sum, each times its seed.
export function valueAndGradient(inputs = [], data = leaves.data, seeds = null) {
  const result = run(inputs, data);
  TAPE.backward(seeds);
  const gradient = (slots) => slots.map((slot) => TAPE.adjoints[slot] + 0);
  return { value: result, inputs: gradient(TAPE.inputs), leaves: gradient(TAPE.captured) };
}
"""


def to_js(
    tape: Tape,
    name: str,
    labels: Sequence[str | None] = (),
    data: Sequence[float] = (),
    lines: Sequence[str] = (),
) -> str:
    """A JavaScript module with `value`, `valueAndGradient` and the `leaves` of a tape.

    It imports nothing and asks for no `eval`. Arithmetic is the tape's, operation by operation;
    what differs from Python are the last bits of the browser's own functions.

    Args:
        tape: of rows of the table.
        name: of the function, for the first comment.
        labels, data: of the leaves, in order; the numbers are what they have unless others are
            given.
        lines: the source line of each guard.

    Raises:
        TypeError: the tape has custom primitives.
        ValueError: the tape has no output.

    >>> from autograd_lite import compile
    >>> program = compile(lambda x: x * x)
    >>> program.value(3.0)
    9.0
    >>> print(to_js(program.tapes()[0], "square").splitlines()[0])
    // square: a value and its gradient, as autograd_lite traced them.
    """
    ready(tape, "JavaScript")
    program = tape_program(tape)
    names = [label if isinstance(label, str) else f"w{i}" for i, label in enumerate(labels)]
    inputs, outputs = counted(len(tape.inputs), "number"), counted(len(tape.outputs), "result")
    leaves = counted(len(tape.captured), "leaf", "leaves")
    readable = re.sub(r"[^\w<>. ]", " ", name)
    said = [
        f"// {readable}: a value and its gradient, as autograd_lite traced them.",
        "//",
        f"// value(inputs, data) gives {outputs} for {inputs}, those among the arguments in order;",
        "// valueAndGradient(inputs, data) gives { value, inputs, leaves }: with derivatives with",
        f"// respect to the inputs and to the {leaves}, whose numbers are `data`.",
        "// A RangeError says that the numbers take another branch than the traced run did."
        if tape.guards
        else "",
    ]
    known = f"{{ names: {_json(names)}, data: {_json([*map(as_json, data)])}.map(readNumber) }}"
    return "\n".join(
        [
            *(line for line in said if line),
            "",
            module(program["rows"], program["masked"]).rstrip(),
            f"const PROGRAM = {_json(program)};",
            f"const GUARDS = {_json(list(lines))};",
            f"export const leaves = {known};",
            FUNCTIONS,
        ]
    )


def _json(x: object) -> str:
    """JSON that may stand in a script of a page, too."""
    return json.dumps(x, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
