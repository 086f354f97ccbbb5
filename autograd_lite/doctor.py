"""python -m autograd_lite doctor: which engine serves, which parts are there, and do they work?

Each part is tried by a small piece of its work. What is not installed is named with the command
that installs it. The exit code is 1 if something that is there does not work: a native engine that
cannot serve, too; one that was not built is none.
"""

from __future__ import annotations

import importlib
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import __version__, engines, native

Test = Callable[[], object]


def main() -> int:
    """Print what was found; returns the exit code."""
    print(f"autograd_lite {__version__} in {Path(__file__).parent}")
    print(f"Python {platform.python_version()} ({platform.python_implementation()})", end=" ")
    print(f"on {platform.system()}, {platform.machine()}")
    said, worst = engine()
    print(f"engine: {said}\n")
    for part, (test, install) in PARTS.items():
        verdict, bad = outcome(test, install)
        worst |= bad
        print(f"{part:<34} {verdict}")
    return int(worst)


def engine_missing() -> bool:
    """Whether Python's engine serves though nobody asked for it."""
    return engines.backend == "python" and engines.asked_for != "python"


def engine() -> tuple[str, bool]:
    """The engine in use, and whether the native one is there and cannot serve.

    Of the native engine the instruction set and the file, of Python's why it is and what to do.
    """
    if engines.backend == "native":
        file = native.engine.__file__
        return f"native (C); batches are computed with {instructions()}\n  {file}", False
    if not engine_missing():
        return "Python, as the environment asks for it", False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            native.load()
    except ImportError as error:
        return f"Python: {error}", not isinstance(error, ModuleNotFoundError)
    return "Python, since autograd_lite.backend was set", False


def instructions() -> str:
    """The set of instructions that the native engine has chosen on this machine."""
    number = native.engine.use_kernels(0)
    native.engine.use_kernels(number)
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return "the instructions that every machine of this kind has"
    return ("SSE2", "AVX2", "AVX-512")[number]


def outcome(test: Test, install: str) -> tuple[str, bool]:
    """What became of a test, and whether that is a fault: what pip need not add has to be there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test()
    except Exception as error:
        if not (install and isinstance(error, ImportError)):
            return f"FAILS with {type(error).__name__}: {error}", True
        if isinstance(error, ModuleNotFoundError):
            return f"not installed ({error.name}): pip install '{install}'", False
        return f"not installed: {error}", False
    return "works", False


# The parts ----------------------------------------------------------------------------------------


def _graph() -> Any:
    from . import sin

    x = engines.Value(2.0, "x")
    return sin(x * x) + x


def gradients() -> None:
    y = _graph()
    y.backward()
    x = y.parents[1]
    if abs(x.grad - (4.0 * -0.6536436208636119 + 1.0)) > 1e-12:
        raise ArithmeticError(f"d(sin(x*x) + x)/dx at 2 is given as {x.grad}")


def compiled() -> None:
    from . import compile, sin

    value, slope = compile(lambda x: sin(x * x) + x).value_and_grad(2.0)
    if abs(value - 1.2431975046920718) + abs(slope + 1.6145744834544478) > 1e-12:
        raise ArithmeticError(f"sin(x*x) + x at 2 is given as {value}, its derivative as {slope}")


def training() -> None:
    from . import nn

    model = nn.MLP(2, [2, 1], seed=0)
    descent = nn.SGD(model.parameters(), lr=0.05)
    before, after = nn.fit(
        model, nn.datasets.xor(), loss=nn.mse, optimizer=descent, epochs=2, progress=False
    )["loss"]
    if not after < before:
        raise ArithmeticError(f"the loss of XOR went from {before} to {after}")


def saved(ending: str) -> Test:
    def test() -> None:
        from . import draw

        with tempfile.TemporaryDirectory() as folder:
            draw(_graph()).save(Path(folder, f"graph{ending}"))

    return test


def stepper_gif() -> None:
    from . import step

    with tempfile.TemporaryDirectory() as folder:
        step(_graph()).save(Path(folder, "steps.gif"))


def machine_code() -> None:
    from . import compile
    from .compiler.c_library import compiler

    try:
        compiler()
    except RuntimeError as error:
        raise ImportError(str(error)) from None
    program = compile(lambda x: x * x)
    program(3.0)
    if program.in_c().value_and_grad(3.0) != (9.0, 6.0):
        raise ArithmeticError("x*x at 3 has another value or derivative")


def arrays() -> None:
    import numpy

    from . import compile

    slopes = compile(lambda x: x * x, batch="sum").grad(numpy.array([1.0, 2.0]))
    if slopes.tolist() != [2.0, 4.0]:
        raise ArithmeticError(f"the derivatives of x*x at 1 and 2 are given as {slopes}")


def widgets() -> None:
    from . import draw
    from .views.output.widget import _widget_class

    for name in ("ipywidgets", "jupyterlab"):
        importlib.import_module(name)
    _widget_class()(draw(_graph()))


def notebook() -> None:
    import nbformat

    from .export import page_from

    cell = nbformat.v4.new_markdown_cell("# A title with $x^2$")
    page_from(nbformat.v4.new_notebook(cells=[cell]), Path("notebook.ipynb"))


def estimator() -> None:
    from . import nn

    sklearn = importlib.import_module(f"{nn.__name__}.training.sklearn")
    sklearn.Classifier([2], max_iter=1).fit([[0.0], [1.0]], [0, 1]).predict([[0.5]])


def dot() -> None:
    from graphviz import ExecutableNotFound

    from . import draw_dot

    try:
        draw_dot(_graph()).pipe(format="svg")
    except ExecutableNotFound:
        raise ModuleNotFoundError("no Graphviz", name="the program dot") from None


PARTS: dict[str, tuple[Test, str]] = {  # a test, and what pip installs for it
    "gradients": (gradients, ""),
    "compiled functions": (compiled, ""),
    "nn": (training, ""),
    "pictures as SVG": (saved(".svg"), ""),
    "pages": (saved(".html"), ""),
    "pictures as PNG": (saved(".png"), "autograd_lite[png]"),
    "pictures as PDF": (saved(".pdf"), "autograd_lite[pdf]"),
    "steppers as GIF": (stepper_gif, "autograd_lite[gif]"),
    "draw_dot": (dot, "autograd_lite[dot]"),
    "program.in_c": (machine_code, "a C compiler"),
    "arrays (NumPy)": (arrays, "numpy"),
    "live pictures in Jupyter": (widgets, "autograd_lite[notebook]"),
    "python -m autograd_lite.export": (notebook, "autograd_lite[notebook]"),
    "nn.sklearn": (estimator, "autograd_lite[sklearn]"),
}


if __name__ == "__main__":
    sys.exit(main())
