"""Build the site that runs the notebooks in a browser: python notebooks/lite.py [--output DIR]

The result is a folder of static files: a JupyterLab whose Python (Pyodide) is WebAssembly, the
notebooks, and the packages that they import. Readers install nothing, and no server computes.
Everything comes from PyPI and npm, and nothing is loaded from elsewhere when a reader opens it.

All packages are entries of one file, `pyodide-lock.json`. The kernel looks at the imports of a
cell before it runs the cell, so `import autograd_lite` is all that a notebook needs.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["pyproject.toml", "setup.py", "README.md", "LICENSE", "autograd_lite", "nn"]
CONTENTS = ["notebooks/*.ipynb", "notebooks/zh/*.ipynb", "notebooks/zh/README.md", "examples/*"]
RUNTIME = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
DATE = "1704067200"  # of every file in the site, so that two builds are the same

KERNEL = "@jupyterlite/pyodide-kernel-extension"
FRONT_ENDS = [KERNEL, "@jupyter-widgets/jupyterlab-manager", "anywidget"]
STARTUP = ["micropip", "piplite", "ipykernel", "pyodide-kernel", "comm", "jedi", "ipython"]

# Packages that Pyodide does not list, in the versions installed here, and what they need.
ADDED: dict[str, list[str]] = {
    "anywidget": ["ipywidgets", "psygnal", "typing-extensions"],
    "comm": [],
    "graphviz": [],
    "ipywidgets": ["comm", "ipython", "traitlets"],
    "psygnal": ["typing-extensions"],
}
# The wheels that come with the kernel, for the Python inside the browser.
SHIMS = {"piplite": ["micropip"], "pyodide-kernel": ["comm", "ipython"], "ipykernel": []}
OURS = ["graphviz", "tqdm", "anywidget"]  # what autograd_lite and nn import
COMPILED = ["numpy", "matplotlib"]  # Pyodide's builds of these are on no registry: see --wheels

ONLINE = "The first build downloads from npm and PyPI: is there a network? Later ones do not."

IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)

Entry = dict[str, Any]  # a package of pyodide-lock.json


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "lite", metavar="DIR")
    parser.add_argument(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="an unpacked Pyodide distribution, from which numpy and matplotlib are taken",
    )
    options = parser.parse_args(arguments)
    output = build(options.output.resolve(), options.wheels)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    print(f"{output} ({size / 1e6:.0f} MB)\nlook: {sys.executable} -m http.server -d {output}")


def build(output: Path, wheels: Path | None = None) -> Path:
    """The site in the folder `output`, which is replaced if it is an older site."""
    older = (output / "jupyter-lite.json").exists()
    if output.exists() and not older and (output.is_file() or any(output.iterdir())):
        sys.exit(f"--output wants a new folder or an older site, and {output} is something else")
    front_ends = [front_end(name) for name in FRONT_ENDS]
    with tempfile.TemporaryDirectory() as scratch:
        lite = Path(scratch)
        modules = lay_out_pyodide(
            lite / "static" / "pyodide", front_ends[0] / "static" / "pypi", wheels
        )
        pages = copy_contents(lite / "files", modules)
        write_settings(lite, front_ends)
        shutil.rmtree(output, ignore_errors=True)
        print("JupyterLite ...", flush=True)
        run(
            [sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", str(output)],
            cwd=lite,
        )
        (output / "index.html").write_text(contents_page(pages), encoding="utf-8")
    return output


# ---- what it needs -------------------------------------------------------------------------------


def front_end(name: str) -> Path:
    """Where the part of the package `name` is that runs in JupyterLab's page."""
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        sys.exit("JupyterLite is not installed here. Run: pip install 'autograd_lite[lite]'")
    for folder in jupyter_path("labextensions"):
        if (Path(folder) / name / "package.json").exists():
            return Path(folder, name)
    sys.exit(f"{name} is not installed here. Run: pip install 'autograd_lite[lite]'")


def run(command: list[str], hint: str = "", cwd: Path | None = None) -> None:
    """Run `command`; if it fails, the end of what it said is the error."""
    settings = {**os.environ, "AUTOGRAD_LITE_NATIVE": "none", "SOURCE_DATE_EPOCH": DATE}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=settings)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-3000:]
        sys.exit(f"This failed: {' '.join(command)}\n{said}\n{hint}")


