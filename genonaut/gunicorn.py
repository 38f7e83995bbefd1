"""How gunicorn serves the site: threads, since a request mostly waits for PostgreSQL. `-c python:genonaut.gunicorn`."""

import os

from django.conf import settings

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
keepalive = 5
control_socket_disable = True
# A cursor holds up to 3,000 characters.
limit_request_line = 8190
wsgi_app = "genonaut.wsgi"

# A page that takes longer than this helps nobody: it is answered with 503. Commands have no such limit.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")


def on_starting(_server: object) -> None:
    """Start the embedded PostgreSQL in the master, which outlives its workers and stops it when it ends."""
    _ = settings.DATABASES
