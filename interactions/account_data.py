"""What an account did with works, as the copy of its data has it."""

from collections.abc import Iterator
from typing import Any

from content.references import fields_of, known_id
from genonaut.database.batches import in_batches
from interactions.models import Interaction
from users.models import User

FIELDS = ("id", "kind", "rating", "comment", "duration_seconds", "metadata", "created_at")


def interaction_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield an account's interactions by age, without the ids of works that it does not see. One query for 500."""
    rows = Interaction.objects.filter(user=account).select_related("content").only(*FIELDS, *fields_of("content"))
    for batch in in_batches(rows, "created_at", "id"):
        for row in batch:
            yield {**{name: getattr(row, name) for name in FIELDS}, "content_id": known_id(row.content, account)}
