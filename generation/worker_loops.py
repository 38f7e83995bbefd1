"""A worker process: procrastinate's loop over each of our two queues, begun again whenever the database comes back.

Users' jobs and what is done at intervals have a queue each, so that neither waits for the other.
"""

import asyncio
import logging
import os
import signal
import time
from contextlib import suppress
from threading import Thread

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ProcrastinateException
from procrastinate.periodic import PeriodicRegistry

from generation import claims
from generation.backends.choosing import BACKENDS
from generation.failed_tasks import log_failure
from generation.performing import LIVE
from generation.tokens import QUEUE
from generation.worker_tasks import NAME
from genonaut.postgres.server import in_use
from genonaut.worker_process import STOP_SECONDS, stopping
from genonaut.worker_tasks import QUEUE as UPKEEP

# The passes over libraries and pictures, a compaction and the sweep may be under way at once.
UPKEEP_TASKS = 4
# Without notifications, which poolers do not pass on, the queue is asked as often.
POLL_SECONDS, POLL_SECONDS_WITHOUT_NEWS = 5.0, 1.0
CONNECT_SECONDS, RETRY_SECONDS, LOOK_SECONDS = 5.0, 1.0, 0.5
OUTAGES = (ProcrastinateException, psycopg.Error, Error, OSError)

logger = logging.getLogger("generation.worker")


class WorkerLoops:
    """The loops of one process, until `stopping` is set; or until no job waits, with `is_once`."""

    def __init__(self, concurrency: int, *, is_once: bool = False) -> None:
        self.concurrency, self.is_once = concurrency, is_once
        self.is_away = False

    def run(self) -> None:
        """Work. What is under way when the process is told to end is finished or given back within seconds."""
        Thread(target=end_in_time, name="end", daemon=True).start()
        with suppress(Error):
            claims.sweep()
        connection.close()
        asyncio.run(self._run())
        BACKENDS.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, stopping.set)
        self.has_to_end = asyncio.Event()
        loops = [self._notice_the_end(), self._keep(QUEUE, self.concurrency)]
        if not self.is_once:
            loops.append(self._keep(UPKEEP, UPKEEP_TASKS))
        await asyncio.gather(*loops)

    async def _notice_the_end(self) -> None:
        """Let the loops end once `stopping` is set, by a signal or by another thread."""
        while not (stopping.is_set() or self.has_to_end.is_set()):
            await asyncio.sleep(LOOK_SECONDS)
        self.has_to_end.set()

    async def _keep(self, queue: str, concurrency: int) -> None:
        """Work on a queue; begin again when the loop ends by itself, as it does when its connection dies."""
        while not stopping.is_set():
            working = asyncio.create_task(self._work(queue, concurrency))
            ending = asyncio.create_task(self.has_to_end.wait())
            await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            working.cancel()
            try:
                await working
            except asyncio.CancelledError:
                return
            except OUTAGES as error:
                self._tell(error)
            if self.is_once:
                self.has_to_end.set()
                return
            # The deferrer of periodic tasks uses a connection of Django's, in a thread of its own.
            await sync_to_async(forget_connection)()
            await asyncio.sleep(RETRY_SECONDS)

    async def _work(self, queue: str, concurrency: int) -> None:
        """Work on a queue until the database goes away. Raises one of OUTAGES, or returns."""
        is_pooled = await asyncio.to_thread(is_behind_pooler)
        has_news = queue == QUEUE and not is_pooled
        worker = app.with_connector(connector(concurrency, is_pooled=is_pooled))
        if queue != UPKEEP:
            worker.periodic_registry = PeriodicRegistry()
        async with worker.open_async():
            self._tell(None)
            await worker.run_worker_async(
                queues=[queue],
                name=NAME,
                concurrency=concurrency,
                wait=not self.is_once,
                listen_notify=has_news,
                fetch_job_polling_interval=POLL_SECONDS if has_news or queue == UPKEEP else POLL_SECONDS_WITHOUT_NEWS,
                delete_jobs="successful",
                install_signal_handlers=False,
                worker_middleware=[log_failure],
            )

    def _tell(self, error: BaseException | None) -> None:
        """Log once that the database is away, and once that it is back."""
        if error is not None and not self.is_away:
            cause = error.__cause__ or error
            logger.warning("The database is away; the worker waits for it: %s", str(cause).partition("\n")[0])
        elif error is None and self.is_away:
            logger.warning("The database is back.")
        self.is_away = error is not None


def forget_connection() -> None:
    """Close this thread's connection, which may be dead. (The proxy's own `close` is bound to the caller's.)"""
    with suppress(Error):
        connection.close()


def is_behind_pooler() -> bool:
    """Return whether a connection pooler stands between this process and its server."""
    connection.ensure_connection()
    try:
        return connection.connection.is_pooled
    finally:
        connection.close()


def connector(concurrency: int, *, is_pooled: bool) -> PsycopgConnector:
    """Return the connections of a loop, beside those of Django's that its tasks use."""
    params = connector_params()
    if is_pooled:
        params |= {"prepare_threshold": None, "options": settings.OPTIONS_OF_URL}
    return PsycopgConnector(kwargs=params, min_size=1, max_size=1 + concurrency, timeout=CONNECT_SECONDS)


def end_in_time() -> None:
    """End a process that hangs after it was told to end; its jobs wait again."""
    stopping.wait()
    time.sleep(STOP_SECONDS - 2)
    for key in list(LIVE):
        with suppress(Error):
            claims.give_back(key)
    for server in in_use:
        server.release()
    os._exit(1)
