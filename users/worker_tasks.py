"""The workers' tasks of accounts: letters, and what is no longer of use."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from genonaut.upkeep import clear
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE
from users.accounts import delete_account
from users.email_addresses import CONFIRM_DAYS
from users.letters import TASK, send
from users.models import PendingEmail, UserSession

# A mail server that is away is asked again after 10 s, then 100 s, 17 min and 3 h.
RETRIES = RetryStrategy(max_attempts=4, exponential_wait=10)
# So many at a turn.
MOST = 1_000

logger = logging.getLogger(__name__)


@app.task(name=TASK, queue=QUEUE, retry=RETRIES)
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
    for pending in PendingEmail.objects.select_related("user").filter(created_at__lt=old).order_by("created_at")[:MOST]:
        if stopping.is_set():
            return
        if pending.activates and not pending.user.is_active:
            delete_account(pending.user)
        else:
            pending.delete()
