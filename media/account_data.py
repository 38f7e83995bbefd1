"""Which files an account said are no duplicates, as the copy of its data has them."""

from collections.abc import Iterator
from typing import Any

from genonaut.database.batches import in_batches
from media.models import DismissedPair
from users.models import User


def pair_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield the pairs that an account dismissed as no duplicates, by the SHA-256 of their files. One query for 500."""
    pairs = DismissedPair.objects.filter(owner=account).select_related("first", "second")
    loaded = pairs.only("created_at", "first__sha256", "second__sha256")
    for batch in in_batches(loaded, "first_id", "second_id"):
        for pair in batch:
            files = [bytes(file.sha256).hex() for file in (pair.first, pair.second)]
            yield {"files": files, "created_at": pair.created_at}
