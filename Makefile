# make lab        open the course in JupyterLab
# make test       run every test, and every notebook against its stored outputs
# make notebooks  build and execute notebooks/, exercises/ and solutions/ from sources/
# make check      sources and notebooks agree; notebooks keep their limits; code is clean
# make bench      time the loop against other loops, and the clicks in the visuals
#
# All live in .venv, made on first use. To choose the Python: make lab PYTHON=python3.13
# WORKERS=4 runs four tests at a time instead of two. PIP_ARGS goes to pip, LAB_ARGS to JupyterLab,
# TEST_ARGS to pytest, BENCH_ARGS to the benchmark.

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt $(PIP_ARGS)
PYTHON ?=
WORKERS ?= 2
# Opened by its address, not as a file: JupyterLab would show its folder only, and no exercises.
FIRST := notebooks/00_start_here.ipynb
NOTEBOOKS = $(wildcard notebooks/*.ipynb solutions/*.ipynb)

# One thread for each kernel and worker: two of them on two cores are then not in each other's way.
# The solutions that run here are nobody's progress.
QUIET_ENV := OMP_NUM_THREADS=1 COURSE_HEADLESS=1 PYDEVD_DISABLE_FILE_VALIDATION=1 \
    COURSE_PROGRESS=$(CURDIR)/$(VENV)/progress.json

.PHONY: help lab test notebooks check bench clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \(make [a-z]*  .*\)/\1/p' Makefile

lab: $(VENV)/.lab
	@root=; if [ "$$(id -u)" = 0 ]; then root=--allow-root; fi; \
	exec $(PY) -m jupyterlab $$root --LabApp.default_url=/lab/tree/$(FIRST) $(LAB_ARGS)

test: $(VENV)/.test
	$(QUIET_ENV) $(PY) -m pytest -n $(WORKERS) --dist loadfile \
	    --nbval --nbval-current-env --nbval-cell-timeout=120 $(TEST_ARGS) tests $(NOTEBOOKS)

notebooks: $(VENV)/.test
	$(PY) -m tools.build_notebooks

check: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m tools.lint_notebooks

bench: $(VENV)/.test
	$(PY) -m benchmarks.import_time
	$(PY) -m benchmarks.cpu $(BENCH_ARGS)
	$(PY) -m pytest -m timed -rP --no-header tests/browser

clean:
	rm -rf $(VENV)

# Each stamp says that its extra is installed as these two files ask; each rests on the one before,
# so that no two pips ever write into .venv at once.
$(VENV)/.lab: pyproject.toml constraints.txt | $(VENV)/.made
	@echo "Installing the course into $(VENV): a few minutes, once."
	@$(PIP) -e ".[lab]"
	@touch $@

$(VENV)/.test: $(VENV)/.lab
	@echo "Installing what the tests need."
	@$(PIP) -e ".[test]"
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	@echo "Installing what the checks need."
	@$(PIP) -e ".[dev]"
	@touch $@

$(VENV)/.made:
	@set -e; found=; \
	for candidate in $(PYTHON) $(if $(PYTHON),,python3 python3.14 python3.13 python3.12 python3.11 python); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        found=$$candidate; break; \
	    fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "The course needs Python 3.11 or newer, and none was found$(if $(PYTHON), as '$(PYTHON)',). Install one, or say where it is: make lab PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$found cannot make virtual environments: its venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
	    exit 1; \
	fi; \
	"$$found" -m venv $(VENV); \
	touch $@
