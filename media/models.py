"""Files by their content, the folders that they lie in, and what generated them.

A MediaFile is a content, whatever its name and wherever it lies; a LibraryFile is a place where it was seen. Works
(content.ContentItem) refer to a content and to its GenerationData: a file may be moved, or lie in two places, and its
work stays what it is.
"""

from pathlib import Path

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, HashIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    Func,
    Index,
    IntegerField,
    JSONField,
    Model,
    OneToOneField,
    Q,
    SmallIntegerField,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.db.models.lookups import Exact
from django.utils import timezone

from genonaut.moments import in_calendar
from genonaut.whole_numbers import LARGEST, WholeNumberField
from media.hash_bands import BAND_MASK, BAND_SHIFTS
from users.models import User

SHA256_BYTES = 32


class OctetLength(Func):
    """The bytes of a binary value."""

    function = "octet_length"
    output_field = IntegerField()


class Cardinality(Func):
    """The number of elements of an array."""

    function = "cardinality"
    output_field = IntegerField()


class MediaFile(Model):
    """One content. Width and height are those of the picture as shown, turned by its EXIF."""

    sha256 = BinaryField()
    format = CharField(max_length=8)
    mime = CharField(max_length=40)
    size = BigIntegerField("bytes")
    width = IntegerField(null=True)
    height = IntegerField(null=True)
    duration = FloatField("seconds", null=True)
    frames = IntegerField(null=True)
    # Empty: it lies in libraries only.
    stored_as = CharField(max_length=200, blank=True, help_text="Its name in the storage of uploads.")
    # What the picture pass writes: not yet (NULL), or where there is no picture.
    pictured_at = DateTimeField(null=True)
    thumbhash = BinaryField(null=True)
    colour = CharField(max_length=7, blank=True, help_text="The mean colour, #rrggbb.")
    perceptual_hash = BigIntegerField(null=True)
    picture_error = TextField(blank=True, help_text="Why there are no thumbnails.")
    # The module that was not installed and would decode it: once it is, the picture pass tries again.
    waits_for = CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    created_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # What the picture pass has still to do.
            Index("id", condition=Q(pictured_at=None), name="media_file_not_pictured"),
            # What waits for a decoder.
            Index("id", condition=~Q(waits_for=""), name="media_file_waits_for"),
            # Pictures like another (media/near.py): those that share a band of its hash. All that is read lies in them.
            *(
                Index(
                    F("perceptual_hash").bitrightshift(shift).bitand(BAND_MASK),
                    condition=Q(perceptual_hash__isnull=False),
                    include=["id", "perceptual_hash"],
                    name=f"media_file_hash_band_{number}",
                )
                for number, shift in enumerate(BAND_SHIFTS)
            ),
        ]
        constraints = [
            UniqueConstraint("sha256", name="media_file_sha256_unique"),
            CheckConstraint(condition=Exact(OctetLength("sha256"), SHA256_BYTES), name="media_file_sha256_32_bytes"),
            CheckConstraint(condition=Q(size__gte=0), name="media_file_size_not_negative"),
            CheckConstraint(
                condition=Q(width=None, height=None) | Q(width__gt=0, height__gt=0),
                name="media_file_width_and_height",
            ),
            CheckConstraint(condition=in_calendar("pictured_at", "created_at"), name="media_file_times_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.hex[:12]}"

    @property
    def hex(self) -> str:
        """The SHA-256 of the content in 64 hexadecimal digits."""
        return bytes(self.sha256).hex()


class MetadataBlocks(Model):
    """The blocks of metadata of a content as they were read, packed (media/blocks.py): a newer reader runs over them
    without the file. A table of its own, since only that reader wants them."""

    media_file = OneToOneField(MediaFile, CASCADE, primary_key=True, related_name="metadata_blocks")
    packed = BinaryField()
    reader_version = SmallIntegerField()

    class Meta:
        default_permissions = ()
        # What a newer reader has still to read.
        indexes = [Index("reader_version", "media_file", name="media_blocks_reader_version")]

    def __str__(self) -> str:
        return f"{len(self.packed):,} bytes of file {self.media_file_id}"


class Library(Model):
    """A folder that is read where it lies: never written to, its files neither moved nor deleted."""

    name = CharField(max_length=100, unique=True)
    folder = TextField(unique=True)
    # Whose the works are; without one they are the site's.
    owner = ForeignKey(User, CASCADE, null=True, blank=True, related_name="libraries", db_index=False)
    is_private = BooleanField("private", default=False, help_text="Its works are seen by the owner alone.")
    # Of its new works; each has a switch of its own.
    hides_prompts = BooleanField("prompts hidden", default=False, db_default=False)
    # Its owner has closed the account: it is read no more, and holds the files of public works that stay.
    is_closed = BooleanField("closed", default=False, db_default=False, editable=False)
    offline_since = DateTimeField(null=True, editable=False)
    scanned_at = DateTimeField(null=True, editable=False)
    created_at = DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "libraries"
        indexes = [
            # Whose libraries go with an account.
            Index("owner", condition=Q(owner__isnull=False), name="library_owner"),
        ]
        constraints = [
            CheckConstraint(condition=~Q(name="") & ~Q(folder=""), name="library_has_name_and_folder"),
            CheckConstraint(condition=Q(is_private=False) | Q(owner__isnull=False), name="library_private_has_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> Path:
        """The folder."""
        return Path(self.folder)


class LibraryFile(Model):
    """A place in a library where a file was seen. Without a content it could not be read, and says why."""

    library = ForeignKey(Library, CASCADE, related_name="files", db_index=False)
    path = TextField(help_text="Below the library's folder.")
    size = BigIntegerField("bytes")
    mtime_ns = BigIntegerField("modified", help_text="Nanoseconds since 1970.")
    # Sizes and times of the files that belong to it, hashed: once they change, it is read again. NULL: there are none.
    beside = BigIntegerField(null=True, editable=False)
    media_file = ForeignKey(MediaFile, PROTECT, null=True, related_name="places", db_index=False)
    error = TextField(blank=True, help_text="Why it could not be read.")
    seen_at = DateTimeField()
    missing_since = DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        indexes = [
            # Where a content lies, and whether any place is left.
            Index("media_file", condition=Q(media_file__isnull=False), name="library_file_media_file"),
            # What is reported: files that could not be read, and files that are missing.
            Index("library", "id", condition=~Q(error=""), name="library_file_error"),
            Index("library", "missing_since", condition=Q(missing_since__isnull=False), name="library_file_missing"),
        ]
        constraints = [
            UniqueConstraint("library", "path", name="library_file_path_unique"),
            CheckConstraint(
                condition=Q(media_file__isnull=False) | ~Q(error=""), name="library_file_has_content_or_error"
            ),
            CheckConstraint(condition=~Q(path=""), name="library_file_path_not_empty"),
        ]

    def __str__(self) -> str:
        return self.path


class LeftOut(Model):
    """A content of a library whose work was deleted on the site: no scan of the library makes it again."""

    library = ForeignKey(Library, CASCADE, related_name="left_out", db_index=False)
    media_file = ForeignKey(MediaFile, CASCADE, related_name="left_out")
    created_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [UniqueConstraint("library", "media_file", name="left_out_once")]

    def __str__(self) -> str:
        return f"file {self.media_file_id} of library {self.library_id}"


class DismissedPair(Model):
    """Two contents that look alike and that an owner said are no duplicates; the same one twice for its copies."""

    owner = ForeignKey(User, CASCADE, related_name="dismissed_pairs", db_index=False)
    first = ForeignKey(MediaFile, CASCADE, related_name="+")
    second = ForeignKey(MediaFile, CASCADE, related_name="+")
    created_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            UniqueConstraint("owner", "first", "second", name="dismissed_pair_once"),
            CheckConstraint(condition=Q(first__lte=F("second")), name="dismissed_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"files {self.first_id} and {self.second_id}"


class ModelKind(TextChoices):
    """What a GenerativeModel is."""

    MODEL = "model"
    LORA = "lora", "LoRA"


class GenerativeModel(Model):
    """A model or LoRA that works were made with, by the name that generators write, and its hash where one did.

    Another name with the same hash is the same model: if it is new it is an alias, and works refer to the first.
    """

    kind = CharField(max_length=5, choices=ModelKind)
    name = CharField(max_length=300)
    # What names are compared by, whatever their case, and the words that find them: written by a trigger (0002).
    key = CharField(max_length=400, editable=False)
    search_words = SearchVectorField(null=True, editable=False, serialize=False)
    hash = CharField(max_length=100, blank=True)
    alias_of = ForeignKey("self", PROTECT, null=True, blank=True, related_name="aliases", db_index=False)
    # Chosen by staff: however many creators use another, it stays.
    is_name_fixed = BooleanField("name is fixed", default=False, db_default=False, editable=False)
    # A public work that shows its prompt has called it so. Of an alias it says whether searches know the name: they
    # would else tell of private works that have it.
    is_name_public = BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = "model"
        indexes = [
            # The names of one model.
            Index("alias_of", condition=Q(alias_of__isnull=False), name="generative_model_alias_of"),
            # The models that have a hash: names that were in use before it was written beside them are no aliases.
            Index("kind", "hash", condition=~Q(hash=""), name="generative_model_hash"),
            # The models that a word of a search names.
            GinIndex(fields=["search_words"], name="generative_model_search_words"),
        ]
        constraints = [
            UniqueConstraint("kind", "key", name="generative_model_name_unique"),
            CheckConstraint(condition=Q(kind__in=ModelKind.values), name="generative_model_kind_known"),
            CheckConstraint(condition=~Q(name="") & ~Q(key=""), name="generative_model_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ModelNaming(Model):
    """A creator who calls a model so in a public work; without a creator the site does. Of each name the first hundred
    (media/naming.py): the name that most use is shown."""

    model = ForeignKey(GenerativeModel, CASCADE, related_name="namings", db_index=False)
    key = CharField(max_length=400)
    creator = ForeignKey(User, CASCADE, null=True, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()
        indexes = [
            # Whose namings go with an account.
            Index("creator", condition=Q(creator__isnull=False), name="model_naming_creator"),
        ]
        constraints = [
            UniqueConstraint("model", "key", "creator", nulls_distinct=False, name="model_naming_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} by {self.creator_id}"


class GenerationData(Model):
    """What a generator wrote about a work: found by filters and shown on its page, never by cards.

    A content has one, which all its works refer to.
    """

    media_file = OneToOneField(MediaFile, CASCADE, null=True, blank=True, related_name="generation")
    generator = CharField(max_length=20, blank=True)
    prompt = TextField(blank=True)
    negative_prompt = TextField(blank=True)
    model = ForeignKey(GenerativeModel, PROTECT, null=True, blank=True, related_name="+", db_index=False)
    # Ids of GenerativeModel, and the weight of each (NULL: none was said).
    loras = ArrayField(BigIntegerField(), default=list, blank=True)
    lora_weights = ArrayField(FloatField(null=True), default=list, blank=True)
    sampler = CharField(max_length=100, blank=True)
    scheduler = CharField(max_length=100, blank=True)
    steps = IntegerField(null=True, blank=True)
    cfg = FloatField(null=True, blank=True)
    seed = WholeNumberField(null=True, blank=True)
    # The size that was asked for, in pixels: of works without a file it is all that is known.
    width = IntegerField(null=True, blank=True)
    height = IntegerField(null=True, blank=True)
    has_workflow = BooleanField(default=False)
    more = JSONField(default=dict, blank=True)
    warnings = ArrayField(TextField(), default=list, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "generation data"
        indexes = [
            # Works of the same prompt. It keeps a hash of 4 bytes, however long the prompt is.
            HashIndex(fields=["prompt"], condition=~Q(prompt=""), name="generation_data_prompt"),
        ]
        constraints = [
            CheckConstraint(
                condition=Q(seed__isnull=True) | Q(seed__range=(0, LARGEST)), name="generation_data_seed_64_bits"
            ),
            # As many weights as LoRAs.
            CheckConstraint(
                condition=Exact(Cardinality("loras"), Cardinality("lora_weights")), name="generation_data_lora_weights"
            ),
        ]

    def __str__(self) -> str:
        return self.generator or "unknown"


class StoredBytes(Model):
    """What the stored files of an account take: counted once, and added to by each upload (content/quotas.py).

    Only accounts that sent a file while there was a limit have one.
    """

    owner = OneToOneField(User, CASCADE, primary_key=True, related_name="+")
    bytes = BigIntegerField()
    counted_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [CheckConstraint(condition=Q(bytes__gte=0), name="stored_bytes_not_negative")]

    def __str__(self) -> str:
        return f"{self.bytes:,} bytes of account {self.owner_id}"
