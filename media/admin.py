"""The admin of files, libraries, models and generation data: facts, which are looked at and not changed here."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join

from genonaut.large_admin import FactsAdmin, RelatedRowFilter, as_id, change_link
from media.models import SHA256_BYTES, GenerationData, GenerativeModel, Library, LibraryFile, MediaFile, ModelKind
from media.naming import fix_name
from media.thumbnails import GRID, thumbnail_address, thumbnail_size

# Works and places of a content that its form links to.
MOST_LINKS = 10


def preview(file: MediaFile | None, most: int, title: str) -> str:
    """Return a file's smallest thumbnail, shown at most so many pixels wide and high; a dash if it has none."""
    if file is None or file.width is None or file.picture_error:
        return "–"
    width, height = thumbnail_size(file.width, file.height, GRID[0])
    return image(thumbnail_address(file.hex, GRID[0]), width, height, most, title)


def image(address: str, width: int, height: int, most: int, title: str) -> str:
    """Return a picture of a size, shown at most so many pixels wide and high."""
    scale = min(1, most / max(width, height))
    html = '<img class="picture" src="{}" width="{}" height="{}" alt="Picture of {}" loading="lazy">'
    return format_html(html, address, *(max(1, round(side * scale)) for side in (width, height)), title)


def links(rows: QuerySet) -> str:
    """Return links to the first rows of some. One query."""
    return format_html_join(" · ", "{}", [(change_link(row),) for row in rows.order_by("pk")[:MOST_LINKS]]) or "–"


@admin.register(MediaFile)
class MediaFileAdmin(FactsAdmin):
    """Contents."""

    list_display = ("thumbnail", "id", "format", "shape", "bytes", "picture_error", "created_at")
    list_display_links = ("thumbnail", "id")
    list_only = ("sha256", "format", "width", "height", "size", "picture_error", "created_at")
    search_fields = ("id", "sha256")
    search_help_text = "An id, or a whole SHA-256 in hexadecimal digits."
    fields = (
        *("large_thumbnail", "hash", "format", "mime", "bytes", "shape", "duration", "frames", "works", "places"),
        *("stored_as", "pictured_at", "picture_error", "colour", "created_at"),
    )

    @admin.display(description="picture")
    def thumbnail(self, file: MediaFile) -> str:
        """Return the small picture."""
        return preview(file, 64, str(file))

    @admin.display(description="picture")
    def large_thumbnail(self, file: MediaFile) -> str:
        """Return the picture."""
        return preview(file, GRID[0], str(file))

    @admin.display(description="SHA-256")
    def hash(self, file: MediaFile) -> str:
        """Return the hash of the content."""
        return file.hex

    @admin.display(description="pixels")
    def shape(self, file: MediaFile) -> str:
        """Return width and height."""
        return "–" if file.width is None else f"{file.width:,} × {file.height:,}"

    @admin.display(description="size")
    def bytes(self, file: MediaFile) -> str:
        """Return the size for people."""
        return filesizeformat(file.size)

    @admin.display(description="works")
    def works(self, file: MediaFile) -> str:
        """Return links to the first works of the content."""
        return links(file.works.only("title"))

    @admin.display(description="places")
    def places(self, file: MediaFile) -> str:
        """Return links to the first places of the content."""
        return links(file.places.only("path"))

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        if len(term) != 2 * SHA256_BYTES:
            return as_id(term)
        try:
            return Q(sha256=bytes.fromhex(term))
        except ValueError:
            return Q(pk__in=[])


@admin.register(Library)
class LibraryAdmin(FactsAdmin):
    """Libraries; the commands `library add` and `library remove` change them. They go with their owner's account, or
    are closed with it."""

    goes_along = True
    list_display = ("name", "id", "folder", "owner", "is_private", "scanned_at", "offline_since")
    list_select_related = ("owner",)
    list_only = ("name", "folder", "owner__username", "is_private", "scanned_at", "offline_since")
    list_filter = (("owner", RelatedRowFilter),)
    search_fields = ("id", "name")
    search_help_text = "An id, or a whole name."
    fields = (
        *("name", "folder", "owner", "is_private", "hides_prompts", "is_closed", "scanned_at", "offline_since"),
        "created_at",
    )

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return Q(name=term) | as_id(term) if term.isdecimal() else Q(name=term)


