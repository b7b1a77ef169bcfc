# `make audit` and `make test` do all the set-up on a fresh machine; see README.md.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PLAN ?=
STORE ?= audit
WORKERS ?= 2

.PHONY: help audit app test test-all check api pictures bench clean

help: ## list what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

audit: $(VENV)/installed ## audit a DeepID on synthetic people (or PLAN=...) and write STORE/report.html
	$(BIN)/faceaudit run $(PLAN) --store $(STORE)

app: $(VENV)/installed-app ## see it happen in a browser, until Ctrl-C
	$(BIN)/faceaudit app

test: $(VENV)/installed-dev ## the quick tests, in two processes (or WORKERS=...)
	$(BIN)/pytest -m "not slow" -n $(WORKERS) --dist worksteal

test-all: $(VENV)/installed-dev ## every test
	$(BIN)/pytest

check: $(VENV)/installed-dev ## lint, format, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

api: $(VENV)/installed ## make docs/api.md from the docstrings
	$(BIN)/python docs/make_api.py > docs/api.md.part
	mv docs/api.md.part docs/api.md

pictures: $(VENV)/installed-dev ## take the pictures of the app in docs/pictures/app
	FACEAUDIT_WRITE_PICTURES=docs/pictures/app $(BIN)/pytest -m slow tests/app/test_pictures.py

bench: $(VENV)/installed-bench ## our speed beside that of the peers; writes bench.json
	$(BIN)/python benchmarks/bench.py

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-app: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[app]'
	touch $@ $(VENV)/installed

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/installed

$(VENV)/installed-bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@ $(VENV)/installed
