"""How gunicorn serves the site: threads, since a request mostly waits for PostgreSQL. `-c python:genonaut.gunicorn`.

genonaut/web/ has its workers.
"""

import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from genonaut import environment, terminal, web_process
from genonaut.monitoring import shared_metrics
from genonaut.postgres import PostgresDidNotStartError
from genonaut.worker_process import Keeper

worker_class = "genonaut.web.worker.BufferingWorker"
workers = environment.whole_number("WEB_WORKERS", 2, least=1)
threads = environment.whole_number("WEB_THREADS", 8, least=1)
keepalive = 5
# Of each process. An open connection costs some kilobytes, and no thread.
worker_connections = 2000
control_socket_disable = True
wsgi_app = "genonaut.wsgi"
# Where it listens is said below; `GUNICORN_CMD_ARGS=--log-level=info` tells of each worker too.
loglevel = "warning"

# Of what this process is started with: a worker beside it is no process of the site.
WORKER_ENVIRONMENT = dict(os.environ)
web_process.prepare()

# `manage.py serve` hands over its lock, and signals that it blocked until they could be handled.
SERVE_LOCK = os.environ.pop("SERVE_LOCK", None)
WORKER_ENVIRONMENT.pop("SERVE_LOCK", None)
ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
# They end a worker, and wait until it handles them: by its master's handlers, which it has at first, it would pass over
# them, and the master would wait for it for half a minute.
WORKER_ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGQUIT}
# `make run` keeps a worker; in production they are services of their own.
keeper = Keeper(
    [str(Path(__file__).resolve().parent.parent / "manage.py"), "worker", "--parent", str(os.getpid())],
    WORKER_ENVIRONMENT,
)
HANGUP_IS_IGNORED = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as nohup has it


def on_starting(server: Arbiter) -> None:
    """Start the embedded PostgreSQL in the master, which outlives its workers and stops it when it ends."""
    hold, let_go = (partial(signal.pthread_sigmask, how, WORKER_ENDS) for how in (signal.SIG_BLOCK, signal.SIG_UNBLOCK))
    os.register_at_fork(before=hold, after_in_parent=let_go)
    try:
        _ = settings.DATABASES
    except PostgresDidNotStartError as error:
        sys.exit(str(error))
    shared_metrics.share(settings.VAR_DIR / "metrics")
    if settings.METRICS_PORT:
        refuse_port_in_use(settings.METRICS_PORT)
    if settings.LOG_FORMAT == "json":
        for handler in server.log.error_log.handlers:
            handler.setFormatter(import_string("genonaut.monitoring.log_formats.JSONFormatter")())


def refuse_port_in_use(port: int) -> None:
    """End this process if another program has METRICS_PORT: its workers would share the port among themselves alone."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"METRICS_PORT {port} cannot be used: {error.strerror}.")


def when_ready(server: Arbiter) -> None:
    """Print where the site is, and let in what `manage.py serve` kept out until now: signals, and a second one of it.

    A closed terminal ends the site as Ctrl-C does; gunicorn by itself would reload it and run on.
    """
    if SERVE_LOCK is not None and "GUNICORN_PID" not in os.environ:
        os.close(int(SERVE_LOCK))
        if not HANGUP_IS_IGNORED:
            signal.signal(signal.SIGHUP, lambda _number, frame: server.signal(signal.SIGINT, frame))
            terminal.end_when_closed()
    addresses = ", ".join(map(str, server.LISTENERS))
    print(f"Genonaut is at {addresses} - Ctrl-C stops it.", flush=True)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    if SERVE_LOCK is not None and settings.GENERATION_WORKERS:
        keeper.start()


def on_exit(_server: Arbiter) -> None:
    """End the worker, and delete the files of metrics."""
    keeper.stop()
    shared_metrics.end()


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Forget what a process of the site said of the moment."""
    shared_metrics.forget_process(worker.pid)


def post_worker_init(worker: Worker) -> None:
    """Let in the signals that end a worker, publish what it counts, and answer probes on a port of this machine."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WORKER_ENDS)
    # By name: what counts must not be imported before the files of metrics have a folder.
    worker.note_refusal = import_string("genonaut.monitoring.refusals.note_refusal")
    worker.publish = import_string("genonaut.monitoring.publishing.publish")
    if settings.METRICS_PORT:
        import_string("genonaut.monitoring.loopback.serve")(settings.METRICS_PORT)
