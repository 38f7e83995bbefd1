"""Deletions under way, counts of guesses, postponed indexes, what replicas need to know, the note beside the files."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigAutoField,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateTimeField,
    Index,
    IntegerField,
    JSONField,
    Model,
    Q,
    SmallIntegerField,
    TextField,
    UniqueConstraint,
)
from django.db.models.functions import Now


class Deletion(Model):
    """A row that is being deleted in batches, or all rows of one of its relations (genonaut/deletions.py).

    It refers to the row by its number alone, and outlives it.
    """

    id = BigAutoField(primary_key=True)
    target = CharField("what", max_length=100, editable=False, help_text="A model's label, as users.User.")
    row_id = BigIntegerField("id", editable=False)
    relation = CharField(
        max_length=100, blank=True, editable=False, help_text="The relation whose rows go; empty where the row goes."
    )
    # Rows deleted and changed so far, by the label of their model.
    deleted = JSONField(default=dict, editable=False)
    changed = JSONField(default=dict, editable=False)
    requested_at = DateTimeField(db_default=Now(), editable=False)
    worked_at = DateTimeField(null=True, editable=False)
    finished_at = DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            # The next to work on: the one that waits for longest.
            Index("worked_at", "id", condition=Q(finished_at__isnull=True), name="deletion_unfinished"),
        ]
        constraints = [
            # Asked for twice, it is one.
            UniqueConstraint(
                "target", "row_id", "relation", condition=Q(finished_at__isnull=True), name="deletion_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.relation or 'all'} of {self.target} {self.row_id}"

    @property
    def rows(self) -> int:
        """How many rows were deleted and changed so far."""
        return sum(self.deleted.values()) + sum(self.changed.values())


class Tries(Model):
    """When one key was tried within its period (genonaut/http/limits.py). The table is UNLOGGED: a crash empties it."""

    # SHA-256 in hex, of who tried what.
    key = CharField(max_length=64, primary_key=True)
    times = ArrayField(DateTimeField())
    # How often it was refused since it was last taken.
    refused = IntegerField(default=0)
    expires_at = DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [
            # Rows to clear away.
            Index("expires_at", name="tries_expired"),
        ]

    def __str__(self) -> str:
        return self.key


class PostponedIndex(Model):
    """An index that a load dropped and has yet to build again (genonaut/postponed_indexes.py)."""

    name = CharField(max_length=63, primary_key=True)
    table = CharField(max_length=63)
    # The statement that makes it, as PostgreSQL writes it.
    definition = TextField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} on {self.table}"


class PrimaryStart(Model):
    """When the server started that takes changes, in the one row that there is (genonaut/database/starts.py)."""

    id = SmallIntegerField(primary_key=True)
    # How many starts were noted before this one: of two, the later has the higher number.
    number = BigIntegerField()
    started_at = DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(id=1), name="primary_start_is_one")]

    def __str__(self) -> str:
        return f"start {self.number}"


class WriteMark(Model):
    """Where the last change by clients with tokens of an account is in the log (genonaut/replicas/positions.py)."""

    # The account's. The rows are few, so that clearing them needs no index.
    key = CharField(max_length=64, primary_key=True)
    number = BigIntegerField()
    position = BigIntegerField()
    noted_at = DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class FilesNote(Model):
    """The one row about the note that the site leaves beside its files (genonaut/files_note.py)."""

    token = CharField(max_length=32, blank=True)
    looked_at = DateTimeField(null=True)
    # Looks in a row that met the note of another database server, and what that is.
    strangers = IntegerField(default=0)
    stranger = CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(id=1), name="files_note_one_row")]

    def __str__(self) -> str:
        return self.token


class SiteStatus(Deletion):
    """The operators' page as a line of the admin's index, with a permission of its own. It has no rows.

    A proxy, whose model does not matter: `dumpdata` would read a table of a model that has none.
    """

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "status of the site"
