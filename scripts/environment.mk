# How .venv and .env are made. The Makefile runs it under a lock, one at a time.

# Scripts in it begin with the path of the folder that it was made in, which may have been moved: python -m finds them.
BIN := .venv/bin

# Its Python was replaced or removed.
ifneq ($(wildcard .venv/python),)
BROKEN := $(shell $(BIN)/python -c 'import pip' 2>/dev/null || echo broken)
endif
ifneq ($(BROKEN),)
.PHONY: .venv/python
endif

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Genonaut needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11 $(GOALS)"; exit 1; }
	@$(PYTHON) -m venv $(if $(BROKEN),--clear) .venv
	@touch $@

.venv/runs: .venv/python requirements.txt
	@echo "Installing $(lastword $^) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/tests: .venv/runs requirements-dev.txt requirements-s3.txt
	@echo "Installing $(lastword $^) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/bench: .venv/runs requirements-bench.txt
	@echo "Installing $(lastword $^) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

# A key of its own for each checkout, and plain http: both for this machine only.
.PHONY: .env
.env:
	@$(PYTHON) scripts/dotenv.py $@
