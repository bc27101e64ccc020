# `make test` and `make demo` are all there is to know; the rest are their parts.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The packages to test with; `make oldest` has others.
WITH ?= authlib
INSTALLED := $(VENV)/.installed
# A test process for each processor, and one for those that wait; each begins with a part of the files, so that what
# a file's tests share is made once, and takes over from another when it is done.
PARALLEL = --numprocesses $$($(PYTHON) -c 'import os; print(os.cpu_count() + 1)') --dist worksteal
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# Of the hundreds of processes that the tests start, each would else compile the package anew.
cover smoke oldest: export PYTHONDONTWRITEBYTECODE =

.PHONY: help test check cover smoke soak pictures oldest canary services hosts demo bench docs dist fuzz clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make test     install all that is needed, and run every check and every test
test: check cover

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]' $(WITH)
	touch $@

services:
	@sh scripts/services.sh

## make check    formatting, lint, types
check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

## make cover    the tests, with the package's branch coverage; ARGS are pytest's
cover: $(INSTALLED) services
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && export COVERAGE_FILE="$$data/data" && \
	$(BIN)/coverage run -m pytest $(PARALLEL) $(ARGS) && \
	$(BIN)/coverage combine --quiet && \
	$(BIN)/coverage report

## make smoke    the benchmark, the README's pictures and the documentation site: what `make test` leaves out
smoke: $(INSTALLED) services docs
	$(BIN)/python -m pytest tests/benchmark.py tests/demo/screenshots.py tests/docs/site.py $(ARGS)

## make soak     ten minutes of a site's life on several servers; ARGS such as --duration 60 --seed 1
soak: $(INSTALLED)
	$(BIN)/python -m scripts.soak $(ARGS)

## make pictures the README's pictures, taken anew
pictures: $(INSTALLED) services
	UPDATE_SCREENSHOTS=1 $(BIN)/python -m pytest tests/demo/screenshots.py

# Not what has little to do with Authlib: the sandbox, the command line, what they share, pages, types.
APART := $(addprefix --ignore tests/,sandbox cli tools demo typing)

## make oldest   the tests with the oldest Authlib that is supported
oldest: services
	$(MAKE) VENV=.venv-oldest WITH='authlib==1.6.11 httpx==0.28.*' .venv-oldest/.installed
	.venv-oldest/bin/python -m pytest $(PARALLEL) $(APART) $(ARGS)

## make canary   which private names of Authlib have moved in AUTHLIB (a folder with its source, or a requirement)
AUTHLIB ?= authlib
canary:
	rm -f .venv-canary/.installed
	$(MAKE) VENV=.venv-canary WITH='$(AUTHLIB)' .venv-canary/.installed
	.venv-canary/bin/python -m pytest tests/test_authlib_names.py $(ARGS)
	.venv-canary/bin/python -m pytest tests/sites/test_sign_in.py $(ARGS)

## make hosts    the applications of the how-tos for Flask-Login, Superset, Quart and the others
hosts: .venv-hosts/.installed .venv-superset/.installed .venv-airflow/.installed
	.venv-hosts/bin/python -m pytest tests/hosts -k 'not superset and not airflow' $(ARGS)
	.venv-superset/bin/python -m pytest tests/hosts -k superset
	.venv-airflow/bin/python -m pytest tests/hosts -k airflow

.venv-hosts/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv-hosts
	.venv-hosts/bin/python -m pip install --quiet --editable '.[hosts]'
	touch $@

# These two require releases that the others are not run with. How they are installed is on their pages.
.venv-superset/.installed .venv-airflow/.installed: .venv-%/.installed: setup.cfg docs/how-to/%.md
	$(PYTHON) -m venv .venv-$*
	sed -n "s/^pip install/.venv-$*\/bin\/python -m pip install --quiet pytest/p" docs/how-to/$*.md \
	  | sed "s/'authlib-xiaomi/--editable './" | sh -e
	touch $@

## make demo     the Flask demo with the sandbox, a local mock of Xiaomi, on http://127.0.0.1:8000/
demo: .venv-demo/.installed
	.venv-demo/bin/python -m demo_flask $(ARGS)

.venv-demo/.installed: setup.cfg pyproject.toml
	@echo 'The demo is being installed into .venv-demo; the next time it starts at once.'
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python -m pip install --quiet --editable '.[demo]'
	touch $@

## make bench    what a sign-in costs, beside plain Authlib and the best code by hand
bench: .venv-bench/.installed
	.venv-bench/bin/python -m benchmarks $(ARGS)

.venv-bench/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --editable '.[bench]'
	touch $@

## make docs     the documentation site, in both languages, in site/
docs: .venv-docs/.installed
	.venv-docs/bin/python docs/build.py $(ARGS)

.venv-docs/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --editable '.[docs]'
	touch $@

## make dist     what is to be published, and the proof that it is fit for it
dist: $(INSTALLED)
	$(BIN)/python scripts/dist.py

## make fuzz     the parsers and the callback with FUZZ_EXAMPLES (20000) examples a test
fuzz: $(INSTALLED)
	$(BIN)/python -m pytest -o python_files='fuzz_*.py' fuzz $(ARGS)

clean:
	rm -rf .venv* .cache .tools build dist *.egg-info .coverage* .*_cache .hypothesis site
