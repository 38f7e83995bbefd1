"""Exports that members asked for: zips that a worker makes part by part."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CASCADE,
    SET_NULL,
    BigIntegerField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    IntegerField,
    Model,
    Q,
    TextField,
    UniqueConstraint,
    UUIDField,
)
from django.utils import timezone

from users.models import User


def expiry() -> datetime:
    """Return when an export that ends now is forgotten."""
    return timezone.now() + timedelta(hours=settings.EXPORT_HOURS)


class Export(Model):
    """Works that a member asked for as zips, by the query of a list. Its parts hold those up to the id `last`."""

    id = UUIDField(primary_key=True, default=uuid4, editable=False)
    # Once the account is gone its files are deleted by upkeep.
    user = ForeignKey(User, SET_NULL, null=True, related_name="exports", db_index=False)
    query = TextField(blank=True)
    # As it was when it was asked for; of a long list an estimate.
    total = IntegerField()
    works = IntegerField("works so far", default=0)
    last = BigIntegerField(default=0)
    error = TextField(blank=True, help_text="Why it ended before all works were in it.")
    failures = IntegerField("tries since the last part", default=0, db_default=0)
    created_at = DateTimeField(default=timezone.now, editable=False)
    finished_at = DateTimeField(null=True)
    expires_at = DateTimeField(default=expiry)

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # A member's own, newest first.
            Index("user", "created_at", name="export_user_newest"),
            # What workers have still to do.
            Index("created_at", condition=Q(finished_at=None), name="export_open"),
            Index("expires_at", name="export_expiry"),
        ]
        constraints = [
            UniqueConstraint("user", condition=Q(finished_at=None), name="export_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"export of {self.total:,} works"


class ExportPart(Model):
    """A zip of an export in the storage of uploads."""

    export = ForeignKey(Export, CASCADE, related_name="parts", db_index=False)
    number = IntegerField()
    stored_as = CharField(max_length=200)
    works = IntegerField()
    size = BigIntegerField("bytes")
    missing = IntegerField("files that it lacks", default=0, db_default=0)
    # What is in it, and of which works their prompts are: it is handed out as long as its member sees them. NULL if it
    # was made before this was kept.
    work_ids = ArrayField(BigIntegerField(), null=True)
    prompt_ids = ArrayField(BigIntegerField(), null=True)

    class Meta:
        default_permissions = ()
        constraints = [UniqueConstraint("export", "number", name="export_part_once")]

    def __str__(self) -> str:
        return f"part {self.number}"
