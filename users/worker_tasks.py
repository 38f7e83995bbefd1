"""The workers' tasks of accounts: letters, and what is no longer of use."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from genonaut import deletions
from genonaut.models import Deletion
from genonaut.upkeep import clear
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE
from users.accounts import close_account
from users.email_addresses import CONFIRM_DAYS, waits
from users.letters import RETRIES, TASK, send
from users.models import PendingEmail, User, UserSession

# A mail server that is away is asked again after 10 s, then 100 s, 17 min and 3 h.
WAITS = RetryStrategy(max_attempts=RETRIES, exponential_wait=10)
# So many at a turn.
MOST = 1_000

logger = logging.getLogger(__name__)


@app.task(name=TASK, queue=QUEUE, retry=WAITS)
def send_letter(kind: str, email: str, root: str, about: dict[str, object]) -> None:
    """Write and send a letter."""
    send(kind, email, root, about)


@app.periodic(cron="47 * * * *")
@app.task(name="forget_sessions", queue=QUEUE, queueing_lock="forget_sessions")
def forget_sessions(timestamp: int = 0) -> None:
    """Forget the sessions that were not used for as long as a session lasts."""
    clear(UserSession.objects.filter(seen_at__lt=timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)))


@app.periodic(cron="17 * * * *")
@app.task(name="forget_unconfirmed", queue=QUEUE, queueing_lock="forget_unconfirmed")
def forget_unconfirmed(timestamp: int = 0) -> None:
    """Forget the addresses that were not confirmed in time, and the new accounts that waited for them."""
    old = timezone.now() - timedelta(days=CONFIRM_DAYS)
    for pk in (
        PendingEmail.objects.filter(created_at__lt=old).order_by("created_at").values_list("pk", flat=True)[:MOST]
    ):
        if stopping.is_set():
            return
        deletions.begin(_forget(pk, old))


@transaction.atomic
def _forget(pk: int, old: datetime) -> list[Deletion]:
    """Forget the address of an account, unless it was confirmed or its letter written again meanwhile; close an account
    that waited for it. Return the deletions that this asks for. Three queries, or some ten."""
    # The account first, as a link that is followed locks them.
    account = User.objects.select_for_update(no_key=True).filter(pk=pk).first()
    pending = PendingEmail.objects.select_for_update().filter(pk=pk, created_at__lt=old).first()
    if account is None or pending is None:
        return []
    if pending.activates and waits(account):
        return [close_account(account)]
    pending.delete()
    return []