def cache() -> Path:
    """Where downloads stay."""
    from platformdirs import user_cache_path

    return Path(user_cache_path("autograd_lite", ensure_exists=True))


# ---- the packages --------------------------------------------------------------------------------


def lay_out_pyodide(target: Path, kernel_wheels: Path, further: Path | None) -> set[str]:
    """Pyodide, the packages, and the lock file that lists them; returns what one can import."""
    source = from_npm(f"pyodide@{pyodide_version()}")
    target.mkdir(parents=True)
    for name in RUNTIME:
        shutil.copy(source / name, target)
    lock = json.loads((source / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages: dict[str, Entry] = lock["packages"]
    wheels: dict[str, Path] = {}

    for name, needs in ADDED.items():
        packages[name] = entry(name, installed(name), needs)
    for name, needs in SHIMS.items():
        wheels[name] = next(kernel_wheels.glob(f"{name.replace('-', '_')}-*.whl"))
        packages[name] = entry(name, wheels[name].name.split("-")[1], needs)
    compiled = compiled_wheels(packages, further)
    wheels.update(compiled)
    wheels["autograd-lite"] = own = own_wheel(target)
    needs = OURS + COMPILED if compiled else OURS
    packages["autograd-lite"] = entry("autograd-lite", own.name.split("-")[1], needs)
    packages["autograd-lite"]["imports"] = ["autograd_lite", "nn"]

    chosen = closure([*STARTUP, "autograd-lite"], packages)
    wheels.update(
        from_pypi({name: packages[name]["version"] for name in chosen if name not in wheels})
    )
    for name in chosen:
        if wheels[name].parent != target:
            shutil.copy(wheels[name], target)
        packages[name]["file_name"] = wheels[name].name
        # A build of PyPI's is not always the build of Pyodide's that the lock file has the sum of.
        packages[name]["sha256"] = sha256(wheels[name])
    lock["packages"] = {name: packages[name] for name in chosen}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    print(f"{len(chosen)} packages")
    return {module for name in chosen for module in packages[name]["imports"]}


def entry(name: str, version: str, needs: list[str]) -> Entry:
    return {
        "name": name,
        "version": version,
        "install_dir": "site",
        "package_type": "package",
        "imports": [name.replace("-", "_")],
        "depends": list(needs),
    }


def closure(names: Iterable[str], packages: dict[str, Entry]) -> list[str]:
    """`names` and all that they need, in alphabetical order."""
    found: set[str] = set()
    open_ = list(names)
    while open_:
        name = open_.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            open_ += packages[name]["depends"]
    return sorted(found)


def compiled_wheels(packages: dict[str, Entry], further: Path | None) -> dict[str, Path]:
    """The wheels in `further` of the compiled packages and of all that they need."""
    if further is None:
        print("without numpy and matplotlib, whose builds for browsers no registry has: --wheels")
        return {}
    wheels = {}
    for name in closure(COMPILED, packages):
        path = further / packages[name]["file_name"]
        if not path.exists():
            sys.exit(
                f"--wheels wants the files of Pyodide {pyodide_version()}: no {path.name} there"
            )
        if sha256(path) != packages[name]["sha256"]:
            sys.exit(f"{path} is not the file that pyodide-lock.json has the sum of")
        wheels[name] = path
    return wheels


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        sys.exit(f"{name} is not installed here. Run: pip install 'autograd_lite[lite]'")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- downloads -----------------------------------------------------------------------------------


def pyodide_version() -> str:
    """The one Pyodide that the installed kernel works with."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    return str(PYODIDE_VERSION)


def python_version() -> str:
    from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION

    return str(PYODIDE_PYTHON_VERSION)


def from_npm(wanted: str) -> Path:
    """The folder of a package, as "pyodide@0.1"; npm checks what it downloads."""
    folder = cache() / wanted
    if not folder.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit(f"npm is needed to download {wanted}, and is not here. Install Node.js")
        print(f"{wanted} from npm ...", flush=True)
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            run([npm, "pack", wanted, "--silent", "--pack-destination", scratch], ONLINE)
            with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
                archive.extractall(scratch, filter="data")
            os.replace(Path(scratch, "package"), folder)
    return folder


def from_pypi(versions: dict[str, str]) -> dict[str, Path]:
    """The pure-Python wheels of exactly these versions; pip checks what it downloads."""

    def present() -> dict[str, Path]:
        paths = {tuple(path.name.lower().split("-")[:2]): path for path in cache().glob("*.whl")}
        keys = {name: (name.replace("-", "_"), versions[name]) for name in versions}
        return {name: paths[key] for name, key in keys.items() if key in paths}

    absent = sorted(versions.keys() - present().keys())
    if absent:
        print(f"{len(absent)} wheels from PyPI ...", flush=True)
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary", ":all:", "--platform", "any", "--implementation", "py"]
            command += ["--abi", "none", "--python-version", python_version(), "--dest", scratch]
            run([*command, *(f"{name}=={versions[name]}" for name in absent)], ONLINE)
            for path in Path(scratch).iterdir():
                os.replace(path, cache() / path.name)
    return present()


def own_wheel(folder: Path) -> Path:
    """autograd_lite and nn as they are here, without the native engine."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in SOURCES:  # a copy, since building leaves files behind
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, Path(scratch, name))
            else:
                shutil.copy(ROOT / name, scratch)
        print("autograd_lite ...", flush=True)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        run([*command, "--no-build-isolation", "--wheel-dir", str(folder), scratch])
    return next(folder.glob("autograd_lite-*.whl"))


# ---- the pages -----------------------------------------------------------------------------------


def copy_contents(folder: Path, modules: set[str]) -> dict[str, str]:
    """Copy what readers open and what that reads; returns path -> title of the notebooks."""
    titles = {}
    for pattern in CONTENTS:
        for source in sorted(path for path in ROOT.glob(pattern) if path.is_file()):
            name = source.relative_to(ROOT).as_posix()
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.suffix != ".ipynb":
                shutil.copy(source, target)
                continue
            notebook = json.loads(source.read_text(encoding="utf-8"))
            kernel = {"name": "python", "display_name": "Python", "language": "python"}
            notebook["metadata"].update(kernelspec=kernel, language_info={"name": "python"})
            target.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
            titles[name] = "".join(notebook["cells"][0]["source"]).split("\n")[0].lstrip("# ")
            absent = imports(notebook) - modules - sys.stdlib_module_names
            lacks = f", but imports {', '.join(sorted(absent))}, which is not there"
            print(name + (lacks if absent else ""))
    return titles


def imports(notebook: dict[str, Any]) -> set[str]:
    """The modules that the cells import, as far as one sees without running them."""
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code = "\n".join("".join(cell["source"]) for cell in cells)
    return set(IMPORT.findall(code))


def write_settings(lite: Path, front_ends: list[Path]) -> None:
    """What JupyterLite reads: when it builds, and when a reader opens it."""
    build = {
        "apps": ["lab", "notebooks", "tree"],
        "cache_dir": str(lite / "cache"),
        "federated_extensions": [str(path) for path in front_ends],
        "ignore_sys_prefix": ["federated_extensions"],  # other extensions that happen to be here
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": STARTUP}}
    page = {"litePluginSettings": {f"{KERNEL}:kernel": kernel}}
    for name, content in {
        "jupyter_lite_config.json": {"LiteBuildConfig": build},
        "jupyter-lite.json": {"jupyter-lite-schema-version": 0, "jupyter-config-data": page},
    }.items():
        (lite / name).write_text(json.dumps(content), encoding="utf-8")


def contents_page(titles: dict[str, str]) -> str:
    """The first page: the notebooks, each as a plain page or in JupyterLab.

    It takes the place of JupyterLite's own, which leads to JupyterLab at once.
    """
    rows = "".join(
        f'<li><a href="notebooks/index.html?path={quote(path)}">{html.escape(title)}</a> '
        f'<small><a href="lab/index.html?path={quote(path)}">in JupyterLab</a></small></li>\n'
        for path, title in titles.items()
    )
    return PAGE.replace("ROWS", rows)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>autograd_lite in the browser</title>
<style>
:root { color-scheme: light dark }
body { font: 1.1rem/1.6 system-ui, sans-serif }
body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
ul { padding: 0; list-style: none }
li { margin: .6rem 0 }
small { margin-left: .5rem; white-space: nowrap }
</style>
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{}</script>
<h1>autograd_lite</h1>
<p>Notebooks that run in your browser, Python included: there is nothing to install, and what you
change stays with you. Open one and press &#9193;; the first run loads Python for some seconds.</p>
<ul>
ROWS</ul>
"""


if __name__ == "__main__":
    main()