@admin.register(LibraryFile)
class LibraryFileAdmin(FactsAdmin):
    """Places in libraries."""

    goes_along = True
    list_display = ("path", "id", "library", "error", "seen_at", "missing_since")
    list_select_related = ("library",)
    list_only = ("path", "library__name", "error", "seen_at", "missing_since")
    list_filter = (("library", RelatedRowFilter), ("media_file", RelatedRowFilter))
    search_fields = ("id", "path")
    search_help_text = "An id, or a library and a path below its folder, as in pictures/2024/fog.png."
    fields = ("path", "library", "content", "size", "modified_ns", "error", "seen_at", "missing_since")

    @admin.display(description="content")
    def content(self, place: LibraryFile) -> str:
        """Return a link to the content."""
        return "–" if place.media_file is None else change_link(place.media_file)

    @admin.display(description="modified")
    def modified_ns(self, place: LibraryFile) -> str:
        """Return the time in nanoseconds since 1970, in all digits."""
        return str(place.mtime_ns)

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        name, _, path = term.partition("/")
        return Q(library__name=name, path=path) if path else as_id(term)


@admin.register(GenerativeModel)
class GenerativeModelAdmin(FactsAdmin):
    """Models and LoRAs. Staff who may change them choose which of its names a model shows."""

    actions = ("fix_names",)
    list_display = ("name", "id", "kind", "hash", "alias_of")
    list_select_related = ("alias_of",)
    list_only = ("name", "kind", "hash", "alias_of__name")
    list_filter = ("kind",)
    search_fields = ("id", "name", "hash")
    search_help_text = "An id, a whole name in its case, or a whole hash."
    fields = ("name", "kind", "hash", "alias_of", "other_names", "is_name_fixed")

    def has_naming_permission(self, request: HttpRequest) -> bool:
        """Return whether the action is offered."""
        return request.user.has_perm("media.change_generativemodel")

    @admin.action(description="Show this name of the model, and keep it", permissions=("naming",))
    def fix_names(self, request: HttpRequest, models: QuerySet[GenerativeModel]) -> None:
        """Fix the names of the selected models; an alias becomes the name that is shown."""
        for model in models:
            fix_name(model.pk)
            self.log_change(request, model, "Fixed the name.")
            self.message_user(request, f"The model shows “{model.name}”, whatever works say.")

    @admin.display(description="other names")
    def other_names(self, model: GenerativeModel) -> str:
        """Return links to the first aliases."""
        return links(model.aliases.only("name"))

    def search(self, term: str) -> Q:
        """Return the condition of a search; the indexes of names and hashes begin with the kind."""
        named = Q(kind__in=ModelKind.values) & (Q(key=term.lower()) | Q(hash=term))
        return named | as_id(term) if term.isdecimal() else named


@admin.register(GenerationData)
class GenerationDataAdmin(FactsAdmin):
    """What generators wrote."""

    list_display = ("generator_name", "id", "model", "sampler", "steps", "cfg", "seed_digits", "has_workflow")
    list_select_related = ("model",)
    list_only = ("generator", "model__name", "sampler", "steps", "cfg", "seed", "has_workflow")
    search_fields = ("id",)
    search_help_text = "An id."
    fields = (
        *("generator_name", "content", "works", "prompt", "negative_prompt", "model", "lora_names"),
        *("sampler", "scheduler", "steps", "cfg", "seed_digits", "width", "height", "has_workflow", "more", "warnings"),
    )

    @admin.display(description="generator")
    def generator_name(self, data: GenerationData) -> str:
        """Return the generator's name, which links to the row."""
        return str(data)

    @admin.display(description="content")
    def content(self, data: GenerationData) -> str:
        """Return a link to the content."""
        return "–" if data.media_file is None else change_link(data.media_file)

    @admin.display(description="works")
    def works(self, data: GenerationData) -> str:
        """Return links to the first works that it is about."""
        return links(data.works.only("title"))

    @admin.display(description="LoRAs")
    def lora_names(self, data: GenerationData) -> str:
        """Return links to the LoRAs."""
        return links(GenerativeModel.objects.filter(pk__in=data.loras).only("name"))

    @admin.display(description="seed")
    def seed_digits(self, data: GenerationData) -> str:
        """Return the seed in all its digits."""
        return "–" if data.seed is None else str(data.seed)
