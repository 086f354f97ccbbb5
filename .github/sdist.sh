#!/usr/bin/env bash
# Build the sdist into a folder, and run its own tests from the unpacked archive: bash .github/sdist.sh DIR
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?where to put the sdist}
mkdir -p "$out"
# With the setuptools that is here, which .github/requirements/build.txt has pinned.
python -m build --sdist --no-isolation --outdir "$out" .
python -m twine check --strict "$out"/*.tar.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$out"/*.tar.gz -C "$work" --strip-components 1
python -m venv "$work/.venv"
if [ -d "$work/.venv/Scripts" ]; then bin=Scripts; else bin=bin; fi
cd "$work"
AUTOGRAD_LITE_NATIVE=required ".venv/$bin/python" -m pip install -q -e '.[test]'
".venv/$bin/python" -m pytest -q --slow -n auto --dist loadscope
