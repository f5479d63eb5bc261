# Two commands do everything: `make lab` opens the course, `make test` checks it. Both set up .venv first, once.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
NB ?=
SEEDS ?= 20
FOLDER ?=

.PHONY: help lab fresh test quick lint check run repeat bench data notebooks links export figures corpus clean \
	site slides exercises web-test classroom colab-check colab-widgets gpu-check spelling teaching german
help:
	@echo "make lab              set up .venv and open the course, a working copy in my/, in JupyterLab"
	@echo "make fresh NB=04      a new working copy of notebook 04; yours is kept beside it"
	@echo "make test [NB=04]     all tests, the notebooks included (half an hour on two cores), or one notebook"
	@echo "make quick            the unit tests that train nothing (three minutes)"
	@echo "make lint             format, rules, types, and whatever is made from something else"
	@echo "make check            lint, then test"
	@echo "make run [NB=04]      run the notebooks headless into _build/run/ (executed copies, HTML; seconds and memory)"
	@echo "make repeat NB=05     run a notebook again with other seeds and processors (SEEDS=20 times)"
	@echo "make bench            measure training and generation, print the tables, write them to results/ (an hour on a quiet machine)"
	@echo "make slides           write an offline reveal.js deck from each notebook into _build/slides/"
	@echo "make site             build the web site, decks included, into _build/site/;  make web-test: look at both in Chromium"
	@echo "make classroom        one folder with all that a room without a network needs, tried without one"
	@echo "make colab-check      run all notebooks as Colab would, with its versions, then the explorers (NB=04: one notebook)"
	@echo "make colab-widgets    of that the explorers alone: ipywidgets 7.7.1 in Chromium, screenshots (four minutes)"
	@echo "make gpu-check        on a CUDA machine: its tests, its race and a ledger row, in eight minutes"
	@echo "make data             fetch 10kGNAD and the fastText vectors (1.3 GB are streamed, little is kept)"
	@echo "make german FOLDER=…  read Wikipedia and Bundestag debates anew: the packaged vectors and language model (hours; resumable)"
	@echo "make notebooks NB=04  re-execute notebooks in place and save them normalised"
	@echo "make links            write set-up cells, tables of contents and links from course.toml, without executing"
	@echo "make export           write course_utils/lessons/ from the cells tagged export"
	@echo "make exercises        write what stands below Exercises in the notebooks from course_utils/exercises/, without executing"
	@echo "make spelling         codespell over English texts, a list of German mistakes over German ones"
	@echo "make teaching         renew what docs/teaching.md takes from course.toml, notebooks and the last make run"
	@echo "make figures          draw img/*.svg;  make corpus: rebuild the embedded corpus;  make clean: remove .venv and _build"

.venv/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one from https://www.python.org/downloads/ or say: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv with $(PYTHON). This happens once and takes about three minutes."
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e '.[lab,dev]'
	@touch $@

.venv/.web: .venv/.installed
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e '.[web]'
	@touch $@

lab: .venv/.installed
	$(PY) -m tools.lab $(LAB)

fresh: .venv/.installed
	$(PY) -m tools.mycopy --fresh $(NB)

test: .venv/.installed
	$(PY) -m tools.notebooks test $(NB)

quick: .venv/.installed
	$(PY) -m tools.notebooks quick

lint: .venv/.installed
	$(PY) -m tools.lint

check: lint test

run: .venv/.installed
	$(PY) -m tools.notebooks run $(NB)

repeat: .venv/.installed
	$(PY) -m tools.repeat $(NB) --runs $(SEEDS)

bench: .venv/.installed
	$(PY) -m benchmarks.bench $(BENCH)

data: .venv/.installed
	$(PY) -m course_utils.fetch

german: .venv/.installed
	@test -n "$(FOLDER)" || { echo "Say where texts and state are kept: make german FOLDER=/path/to/folder"; exit 1; }
	$(PY) -m tools.german all "$(FOLDER)"

notebooks: .venv/.installed
	$(PY) -m tools.notebooks refresh $(NB)

links: .venv/.installed
	$(PY) -m tools.notebooks links $(NB)

export: .venv/.installed
	$(PY) -m tools.export

exercises: .venv/.installed
	$(PY) -m tools.practice $(NB)

figures: .venv/.installed
	$(PY) -m tools.figures

corpus: .venv/.installed
	$(PY) -m tools.mininews build

slides: .venv/.web
	$(PY) -m tools.web.deck $(NB)

site: .venv/.web
	$(PY) -m tools.web.site

web-test: .venv/.web site
	COURSE_BROWSER=required $(PY) -m pytest -q -p no:cacheprovider -m browser \
	  tests/test_browser.py tests/test_deck_browser.py tests/test_explorer_browser.py

classroom: .venv/.web
	$(PY) -m tools.classroom

colab-check: .venv/.installed
	$(PY) -m tools.colab_check $(NB)

colab-widgets: .venv/.installed
	$(PY) -m tools.colab_check --widgets

gpu-check: .venv/.installed
	$(PY) -m benchmarks.gpu_check

spelling: .venv/.installed
	$(PY) -m tools.spelling

teaching: .venv/.installed
	$(PY) -m tools.teaching

clean:
	rm -rf .venv _build
