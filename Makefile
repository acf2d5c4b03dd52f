# Thin: every target first lets workflow/bootstrap.py bring `.venv` to what requirements.lock says
# (nothing to do when it is there), then calls one command inside it.

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

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast lint lock clean

help:  ## show this list
	@echo "make TARGET [EVENT=name] [CORES=n] [PYTHON=python3.12] [ARGS='more words']"
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 12 | sed 's/^/  /'

setup:  ## make .venv from requirements.lock (the other targets do so too)
	@"$(PYTHON)" workflow/bootstrap.py

run: setup  ## evaluate the default event, or EVENT, and print its leaderboard
	@$(python) -m rampflow run $(if $(EVENT),"$(EVENT)") $(if $(CORES),--cores "$(CORES)") $(ARGS)

test: setup  ## run all tests
	@$(python) -m pytest -n logical $(ARGS)

test-fast: setup  ## run the tests that take a moment
	@$(python) -m pytest -n logical -m "not slow" $(ARGS)

lint: setup  ## check style (ruff) and types (mypy)
	@$(venv)/ruff check $(ARGS)
	@$(venv)/ruff format --check $(ARGS)
	@$(python) -m mypy

lock: setup  ## resolve the dependencies of pyproject.toml again (ARGS=--upgrade for newer ones)
	@UV_PYTHON_DOWNLOADS=never $(venv)/uv pip compile pyproject.toml --extra dev --quiet \
	    --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	    --no-annotate --no-header --output-file requirements.lock $(ARGS)
	@echo "requirements.lock is written; now give environment.yml the same versions: make test-fast"

clean:  ## remove .venv and the caches of tools (never results/ or data)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build workflow/rampflow.egg-info
