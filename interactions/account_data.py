"""What an account did with works, as the copy of its data has it."""

from collections.abc import Iterator
from typing import Any

from genonaut.database.batches import in_batches
from interactions.models import Interaction
from users.models import User

FIELDS = ("id", "kind", "content_id", "rating", "comment", "duration_seconds", "metadata", "created_at")


def interaction_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield an account's interactions by age. One query for 500."""
    for batch in in_batches(Interaction.objects.filter(user=account), "created_at", "id"):
        for row in batch:
            yield {name: getattr(row, name) for name in FIELDS}
