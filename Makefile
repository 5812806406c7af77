# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Each target makes .venv and installs what it needs; Python, make and a C++ compiler are all that it assumes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.installed

# CI and laptops with the data sets beside the project find them without being told.
SPINLOOP_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared/data))
export SPINLOOP_DATA

.PHONY: help demo test check rtl bench format clean tools

help:
	@echo "make demo    measure a junction, train digits on four kinds of chip, print one table"
	@echo "make test    all tests, and the conformance suite on every substrate"
	@echo "make check   lint, format, types, import contracts"
	@echo "make rtl     Verilate the tiles and run the RTL tests"
	@echo "make bench   all benchmarks, one JSON object per line"

tools:
	@command -v $(PYTHON) >/dev/null || { echo "missing $(PYTHON): install Python 3.11 or newer (Debian: apt install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: install a newer one and run make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "missing the venv module: apt install python3-venv"; exit 1; }
	@command -v $${CXX:-g++} >/dev/null || { echo "missing a C++ compiler: apt install g++ (macOS: xcode-select --install)"; exit 1; }
	@command -v perl >/dev/null || { echo "missing perl, which Verilator's launcher is written in: apt install perl"; exit 1; }

$(READY): pyproject.toml setup.py | tools
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing spinloop and its tools into $(VENV) (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[rtl,dev]"
	@touch $(READY)

demo: $(READY)
	$(BIN)/python examples/demo.py

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p spinloop
	@# import-linter looks for the rooms inside the package's own folder, and does not follow links
	@rm -rf build/imports && mkdir -p build/imports && cp -RL typing/spinloop build/imports/spinloop
	cd build/imports && ../../$(BIN)/lint-imports --no-logo --no-cache --config ../../pyproject.toml

rtl: $(READY)
	$(BIN)/python -m pytest -m rtl

bench: $(READY)
	@for name in $$(ls benchmarks | sed -n 's/^\([a-z][a-z_]*\)\.py$$/\1/p'); do $(BIN)/python -m benchmarks.$$name --json || exit 1; done

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build runs *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
