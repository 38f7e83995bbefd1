"""Uploads on their way, and contents that may have lost their last work."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db.models import (
    CASCADE,
    SET_NULL,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    IntegerField,
    JSONField,
    Model,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
    UUIDField,
)
from django.utils import timezone

from content.models import ContentItem
from genonaut.http.uploads import uploads_dir
from users.models import User

# Among an upload's fields: its owner had the work already.
KNOWN = "is_known"


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
    # Of a zip: its files, how many of them are done, and the bytes that they unpacked to.
    entry_count = IntegerField(null=True)
    entries_done = IntegerField(default=0)
    unpacked_bytes = BigIntegerField(default=0)

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
    def entry_path(self) -> Path:
        """Where one file of a zip is while it is taken in. What a process that died left is written over."""
        return uploads_dir() / f"{self.pk}.entry"

    @property
    def is_archive(self) -> bool:
        """Whether it is a zip whose files are works of their own."""
        return self.entry_count is not None

    @property
    def is_known(self) -> bool:
        """Whether its owner had the work of this file already."""
        return KNOWN in self.fields

    @property
    def is_whole(self) -> bool:
        """Whether all bytes have come."""
        return self.offset == self.length


class Outcome(TextChoices):
    """What became of a file of a zip."""

    ADDED = "added"
    KNOWN = "known", "You had it already"
    REPEATED = "repeated", "The same as another file of this zip"
    REFUSED = "refused"


class UploadedEntry(Model):
    """What became of one file of a zip. It goes with its upload."""

    upload = ForeignKey(Upload, CASCADE, related_name="entries", db_index=False)
    number = IntegerField()
    name = CharField(max_length=255, blank=True)
    outcome = CharField(max_length=8, choices=Outcome)
    item = ForeignKey(ContentItem, SET_NULL, null=True, related_name="+", db_index=False)
    error = TextField(blank=True, help_text="Why it was refused.")
    # Its work is private until its title and tags are saved, and then shown to all.
    publishes = BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()
        indexes = [
            # What refers to a work that is deleted, and whether a zip had a work before.
            Index("item", "upload", condition=Q(item__isnull=False), name="uploaded_entry_item"),
        ]
        constraints = [
            UniqueConstraint("upload", "number", name="uploaded_entry_once"),
            CheckConstraint(condition=Q(outcome__in=Outcome.values), name="uploaded_entry_outcome_known"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.number)


class LeftContent(Model):
    """A content that a work or a place of a library no longer refers to: perhaps nothing does (uploads/leftovers.py).

    Triggers write it, whatever deletes the work.
    """

    media_file_id = BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.media_file_id)
