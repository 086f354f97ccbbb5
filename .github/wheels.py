"""Wheels, looked at and tested as they are installed.

    python .github/wheels.py build DIR [PYTHON ...] [-- OPTION ...]

For each Python (by name or path; without any, for those on the PATH): builds a wheel, the first one
twice, in two folders, to compare them byte for byte; looks at it; installs it in an environment of
its own and runs the tests there, with the options (of pytest); then damages the engine that is
installed, and wants the tests to fail.

    python .github/wheels.py look WHEEL ...

Looks at wheels that something else has built: cibuildwheel, in the workflow. Wants what
.github/requirements/build.txt has, and auditwheel on Linux to say for which systems a wheel is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = [f"python3.{minor}" for minor in range(10, 16)]
LATE = "1700000000"  # a date for the files in an archive, where the caller says none
PINNED = ROOT / ".github" / "requirements" / "build.txt"
ENGINE = re.compile(r"autograd_lite/native/engine\.[\w.-]+\.(so|pyd)")
NO_PART = {".pyc", ".so", ".pyd", ".pdb"}  # made where it runs


def say(*words: object) -> None:
    print("==", *words, flush=True)


def run(*command: object, **more: object) -> None:
    """Run a command; a SystemExit if it fails."""
    done = subprocess.run([str(part) for part in command], check=False, **more)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}")


# Looking ------------------------------------------------------------------------------------------


def look(wheel: Path, made_from: Path = ROOT) -> None:
    """Refuse a wheel without its engine or a file, of another Python, or with debug information."""
    tag = wheel.stem.split("-")[2]  # cp312, cp313t: the ABI
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        engines = [name for name in names if ENGINE.fullmatch(name)]
        if len(engines) != 1:
            sys.exit(f"{wheel.name} has {len(engines)} engines, and not one")
        engine = files.read(engines[0])
    version = tag.removeprefix("cp")
    if f"cp{version}-" not in engines[0] and f"cpython-{version}-" not in engines[0]:
        sys.exit(f"{wheel.name} is for {tag}, and has {engines[0]}")
    if b".debug_info" in engine or b".pdb" in engine:
        sys.exit(f"{engines[0]} of {wheel.name} has debug information")
    wanted = [
        path.relative_to(made_from).as_posix()
        for package in ("autograd_lite", "nn")
        for path in (made_from / package).rglob("*")
        if path.is_file() and path.suffix not in NO_PART and path.name != "NOTICE"  # a licence
    ]
    if missing := sorted({*wanted}.difference(names)):
        sys.exit(f"{wheel.name} is without {', '.join(missing)}")
    for licence in ("LICENSE", "NOTICE"):
        if not any("/licenses/" in name and name.endswith(licence) for name in names):
            sys.exit(f"{wheel.name} is without {licence} among its licences")
    say(f"{wheel.name}: {len(names)} files, {engines[0]} of {len(engine):,} bytes")
    run(sys.executable, "-m", "check_wheel_contents", "--ignore", "W009", wheel)
    if shutil.which("auditwheel") and "linux" in wheel.name:
        run("auditwheel", "show", wheel)


# Building -----------------------------------------------------------------------------------------


def sources(folder: Path) -> Path:
    """The sdist, unpacked: what is not in it is in no wheel."""
    run("uv", "build", "-q", "--sdist", "--out-dir", folder, ROOT)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


def build(python: str, folders: list[str], unpacked: Path, work: Path, target: Path) -> Path:
    """The wheel of a Python, the same from each of the folders."""
    environment = {"SOURCE_DATE_EPOCH": LATE, **os.environ, "AUTOGRAD_LITE_NATIVE": "required"}
    made = []
    for name in folders:
        copy = work / name
        shutil.copytree(unpacked, copy / "sources")
        command = ("uv", "build", "-q", "--wheel", "--python", python, "--out-dir", copy / "wheel")
        run(*command, "--build-constraints", PINNED, copy / "sources", env=environment)
        made += (copy / "wheel").glob("*.whl")
    first, *others = made
    for other in others:
        if first.read_bytes() != other.read_bytes():
            sys.exit(f"{first.name} differs from one build to the next")
        say(f"{first.name}: two builds are the same, byte for byte")
    return Path(shutil.copy(first, target))


def test(python: str, wheel: Path, unpacked: Path, work: Path, options: list[str]) -> None:
    """Test a wheel in an environment of its own, and see that the tests would notice."""
    run("uv", "venv", "-q", "--python", python, work / "venv")
    inside = next(path for path in (work / "venv").glob("*/python*") if path.stem == "python")
    run("uv", "pip", "install", "-q", "--python", inside, f"{wheel}[test]")
    tests = (inside, unpacked / "tests" / "as_installed.py")
    run(*tests, *options)
    (engine,) = (
        path for path in (work / "venv").rglob("engine.*") if path.suffix in (".so", ".pyd")
    )
    engine.unlink()  # not written over: the file may be the one in the cache, linked
    refused(tests, f"{wheel.name} without an engine")
    engine.write_bytes(b"no engine")
    refused(tests, f"{wheel.name} with a broken engine")


def refused(tests: tuple[Path, ...], what: str) -> None:
    """See that the tests fail."""
    done = subprocess.run(tests, capture_output=True, text=True, check=False)
    if not done.returncode:
        sys.exit(f"the tests pass on {what}")
    say(f"the tests fail on {what}: {done.stderr.strip().splitlines()[-1]}")


def main(arguments: list[str]) -> None:
    command, *rest = arguments or [""]
    if command == "look" and rest:
        for wheel in rest:
            look(Path(wheel))
        return
    if command != "build" or not rest:
        sys.exit(__doc__)
    split = rest.index("--") if "--" in rest else len(rest)
    rest, options = rest[:split], rest[split + 1 :]
    target = Path(rest[0]).resolve()
    pythons = rest[1:] or [python for python in PYTHONS if shutil.which(python)]
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        unpacked = sources(Path(folder))
        for k, python in enumerate(pythons):
            work = Path(folder, str(k))
            folders = ["one"] if k else ["one", "another_folder"]
            wheel = build(python, folders, unpacked, work, target)
            look(wheel, unpacked)
            test(python, wheel, unpacked, work, options)


if __name__ == "__main__":
    main(sys.argv[1:])
