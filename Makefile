# Two commands do everything: `make book` builds the site, `make test` runs all tests.
# Each sets up what it needs (a virtual environment in .venv, from requirements.lock).

PYTHON ?= python3
SITE   := _build/html
BIN    := .venv/bin
STAMP  := .venv/.installed
# Workers of the test run: one for each processor.
WORKERS ?= logical
# Where `make serve` and `make watch` answer; where that is in use, on a free port.
PORT ?= 8000
export PYTHONHASHSEED := 0
# What the user has set for other work shall not reach the book: folders of modules, the user's own
# site-packages, a locale in which a path with an accent cannot be written. The code is that of this
# folder, also in a copy whose .venv still names the folder it was copied from.
unexport PYTHONHOME
export PYTHONPATH := $(CURDIR)/lib
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
export LC_ALL := C.UTF-8
# Each worker of the tests computes with one thread.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

# `make -j2 book test` must not test a site that is being built.
.NOTPARALLEL:
.PHONY: help setup book test lint types lock serve watch clean verify reproducible release-site pdf verify-site snapshots
help:
	@echo 'make book    build the site strictly from clean, verify it, say where it is'
	@echo 'make test    run all tests (builds the site first unless it is as new as its sources)'
	@echo 'make verify  print every value the article prints beside ours'
	@echo 'make watch   build on every save, and have the page in the browser load again'
	@echo 'make lint types lock serve clean: see README.md'

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $(STAMP)

book: $(STAMP)
	$(BIN)/python -m reviewbook build

test: $(STAMP)
	@$(BIN)/python -m reviewbook fresh || $(MAKE) book
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# Keeps each figure and table of the built site as text; read the diff before committing it.
snapshots: $(STAMP)
	PYTHONPATH="$(CURDIR)/lib:$(CURDIR)/tests" $(BIN)/python tests/site/snapshots.py

lint: $(STAMP)
	$(BIN)/python -m ruff check lib tests bench
	$(BIN)/python -m ruff format --check lib tests bench

types: $(STAMP)
	$(BIN)/python -m mypy

verify: $(STAMP)
	$(BIN)/python -m reviewbook verify

# Two clean builds of the committed sources, byte for byte, the second in a path with a space. The
# site of `make book` is the first of them where it is of this commit.
reproducible: $(STAMP)
	$(BIN)/python -m reviewbook reproducible

release-site: $(STAMP)
	$(BIN)/python -m reviewbook release-site

verify-site: $(STAMP)
	$(BIN)/python -m reviewbook verify-site $(SITE)

pdf: $(STAMP)
	@$(BIN)/python -m reviewbook fresh || $(MAKE) book
	$(BIN)/python -m reviewbook pdf

serve: $(STAMP)
	@test -f $(SITE)/index.html || $(MAKE) book
	$(BIN)/python -m reviewbook serve --port $(PORT)

# Builds what is saved and shows it: the page in the browser loads itself again.
watch: $(STAMP)
	$(BIN)/python -m reviewbook watch --port $(PORT)

# Needs the network and the `uv` tool (pip install uv); everything else is read from the lock.
lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find lib tests bench -name __pycache__ -prune -exec rm -rf {} +
