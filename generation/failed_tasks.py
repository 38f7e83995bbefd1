"""Why a worker's task failed, in the log. procrastinate's own lines are silenced: they repeat the arguments of tasks,
which hold addresses."""

import logging
import traceback
from smtplib import SMTPRecipientsRefused

from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from genonaut.database.outages import outage_of
from users.letters import TASK as LETTER

logger = logging.getLogger("generation.worker")


async def log_failure(perform: AsyncCallNext, context: JobContext, _worker: Worker) -> object:
    """Perform a task; log why it failed, without its arguments, and raise that again."""
    try:
        return await perform()
    except Exception as error:
        name = context.job.task_name
        fields = {"task": name, "reason": reason_of(name, error)}
        logger.error("The task %s failed: %s%s", *fields.values(), frames_of(name, error), extra={"fields": fields})
        raise


def reason_of(task: str, error: Exception) -> str:
    """Return the type of an error and its first line, which says no row (psycopg's DETAIL does).

    Mail servers quote addresses, and Django the headers of a letter: of a letter's error only a code follows.
    """
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    said = _codes(error) if task == LETTER else str(error).partition("\n")[0]
    return f"{kind}: {said}" if said else kind


def frames_of(task: str, error: Exception) -> str:
    """Return where an error was raised, from the line after this; empty for an outage, and for mail that is refused."""
    if outage_of(error) or (task == LETTER and isinstance(error, OSError)):  # SMTPException is one
        return ""
    return "\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip()


def _codes(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return "" if code is None else str(code)
