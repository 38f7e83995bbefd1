"""Starts the embedded server again when it dies or is stopped under a site that runs."""

import logging
import time
from threading import Thread

from genonaut.postgres import postmaster
from genonaut.postgres.errors import PostgresDidNotStartError
from genonaut.postgres.server import Server, in_use

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.2
# A server that does not start is tried again after this, and complained about as often as once a minute.
RETRY_SECONDS, COMPLAINT_SECONDS = 1, 60


def keep_up() -> None:
    """Watch the embedded server that this process uses, if it does, in a background thread.

    Call it in processes that fork no more: a gunicorn worker, not its master. Of all threads that watch a server, in
    whichever process, one looks; the others wait for its lock.
    """
    for server in in_use:
        Thread(target=_watch, args=[server], name="postgres-watch", daemon=True).start()


def _watch(server: Server) -> None:
    with server.locked("watching"):
        is_told = False
        while True:
            time.sleep(LOOK_SECONDS)
            file = postmaster.running(server.data)
            if file is None or file.status == "stopping":
                _bring_back(server)
            elif postmaster.is_frozen(file.pid) and not is_told:
                logger.error(postmaster.describe(server.data))
            is_told = file is not None and postmaster.is_frozen(file.pid)


def _bring_back(server: Server) -> None:
    """Start the server, and try until it runs."""
    logger.error("The embedded PostgreSQL ended; starting it again.")
    began = time.monotonic()
    complained = -COMPLAINT_SECONDS
    while True:
        try:
            server.restart()
        except (PostgresDidNotStartError, OSError) as error:
            if time.monotonic() > complained + COMPLAINT_SECONDS:
                logger.error(error)
                complained = time.monotonic()
            time.sleep(RETRY_SECONDS)
        else:
            logger.error("The embedded PostgreSQL runs again, after %.1f s.", time.monotonic() - began)
            return
