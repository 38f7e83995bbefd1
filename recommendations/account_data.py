"""What an account said that it is not interested in, as the copy of its data has it."""

from collections.abc import Iterator
from typing import Any

from content.references import fields_of, known_id
from genonaut.database.batches import in_batches
from recommendations.models import Dismissal
from users.models import User


def dismissal_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield the works that an account dismissed, without the ids of those that it does not see. One query for 500."""
    rows = Dismissal.objects.filter(user=account).select_related("content").only("created_at", *fields_of("content"))
    for batch in in_batches(rows, "content_id"):
        for row in batch:
            yield {"content_id": known_id(row.content, account), "created_at": row.created_at}
