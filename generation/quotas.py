"""The limits of an account's requests, on open jobs and stored files, and the turn of its next jobs in the queue."""

from typing import NamedTuple

from django.conf import settings
from django.db import connection

from content.quotas import stored_bytes
from users.models import User

RETRY_SECONDS = 60


class QuotaError(Exception):
    """An account has too many open jobs, or no room for files. `seconds` is when to ask again."""

    def __init__(self, message: str, seconds: int = RETRY_SECONDS) -> None:
        super().__init__(message)
        self.message, self.seconds = message, seconds


class Admission(NamedTuple):
    """The state that an account's next request meets: exact until the transaction that asked ends."""

    is_known: bool  # its idempotency key was used before
    open_jobs: int  # counted to one more than are allowed
    turn: int


def admit(user: User, priority: int, idempotency_key: str | None) -> Admission:
    """Lock the account's row against its other requests, and read the state that the next one meets. One query.

    To be called in a transaction, whose end frees the row.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM generation_admission(%s, %s::smallint, %s, %s)",
            [user.pk, priority, idempotency_key, settings.GENERATION_OPEN_JOBS + 1],
        )
        return Admission(*cursor.fetchone())


def storage_refusal(user: User) -> str | None:
    """Return why no work of an account would be kept: its files take all that they may. None if there is room.

    No query without a limit; else one, and two more at times (content/quotas.py), whose count is kept if the
    transaction is: it is to be called before the one that a refusal ends.
    """
    most = settings.UPLOAD_QUOTA_BYTES
    if not most:
        return None
    used = stored_bytes(user, most - 1)
    text = f"Your files may take {most:,} bytes; they take {used:,}. Delete some works for good first."
    return text if used >= most else None


def check(open_jobs: int, wanted: int) -> None:
    """Raise QuotaError if an account with so many open jobs may not have the wanted ones too."""
    most = settings.GENERATION_OPEN_JOBS
    if wanted > most:
        raise QuotaError(f"An account may have {most} open jobs at a time, and this asks for {wanted}.")
    if open_jobs + wanted > most:
        raise QuotaError(f"An account may have {most} open jobs at a time, and {open_jobs} of yours are.")
