# Two commands do it all on a machine that has Python 3.11+, git and make: `make run` and `make test`.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: run dev test check lint format bench stress soak chaos clean help

run: .venv/runs .env  ## serve the gallery on 127.0.0.1:$(PORT); Ctrl-C stops everything, the data stays
	@exec $(BIN)/python manage.py serve --port '$(PORT)'

dev: .venv/tests .env  ## the development server: reloads on change, with django-debug-toolbar
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo add
	@$(BIN)/python manage.py seed --rows 5000 --if-empty
	@$(BIN)/python manage.py demo scan
	@DEBUG=on exec $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

test: .venv/chromium .env  ## the whole suite, in real PostgreSQL and real Chromium; ARGS="-k name" narrows it
	@$(BIN)/python -m tests.pgbouncer
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

check: lint .env  ## lint, and the quick tests of what the working tree changes; ARGS="-x" stops at the first failure
	@$(BIN)/python -m tests.changed -q $(ARGS)

lint: .venv/tests  ## check format and lint
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .

format: .venv/tests  ## format, and mend what can be mended
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

bench: ROWS = 10000000
bench: .venv/bench .env  ## measure everything beside other libraries and write docs/benchmarks.md (ROWS=10000000)
	@$(BIN)/python -m tests.stress.bench --rows $(ROWS)

stress: ROWS = 100000
stress: .venv/runs .env  ## 1,000 connections, then 100,000 requests; ARGS="--minutes 10 --writes 50 --faults" kills the database in the midst
	@$(BIN)/python -m tests.stress.connections --rows $(ROWS) --write $(ARGS)

soak: .venv/chromium .env  ## what only long runs can show, 25 minutes: Schemathesis, PgBouncer, outages, slow and many connections
	@$(BIN)/python -m tests.pgbouncer
	@$(BIN)/python -m tests.stress.soak

chaos: .venv/tests .env  ## failures of three PostgreSQL nodes under Patroni, rehearsed; root only; ARGS="--synchronous", ARGS="--kills 100"
	@$(BIN)/python -m tests.chaos $(ARGS)

clean:  ## remove the environment and all data of the embedded PostgreSQL; asks first, FORCE=1 does not
	@$(PYTHON) scripts/clean.py $(if $(FORCE),--force)

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/'

# Where the environment's Python was replaced or removed, environment.mk makes the environment again.
ifneq ($(wildcard .venv/python),)
ifeq ($(shell $(BIN)/python -c 'import pip' 2>/dev/null && echo works),)
.PHONY: .venv/runs .venv/tests .venv/bench
endif
endif

# Two commands at once in a fresh checkout would both make the environment: the second waits for the first.
ENVIRONMENT = $(PYTHON) scripts/locked.py .lock
STEP = --silent --no-print-directory -f scripts/environment.mk PYTHON='$(PYTHON)' GOALS='$(MAKECMDGOALS)'

.venv/runs: requirements.txt
	@$(ENVIRONMENT) $(MAKE) $(STEP) $@

.venv/tests: requirements.txt requirements-s3.txt requirements-dev.txt
	@$(ENVIRONMENT) $(MAKE) $(STEP) $@

.venv/bench: requirements.txt requirements-bench.txt
	@$(ENVIRONMENT) $(MAKE) $(STEP) $@

# Without one, all that needs no browser is tested still.
.venv/chromium: .venv/tests
	@$(BIN)/python -m tests.chromium $@

# One of your own without a key gets one.
ifeq ($(shell grep -Es "^(export )?SECRET_KEY=[\"']?[^\"'[:space:]]" .env),)
.PHONY: .env
endif

.env:
	@$(ENVIRONMENT) $(MAKE) $(STEP) $@
