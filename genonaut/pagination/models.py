"""Stored cursors: the anchors of long lists, which the package anchors writes and reads."""

import uuid

from django.db.models import CharField, DateTimeField, JSONField, Model, UniqueConstraint, UUIDField


class StoredCursor(Model):
    """The anchors of one list: keys from which pages are sought. See anchors.store.Anchors for the data."""

    id = UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # SHA-256 of the statement that reads the list, with its parameters: the same for all who see the same rows.
    query_hash = CharField(max_length=64)
    cursor_data = JSONField()
    created_at = DateTimeField()
    expires_at = DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            # One row for each list, found by its index. No index for `expires_at`: there are few rows.
            UniqueConstraint(fields=["query_hash"], name="stored_cursor_query"),
        ]

    def __str__(self) -> str:
        return self.query_hash
