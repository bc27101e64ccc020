# `make test` and `make demo` are all there is to know; the rest are their parts.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The packages to test with; `make oldest` has others.
WITH ?= authlib
INSTALLED := $(VENV)/.installed
AXE := .cache/axe/node_modules/axe-core/axe.min.js
PYRIGHT := .cache/pyright/node_modules/pyright/index.js
NPM := npm install --silent --no-save --no-audit --no-fund --ignore-scripts
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help test check cover oldest services demo bench docs dist fuzz clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make test     install all that is needed, and run every check and every test
test: check cover

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]' $(WITH)
	touch $@

# For the tests with a browser, with Redis and with pyright: installed where that may be done, on Debian and
# as root; elsewhere those tests say what is missing, and are skipped.
services: $(AXE) $(PYRIGHT)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=; \
	  command -v chromium >/dev/null || missing="$$missing chromium fonts-noto-cjk fonts-noto-color-emoji"; \
	  command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	  if [ -n "$$missing" ]; then \
	    echo "installing$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	      apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  fi; \
	fi

$(AXE):
	@if command -v npm >/dev/null; then $(NPM) --prefix .cache/axe axe-core@4; fi

$(PYRIGHT):
	@if command -v npm >/dev/null; then $(NPM) --prefix .cache/pyright pyright@1; fi

## make check    formatting, lint, types
check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

## make cover    the tests, with the package's branch coverage; ARGS are pytest's
cover: $(INSTALLED) services
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

## make oldest   the tests with the oldest Authlib that is supported
oldest: services
	$(MAKE) VENV=.venv-oldest WITH='authlib==1.6.11 httpx==0.28.*' .venv-oldest/.installed
	.venv-oldest/bin/python -m pip uninstall --quiet --yes httpx2
	.venv-oldest/bin/python -m pytest --ignore tests/demo --ignore tests/typing $(ARGS)

## make demo     the Flask demo with a Xiaomi of its own, on http://127.0.0.1:8000/
demo: .venv-demo/.installed
	.venv-demo/bin/python -m demo_flask $(ARGS)

.venv-demo/.installed: setup.cfg pyproject.toml
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
	rm -rf .venv* .cache build dist *.egg-info .coverage* .*_cache .hypothesis site
