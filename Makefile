# `make deck` builds the packages, `make test` checks everything. Each makes its own .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: deck check test bench clean

deck: $(VENV)/build.stamp
	$(BIN)/python build.py

check: $(VENV)/build.stamp
	$(BIN)/python build.py check

test: $(VENV)/dev.stamp $(if $(shell command -v npm),tests/node_modules/stamp)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# How long builds take, beside other tools: BENCH="--sizes 100,1000" for less.
bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench.run $(BENCH)

clean:
	rm -rf build dist $(VENV)

# A .venv that uv made has no pip yet.
$(VENV)/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "deckwright needs Python 3.11 or newer: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --default-pip >/dev/null
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	@touch $@

# pip reads the groups of pyproject.toml, where every version is pinned.
$(VENV)/%.stamp: pyproject.toml | $(VENV)/pip.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group $*
	@touch $@

# The real MathJax for the tests. Without npm they say what they skip.
tests/node_modules/stamp: tests/package.json
	npm install --silent --prefix tests --no-package-lock --no-audit --no-fund --ignore-scripts
	@touch $@
