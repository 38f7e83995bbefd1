"""Slow statements of requests, logged with their plans: in a thread of its own, after the request.

The failed transaction of a statement that took too long is not used, and its reader does not wait.
"""

import logging
from collections import OrderedDict
from contextvars import copy_context
from threading import Lock, Semaphore, Thread
from time import monotonic

from django.db import Error, connections

from genonaut.database import time_limit
from genonaut.database.statements import SlowStatement, tally
from genonaut.monitoring.plans import SECONDS, plan_of, text_of

# A statement is logged so often at most.
EVERY_SECONDS = 60.0
# Of so many statements the time of the last line is remembered.
MOST_REMEMBERED = 1_000

logger = logging.getLogger("genonaut.statements")
_guard = Lock()
_logged: OrderedDict[str, float] = OrderedDict()
# One at a time: a server that is slow for all gets one EXPLAIN from each process, not one for each request.
_explaining = Semaphore(1)


def explain_soon(statement: SlowStatement) -> Thread | None:
    """Log a statement and its plan in a background thread; return the thread, if it is not passed over.

    Passed over is one that was logged within a minute. While another is explained there is no plan.
    """
    text = text_of(statement)
    if not _is_due(text):
        return None
    if not _explaining.acquire(blocking=False):
        _log(statement, text, "")
        return None
    # In the request's context: its id is in the line.
    thread = Thread(target=copy_context().run, args=(_explain, statement, text), name="slow statement", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads, or the interpreter is on its way out
        _explaining.release()
        return None
    return thread


def forget() -> None:
    """Let each statement be logged again at once."""
    with _guard:
        _logged.clear()


def _is_due(text: str) -> bool:
    now = monotonic()
    with _guard:
        if now - _logged.get(text, -EVERY_SECONDS) < EVERY_SECONDS:
            return False
        _logged[text] = now
        _logged.move_to_end(text)
        while len(_logged) > MOST_REMEMBERED:
            _logged.popitem(last=False)
        return True


def _explain(statement: SlowStatement, text: str) -> None:
    tally.set(None)
    time_limit.seconds.set(SECONDS)
    plan = ""
    try:
        plan = plan_of(statement)
    except Error as error:
        plan = f"No plan: {type(error).__name__}"
    finally:
        _explaining.release()
        _log(statement, text, plan)
        # Last: it may fail, as a connection can that broke.
        connections[statement.alias].close()


def _log(statement: SlowStatement, text: str, plan: str) -> None:
    fields = {"ms": round(statement.seconds * 1000), "statement": text, "plan": plan}
    logger.warning("A statement took %(ms)s ms: %(statement)s\n%(plan)s", fields, extra={"fields": fields})
