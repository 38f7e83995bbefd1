"""What tests of recommendations do and look at: deeds, what is recommended, and waiting for another session."""

from collections.abc import Callable
from time import monotonic, sleep

from django.db import connection
from django.utils import timezone

from content.models import ContentItem
from interactions.models import Kind
from recommendations.models import Recommendation
from tests.factories import InteractionFactory
from users.models import User


def like(user: User, *works: ContentItem, kind: Kind = Kind.LIKE, **fields: object) -> None:
    for work in works:
        InteractionFactory(user=user, content=work, kind=kind, created_at=timezone.now(), **fields)


def recommended(user: User) -> list[tuple[str, str, str | None]]:
    """Return title, reason and the title of what led there of a user's recommendations, the best first."""
    rows = Recommendation.objects.filter(user=user).select_related("content", "because").order_by("-score", "-content")
    return [(row.content.title, row.reason, row.because and row.because.title) for row in rows]


def titles(user: User) -> set[str]:
    return {title for title, _reason, _because in recommended(user)}


def never() -> bool:
    return False


def in_own_connection(work: Callable[..., object], *arguments: object) -> object:
    """Do something in a thread, whose connection is closed then."""
    try:
        return work(*arguments)
    finally:
        connection.close()


def waiting_for_locks() -> bool:
    """Return whether a session waits for another's row: pg_locks tells it inside a transaction, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0] > 0


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so. Raises TimeoutError after 60 seconds."""
    end = monotonic() + 60
    while not is_so():
        if monotonic() > end:
            raise TimeoutError
        sleep(0.01)
