# One command for each chore; see CONTRIBUTING.md.
PYTHON ?= .venv/bin/python

.PHONY: test test-slow test-everything test-shuffled coverage wheels lint types docs notebooks lite native generate bench ci

test:
	$(PYTHON) -m pytest -n auto --dist loadscope

test-slow:
	$(PYTHON) -m pytest --slow -n auto --dist loadscope

test-everything:
	$(PYTHON) -m pytest --everything -n auto --dist loadscope

test-shuffled: # another order each time; the report names its seed
	$(PYTHON) -m pytest --slow -n auto --dist loadscope --random-order --random-order-seed=$$(date +%s)

coverage: # of the Python code, by the usual tests, which run on each engine
	$(PYTHON) -m pytest -q -n auto --dist loadscope --cov

wheels:
	$(PYTHON) .github/wheels.py build dist

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(dir $(PYTHON))lint-imports

types:
	$(PYTHON) -m mypy

docs:
	$(PYTHON) docs/pictures.py
	$(PYTHON) -m pytest docs README.md README.zh.md
	$(PYTHON) -m sphinx -E -W -n --keep-going -q docs docs/_build/html

notebooks:
	$(PYTHON) notebooks/build.py

lite:
	$(PYTHON) notebooks/lite.py

native:
	AUTOGRAD_LITE_NATIVE=required $(PYTHON) setup.py -q build_ext --inplace

generate:
	$(PYTHON) -m autograd_lite.native.generate
	$(PYTHON) -m autograd_lite.stub

bench:
	$(PYTHON) -m benchmarks

ci:
	bash .ci/run
