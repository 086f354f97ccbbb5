# One command for each chore; see CONTRIBUTING.md.
PYTHON ?= .venv/bin/python

.PHONY: test lint types notebooks bench ci

test:
	$(PYTHON) -m pytest

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

notebooks:
	$(PYTHON) notebooks/build.py

bench:
	$(PYTHON) -m benchmarks

ci:
	bash .ci/run
