# Thin: every target first lets workflow/bootstrap.py bring `.venv` to what the locks say (nothing
# to do when it is there), then calls one command inside it. `make run` needs requirements.lock
# only; tests and lint add requirements-dev.lock to the same `.venv`.

# The python3 to make `.venv` with, the event to evaluate, the cores to use (all), and words to
# add to the command.
PYTHON ?= python3
EVENT =
CORES =
ARGS =

# Another environment's modules must not be found before those of the lock.
unexport PYTHONPATH PYTHONHOME

venv := .venv/bin
python := $(venv)/python

# Tests differ a thousand times in length: whoever has none left takes some from the other.
shared_out := -n logical --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-fast lint lock clean

help:  ## show this list
	@echo "make TARGET [EVENT=name] [CORES=n] [PYTHON=python3.12] [ARGS='more words']"
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 12 | sed 's/^/  /'

setup:  ## make .venv from requirements.lock (make run does so too)
	@"$(PYTHON)" workflow/bootstrap.py

setup-dev:  ## add requirements-dev.lock to .venv (tests and lint do so too)
	@"$(PYTHON)" workflow/bootstrap.py --dev

run: setup  ## evaluate the default event, or EVENT, and print its leaderboard
	@$(python) -m rampflow run $(if $(EVENT),"$(EVENT)") $(if $(CORES),--cores "$(CORES)") $(ARGS)

test: setup-dev  ## run all tests
	@$(python) -m pytest $(shared_out) $(ARGS)

test-fast: setup-dev  ## run the tests that take a moment
	@$(python) -m pytest $(shared_out) -m "not slow" $(ARGS)

lint: setup-dev  ## check style (ruff) and types (mypy)
	@$(venv)/ruff check $(ARGS)
	@$(venv)/ruff format --check $(ARGS)
	@$(python) -m mypy

resolve = UV_PYTHON_DOWNLOADS=never $(venv)/uv pip compile --quiet --universal \
    --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate --no-header

lock: setup  ## resolve the dependencies of pyproject.toml again (ARGS=--upgrade for newer ones)
	@$(resolve) pyproject.toml --output-file requirements.lock $(ARGS)
	@$(resolve) --group dev --constraint requirements.lock --output-file requirements-dev.lock $(ARGS)
	@echo "Both locks are written; now give environment.yml the same versions: make test-fast"

clean:  ## remove .venv and the caches of tools (never results/ or data)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build workflow/rampflow.egg-info
