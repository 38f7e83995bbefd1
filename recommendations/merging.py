"""Works that are merged into another were dismissed: so is the one that is kept."""

from collections.abc import Sequence

from django.db import connection

from content.models import ContentItem
from content.signals import merged

# Accounts are locked as a dismissal locks them: recommendations that are being written are waited for, and no account
# goes meanwhile. Their creator's is not, which other transactions lock before works; own works are recommended to no
# one.
LOCK = """
SELECT FROM users_user WHERE id IN (SELECT user_id FROM recommendations_dismissal WHERE content_id = ANY(%(others)s))
AND id IS DISTINCT FROM %(creator)s ORDER BY id FOR NO KEY UPDATE
"""
MOVE = """
WITH dismissed AS (
    SELECT user_id, min(created_at) AS created_at FROM recommendations_dismissal
    WHERE content_id = ANY(%(others)s) AND user_id IS DISTINCT FROM %(creator)s GROUP BY user_id
), gone AS (
    DELETE FROM recommendations_recommendation
    WHERE content_id = %(kept)s AND user_id IN (SELECT user_id FROM dismissed)
)
INSERT INTO recommendations_dismissal (user_id, content_id, created_at)
SELECT user_id, %(kept)s, created_at FROM dismissed ORDER BY user_id
ON CONFLICT (user_id, content_id) DO NOTHING
"""


def connect() -> None:
    """Follow merges."""
    merged.connect(take_dismissals, dispatch_uid="recommendations.merging")


def take_dismissals(sender: type, *, kept: ContentItem, others: Sequence[ContentItem], **_options: object) -> None:
    """Recommend the kept work to none of those who dismissed another. Two queries: what was written while the first
    waited is seen by the second."""
    params = {"kept": kept.pk, "others": [item.pk for item in others], "creator": kept.creator_id}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, params)
        cursor.execute(MOVE, params)
