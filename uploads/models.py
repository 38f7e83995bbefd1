"""Uploads on their way, and contents that may have lost their last work."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db.models import (
    CASCADE,
    SET_NULL,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    Model,
    Q,
    TextField,
    UUIDField,
)
from django.utils import timezone

from content.models import ContentItem
from genonaut.uploads import uploads_dir
from users.models import User


def expiry() -> datetime:
    """Return when an upload that begins or goes on now is forgotten."""
    return timezone.now() + timedelta(hours=settings.UPLOAD_HOURS)


class Upload(Model):
    """A file that is sent in pieces (tus 1.0). Its bytes so far are a file in UPLOADS_DIR, `offset` of them."""

    id = UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = ForeignKey(User, CASCADE, related_name="uploads", db_index=False)
    name = CharField(max_length=255, blank=True)
    length = BigIntegerField("bytes")
    offset = BigIntegerField("bytes so far", default=0)
    # As the client sent it (Upload-Metadata), and the fields of the work in it.
    metadata = TextField(blank=True)
    fields = JSONField(default=dict, blank=True)
    created_at = DateTimeField(default=timezone.now, editable=False)
    written_at = DateTimeField(default=timezone.now)
    expires_at = DateTimeField(default=expiry)
    # What became of it.
    item = ForeignKey(ContentItem, SET_NULL, null=True, related_name="+", db_index=False)
    finished_at = DateTimeField(null=True)
    error = TextField(blank=True, help_text="Why it was refused.")

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # Whose uploads are open, and go with an account.
            Index("owner", name="upload_owner"),
            # What is forgotten.
            Index("expires_at", name="upload_expires_at"),
            # Which are whole and still to become works.
            Index("id", condition=Q(finished_at=None, offset=F("length")), name="upload_whole"),
            # PostgreSQL's own look for uploads of a work that goes.
            Index("item", condition=Q(item__isnull=False), name="upload_item"),
        ]
        constraints = [
            CheckConstraint(
                condition=Q(length__gt=0, offset__gte=0, offset__lte=F("length")), name="upload_offset_within_length"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return uploads_dir() / f"{self.pk}.part"

    @property
    def is_whole(self) -> bool:
        """Whether all bytes have come."""
        return self.offset == self.length


class LeftContent(Model):
    """A content that a work or a place of a library no longer refers to: perhaps nothing does (uploads/leftovers.py).

    Triggers write it, whatever deletes the work.
    """

    media_file_id = BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.media_file_id)
