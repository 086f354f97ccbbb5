"""Which modules are left out of the doctests: those whose optional package is not there."""

from importlib.util import find_spec

collect_ignore = [
    module
    for module, package in {"nn/plots.py": "matplotlib", "nn/sklearn.py": "sklearn"}.items()
    if find_spec(package) is None
]
collect_ignore_glob = ["docs/*.py", "docs/_ext/*"]  # programs that build the site, and its pictures
