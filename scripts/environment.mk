# How .venv and .env are made. The Makefile runs it under a lock, one at a time.

BIN := .venv/bin

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Genonaut needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11 $(GOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/runs: .venv/python requirements.txt
	@echo "Installing $(lastword $^) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/tests: .venv/runs requirements-dev.txt requirements-s3.txt
	@echo "Installing $(lastword $^) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/bench: .venv/runs requirements-bench.txt
	@echo "Installing $(lastword $^) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

# A key of its own for each checkout, and plain http: both for this machine only.
.PHONY: .env
.env:
	@$(PYTHON) scripts/dotenv.py $@
