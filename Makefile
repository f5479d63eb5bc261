# Two commands do everything: `make lab` opens the course, `make test` checks it. Both set up .venv first, once.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
NB ?=

.PHONY: help lab test run bench data notebooks export figures corpus clean
help:
	@echo "make lab              set up .venv and open the course in JupyterLab"
	@echo "make test             set up .venv and run all tests, the notebooks included"
	@echo "make run [NB=04]      run the notebooks headless into _build/run/ (executed copies and HTML)"
	@echo "make bench            measure training and generation, print the tables, write them to results/ (an hour on a quiet machine)"
	@echo "make data             fetch 10kGNAD and the fastText vectors (1.3 GB are streamed, little is kept)"
	@echo "make notebooks NB=04  re-execute notebooks in place and save them normalised"
	@echo "make figures          draw img/*.svg;  make corpus: rebuild the embedded corpus;  make clean: remove .venv and _build"

.venv/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one from https://www.python.org/downloads/ or say: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab,dev]'
	@touch $@

lab: .venv/.installed
	.venv/bin/jupyter lab notebooks/00_start_here.ipynb

test: .venv/.installed
	$(PY) tools/notebooks.py test

run: .venv/.installed
	$(PY) tools/notebooks.py run $(NB)

bench: .venv/.installed
	$(PY) -m benchmarks.bench $(BENCH)

data: .venv/.installed
	$(PY) -m course_utils.fetch

notebooks: .venv/.installed
	$(PY) tools/notebooks.py refresh $(NB)

export: .venv/.installed
	$(PY) -m tools.export

figures: .venv/.installed
	$(PY) tools/figures.py

corpus: .venv/.installed
	$(PY) -m tools.mininews build

clean:
	rm -rf .venv _build
