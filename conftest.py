"""What is taken into the doctests.

Modules are left out whose optional package is not there. Public classes say `autograd_lite` as
their module; their examples are found where they are written all the same.
"""

import inspect
from doctest import DocTestFinder
from importlib.util import find_spec

collect_ignore = [
    module
    for module, package in {
        "autograd_lite/notebook_exporter.py": "nbconvert",
        "nn/training/sklearn.py": "sklearn",
        "nn/training/kept.py": "distributed",
        "nn/training/workers.py": "distributed",
        "docs/howto/arguments.md": "numpy",
        "docs/howto/data-parallel.md": "distributed",
        "docs/howto/linear-algebra.md": "numpy",
        "docs/howto/fit-calibrate-simulate.md": "scipy",
        "docs/howto/scipy.md": "scipy",
    }.items()
    if find_spec(package) is None
]
collect_ignore_glob = [
    *["docs/*.py", "docs/_ext/*"],  # programs that build the site, and its pictures
    "tests/typing/*",  # programs for type checkers
]


def written_in(self, module, thing, by_name=DocTestFinder._from_module):
    """Whether `thing` belongs to `module`; of a class, its functions tell."""
    functions = (
        [f for f in vars(thing).values() if inspect.isfunction(f)] if inspect.isclass(thing) else []
    )
    if functions:
        return any(f.__globals__ is vars(module) for f in functions)
    return by_name(self, module, thing)


DocTestFinder._from_module = written_in
