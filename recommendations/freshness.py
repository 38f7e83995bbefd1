"""Whether a user's recommendations are to be made once more: what each visit of For you asks, without numpy."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from recommendations.clocks import latest_date
from recommendations.turns import LEARNED
from users.models import User

# Then they are made again for a user who comes back: works came, and others did things.
LASTING = timedelta(days=1)
# In SQL: to compose it from querysets takes longer than all of it.
IS_FRESH = """
SELECT EXISTS (
    SELECT FROM recommendations_refresh AS last
    WHERE user_id = %(user)s AND made_at > %(since)s AND level = %(level)s
    AND newest_interaction IS NOT DISTINCT FROM (
        SELECT id FROM interactions_interaction WHERE user_id = %(user)s AND created_at <= %(latest)s
        ORDER BY created_at DESC, id DESC LIMIT 1
    )
    AND NOT EXISTS (SELECT FROM recommendations_withdrawal WHERE user_id = %(user)s)
    AND (newest_interaction IS NOT NULL OR NOT EXISTS (
        SELECT FROM recommendations_watermark WHERE name = %(learned)s AND moved_at > last.made_at
    ))
)
"""


def refresh_if_needed(user: User) -> bool:
    """Make a user's recommendations if they did something, took something back or chose another level since the last
    time, or that is long ago; return whether. Those of a user who did nothing are what is popular: they are made again
    once that is learned.

    One query if not.
    """
    params = {"user": user.pk, "level": user.shown_level, "learned": LEARNED}
    with connection.cursor() as cursor:
        cursor.execute(IS_FRESH, {**params, "since": timezone.now() - LASTING, "latest": latest_date()})
        if cursor.fetchone()[0]:
            return False
    # A process of the site loads numpy once it is needed.
    refresh = import_string("recommendations.refreshing.refresh")
    # Once more if they did something meanwhile.
    refresh([user.pk]) or refresh([user.pk])
    return True
