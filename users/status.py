"""The panel of accounts: how many there are, new ones by day, and letters on their way."""

from django.conf import settings
from django.db.models import Min, QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

from genonaut.status.counts import count_texts, ranked_days
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact
from genonaut.worker_tasks import QUEUE
from users.letters import TASK
from users.models import PendingEmail, User


def accounts_panel() -> Contents:
    """Return counts by the ranking, and letters of the workers' queue. Five queries. Raises NotReadyError."""
    chart, total = ranked_days("Sign-ups by day", User, User.objects.all(), {})
    _, staff = ranked_days("Staff", User, User.objects.filter(is_staff=True), {"is_staff": [True]})
    _, inactive = ranked_days("Inactive", User, User.objects.filter(is_active=False), {"is_active": [False]})
    unconfirmed, waiting, failed = count_texts([PendingEmail.objects.all(), _letters("todo"), _letters("failed")])
    oldest = PendingEmail.objects.aggregate(oldest=Min("created_at"))["oldest"]
    facts = [
        Fact("Accounts", f"{total:,}", address="admin:users_user_changelist"),
        Fact("Staff", f"{staff:,}"),
        Fact("Inactive", f"{inactive:,}"),
        Fact("Addresses to be confirmed", unconfirmed, address="admin:users_pendingemail_changelist"),
        Fact("Oldest of them", ago(oldest) if oldest else "–"),
        Fact("Letters to be sent", waiting),
        Fact("Letters that failed in the last day", failed, is_warning=failed != "0"),
        Fact("Mail server", "set" if settings.SENDS_MAIL else "none: letters go to the log"),
    ]
    return Contents(facts, charts=[chart])


def _letters(status: str) -> QuerySet[ProcrastinateJob]:
    """Return the letters of a status; those that failed are kept for a day."""
    return ProcrastinateJob.objects.filter(queue_name=QUEUE, task_name=TASK, status=status)
