"""How gunicorn serves the site: threads, since a request mostly waits for PostgreSQL. `-c python:genonaut.gunicorn`."""

import os
import signal

from django.conf import settings
from gunicorn.arbiter import Arbiter

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
keepalive = 5
control_socket_disable = True
# A cursor holds up to 3,000 characters.
limit_request_line = 8190
wsgi_app = "genonaut.wsgi"
# Where it listens is said below; `GUNICORN_CMD_ARGS=--log-level=info` tells of each worker too.
loglevel = "warning"

# A page that takes longer than this helps nobody: it is answered with 503. Commands have no such limit.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")


def on_starting(_server: Arbiter) -> None:
    """Start the embedded PostgreSQL in the master, which outlives its workers and stops it when it ends."""
    _ = settings.DATABASES


def when_ready(server: Arbiter) -> None:
    """Say where the site is, and take the Ctrl-C that `manage.py serve` kept back until somebody could handle it."""
    addresses = ", ".join(map(str, server.LISTENERS))
    print(f"Genonaut is at {addresses} - Ctrl-C stops it.", flush=True)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
