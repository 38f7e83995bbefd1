# Two commands do it all on a machine that has Python 3.11+, git and make: `make run` and `make test`.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: run dev test lint format bench stress clean help

run: .venv/runs .env  ## serve the gallery on 127.0.0.1:$(PORT); Ctrl-C stops everything, the data stays
	@exec $(BIN)/python manage.py serve --port $(PORT)

dev: .venv/tests .env  ## the development server: reloads on change, with django-debug-toolbar
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py seed --rows 5000 --if-empty
	@DEBUG=on exec $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

test: .venv/tests .env  ## the whole suite, in real PostgreSQL and real Chromium; ARGS="-k name" narrows it
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m tests.pgbouncer
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

lint: .venv/tests  ## check format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: .venv/tests  ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ROWS = 10000000
bench: .venv/bench .env  ## measure everything beside other libraries and write docs/benchmarks.md (ROWS=10000000)
	@$(BIN)/python -m tests.stress.bench --rows $(ROWS)

stress: ROWS = 100000
stress: .venv/runs .env  ## 1,000 connections for a minute, then 100,000 requests; every worker's memory sampled
	@$(BIN)/python -m tests.stress.connections --rows $(ROWS) --write $(ARGS)

clean:  ## remove the environment and all data of the embedded PostgreSQL
	rm -rf .venv var

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/'

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Genonaut needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runs: .venv/python requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/tests: .venv/runs requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/bench: .venv/runs requirements-bench.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

# A key of its own for each checkout, and plain http: both for this machine only.
.env:
	@umask 077; $(PYTHON) -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50)); print("HTTPS=off")' > $@
