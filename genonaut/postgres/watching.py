"""Starts the embedded server again when it dies or is stopped under a site that runs."""

import logging
import time
from threading import Thread

from genonaut.postgres import postmaster
from genonaut.postgres.errors import PostgresDidNotStartError
from genonaut.postgres.server import Server, in_use

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.2
# A server that does not start is tried again after this, and complained about once a minute.
RETRY_SECONDS, COMPLAINT_SECONDS = 1, 60


def keep_up() -> list[Thread]:
    """Watch the embedded server, if this process uses it: a server that DATABASE_URL names is left alone.

    Call it in processes that fork no more: a gunicorn worker, not its master.
    """
    return [watch(server) for server in in_use]


def watch(server: Server) -> Thread:
    """Start the background thread that watches a server until this process releases it.

    Of all such threads, in whichever process, one looks at the server; the others wait for its lock.
    """
    thread = Thread(target=_look, args=[server], name="postgres-watch", daemon=True)
    thread.start()
    return thread


def _look(server: Server) -> None:
    with server.locked("watching"):
        is_told = False
        while not server.is_released:
            file = postmaster.running(server.data)
            is_frozen = file is not None and postmaster.is_frozen(file.pid)
            if file is None or file.status == "stopping":
                _bring_back(server)
            elif is_frozen and not is_told:
                logger.error("The embedded PostgreSQL answers nothing. %s", postmaster.describe(server.data))
            is_told = is_frozen
            time.sleep(LOOK_SECONDS)


def _bring_back(server: Server) -> None:
    """Start the server again; try until it runs."""
    logger.error("The embedded PostgreSQL ended; starting it again.")
    began = time.monotonic()
    complained = began - COMPLAINT_SECONDS
    while not server.is_released:
        try:
            server.restart()
        except (PostgresDidNotStartError, OSError) as error:
            if time.monotonic() >= complained + COMPLAINT_SECONDS:
                logger.error(error)
                complained = time.monotonic()
            time.sleep(RETRY_SECONDS)
        else:
            logger.error("The embedded PostgreSQL runs again, after %.1f s.", time.monotonic() - began)
            return
