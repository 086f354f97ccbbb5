"""The JavaScript that a page needs: kernels of these rows, what they call, and the tape."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..formulas.c_functions import Functions
from ..formulas.javascript import JAVASCRIPT
from ..formulas.symbol import symbols
from ..special_rows import SPECIAL

HERE = Path(__file__).parent
MATH = frozenset(  # C's names of what Math has under the same name, but for fabs
    """acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 fabs floor hypot log
    log1p log2 log10 sin sinh sqrt tan tanh""".split()  # noqa: SIM905
)


@cache
def file(name: str) -> str:
    """A file of this folder, without indentation and lines that only comment."""
    lines = (x.strip() for x in (HERE / name).read_text(encoding="utf-8").splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


@cache
def _functions(special: bool = False) -> dict[str, str]:
    """The functions of special.js and table.js by name; with those of special_rows.py."""
    text = file("special.js") + file("table.js") + (file("special_rows.js") if special else "")
    parts = re.split(r"^(?=function \w+\()", text, flags=re.MULTILINE)
    return {part[9 : part.index("(")]: part for part in parts if part}


@cache
def every_row() -> tuple[str, ...]:
    """The names of all rows that there are kernels of, but for those of special.py."""
    return tuple(x.removesuffix("_forward") for x in _functions() if x.endswith("_forward"))


def module(
    rows: Iterable[str] = (),
    masked: Collection[str] = (),
    *,
    elementwise: Mapping[str, Any] | None = None,
    tape: bool = True,
) -> str:
    """The text of JavaScript that defines `KERNELS`, `ELEMENTWISE` and the class `Tape`.

    Args:
        rows: names of rows, as `tape_program` and `graph_program` list them.
        masked: those of them that instructions with a mask use.
        elementwise: `Elementwise` formulas by the names that they get in `ELEMENTWISE`: functions
            of `(data, gradient, states, constants)`, which change the numbers of the first and of
            each of the `states` in place.
        tape: whether the class is wanted.

    >>> text = module(["mul"])
    >>> "function mul_forward" in text, "tanh" in text
    (True, False)
    """
    names = list(dict.fromkeys(rows))
    known = _functions(special=not SPECIAL.keys().isdisjoint(names))
    kernels = {
        name: [f"{name}_forward", f"{name}_reverse"] + [f"{name}_reverse_masked"] * (name in masked)
        for name in names
    }
    steps = Functions(JAVASCRIPT)
    entries = [
        f"{name}: {_elementwise(formula, steps)}" for name, formula in (elementwise or {}).items()
    ]
    own = "\n".join([*steps.parts, *entries])
    wanted = [x for three in kernels.values() for x in three] + _called(own)
    picked: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        if name in known and name not in picked and f"function {name}(" not in own:
            picked[name] = known[name]
            wanted += _called(known[name])
    words = set(re.findall(r"\w+", own + "".join(picked.values())))
    math = [f"abs: {x}" if x == "fabs" else x for x in sorted(MATH & words)]
    table = ", ".join(f"{name}: [{', '.join(three)}]" for name, three in kernels.items())
    lines = [
        "const { KERNELS, ELEMENTWISE } = (() => {",
        *([f"const {{ {', '.join(math)} }} = Math;"] if math else []),
        "const NAN = NaN, INFINITY = Infinity;",
        *(text.rstrip() for name, text in known.items() if name in picked),
        *(part.rstrip() for part in steps.parts),
        f"return {{ KERNELS: {{ {table} }}, ELEMENTWISE: {{ {', '.join(entries)} }} }};",
        "})();",
    ]
    return "\n".join(lines) + "\n" + (file("tape.js") if tape else "")


def _called(text: str) -> list[str]:
    return re.findall(r"\b(\w+)\(", text)


def _elementwise(formula: Any, functions: Functions) -> str:
    """A function that does an `Elementwise` formula for each entry of its arrays."""
    names = ["data", "gradient", *(f"state{i}" for i in range(formula.states))]
    arrays = ["xs[i]", "gs[i]", *(f"states[{i}][i]" for i in range(formula.states))]
    constants = [f"constant{i}" for i in range(formula.constants)]
    lines: list[str] = []
    trees = formula.formula(*symbols([*names, *constants]))
    results = functions.written(trees, lines)
    text = "(xs, gs, states, constants) => {\n"
    if constants:
        text += f"const [{', '.join(constants)}] = constants;\n"
    text += "for (let i = 0; i < xs.length; i++) {\n"
    text += "".join(f"const {name} = {array};\n" for name, array in zip(names, arrays))
    text += "".join(f"{line}\n" for line in lines)
    new = [f"new{k}" for k in range(len(results))]
    text += "".join(f"const {name} = {result};\n" for name, result in zip(new, results))
    text += "".join(f"{x} = {name};\n" for x, name in zip([arrays[0], *arrays[2:]], new))
    return text + "}\n}"
