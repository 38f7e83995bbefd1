"""What the API says of a work's file: its facts, thumbnails, placeholder and picture; each also as SQL of a list."""

from base64 import b64encode
from typing import Any

from django.db.models import Case, CharField, F, FloatField, Func, IntegerField, JSONField, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from content.drawings import address_sql, colour_sql, drawing_colour, drawings_of, is_synthetic, sides_sql
from content.hidden_prompts import shows_prompt
from content.models import ContentItem
from content.stages import STRIPPABLE
from content.thumbnails import thumbnail_of
from genonaut.api.database_json import ORIGIN, BuiltObject, Joined
from genonaut.http.addresses import below_root
from media.models import MediaFile
from media.thumbnails import HEIGHT, WIDTHS, thumbnail_size

ADDRESS = {"type": "string", "format": "uri"}
NUMBER = {"type": "integer", "minimum": 1}
PICTURE_SCHEMA = {
    "type": "object",
    "required": ["url", "width", "height"],
    "properties": {"url": ADDRESS, "width": NUMBER, "height": NUMBER},
}
FILE_SCHEMA = {
    "type": "object",
    "required": ["url", "mime", "bytes", "width", "height", "duration", "sha256"],
    "properties": {
        "url": {"type": ["string", "null"], "format": "uri"},
        "mime": {"type": "string"},
        "bytes": {"type": ["integer", "null"], "format": "int64", "minimum": 0},
        "width": {"type": ["integer", "null"], "minimum": 1},
        "height": {"type": ["integer", "null"], "minimum": 1},
        "duration": {"type": ["number", "null"], "format": "double", "description": "Seconds."},
        "sha256": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
    },
}
PLACEHOLDER_SCHEMA = {
    "type": "object",
    "required": ["thumbhash", "colour"],
    "properties": {
        "thumbhash": {"type": ["string", "null"], "contentEncoding": "base64"},
        "colour": {"type": ["string", "null"], "pattern": "^#[0-9a-f]{6}$"},
    },
}


class Encoded(Func):
    """Bytes as text: `hex` or `base64`, the latter without the line ends that PostgreSQL writes."""

    function = "encode"
    template = r"replace(encode(%(expressions)s, '%(encoding)s'), E'\n', '')"
    output_field = TextField()

    def __init__(self, value: F, encoding: str) -> None:
        super().__init__(value, encoding=encoding)


class ThumbnailSide(Func):
    """One side, in pixels, of a thumbnail of a nominal width: the same as `thumbnail_size` by the same arithmetic."""

    template = "greatest(1, round(%(expressions)s))::int"
    arg_joiner = " * "
    output_field = IntegerField()


class Least(Func):
    """The least of some values."""

    function = "least"
    output_field = FloatField()


class JSONArray(Func):
    """A JSON array that keeps its members as they are."""

    function = "json_build_array"
    output_field = JSONField()


class WorkField(serializers.Field):
    """A field that shows something of the whole work; in SQL it gets the path that leads to the work's row."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(source="*", read_only=True, **kwargs)

    def absolute(self, address: str) -> str:
        """Return an address with the host that was asked."""
        return self.context["request"].build_absolute_uri(address)


@extend_schema_field(FILE_SCHEMA, component_name="File")
class FileField(WorkField):
    """A work's file; null for a work that has none. Where the prompt is hidden from the viewer it is a copy without
    metadata: its size and hash, and its address if there is no such copy, are null."""

    # A client that sends one as a data URI or in base64 takes 201 for kept.
    refused_text = "A file is not taken as text: nothing of this was kept."

    def to_representation(self, value: ContentItem) -> dict[str, Any] | None:
        """Return where the file is and what it is."""
        file = value.media_file
        if file is None:
            return None
        is_original = value.shows_prompt_to(self.context["request"].user)
        path = f"content/{value.pk}/file/" + ("" if is_original else "stripped/")
        return {
            "url": self.absolute(below_root(path)) if is_original or file.format in STRIPPABLE else None,
            "mime": file.mime,
            "bytes": file.size if is_original else None,
            "width": file.width,
            "height": file.height,
            "duration": file.duration,
            "sha256": file.hex if is_original else None,
        }

    def database_json(self, row: F) -> Combinable:
        """Return the same in SQL."""
        file, is_original = f"{row.name}media_file__", shows_prompt(row.name)
        pk = Cast(F(f"{row.name}pk"), TextField())
        address = (ORIGIN, Value("/content/"), pk, Value("/file/"))
        is_strippable = Q(**{f"{file}format__in": sorted(STRIPPABLE)})
        file = {
            "url": Case(
                When(is_original, then=Joined(*address)),
                When(is_strippable, then=Joined(*address, Value("stripped/"))),
            ),
            "mime": F(f"{file}mime"),
            "bytes": Case(When(is_original, then=F(f"{file}size"))),
            **{name: F(f"{file}{name}") for name in ("width", "height", "duration")},
            "sha256": Case(When(is_original, then=Encoded(F(f"{file}sha256"), "hex"))),
        }
        return Case(When(Q(**{f"{row.name}media_file__isnull": False}), then=BuiltObject(file)))


def widths_of(file: MediaFile) -> tuple[int, ...]:
    """Return the nominal widths of a picture's thumbnails: no two show the same pixels."""
    return tuple(width for narrower, width in zip((0, *WIDTHS), WIDTHS, strict=False) if narrower < file.width)


def thumbnail_sql(row: F, width: int) -> BuiltObject:
    """Return address and size of a thumbnail of a nominal width in SQL."""
    file = f"{row.name}media_file__"
    by_hash = (ORIGIN, Value("/thumbnails/"), Encoded(F(f"{file}sha256"), "hex"), Value(f"/{width}.webp"))
    pk = Cast(F(f"{row.name}pk"), TextField())
    by_work = (ORIGIN, Value("/content/"), pk, Value(f"/thumbnails/{width}.webp"))
    address = Case(
        When(**{f"{row.name}hides_prompt": True}, then=Joined(*by_work)),
        default=Joined(*by_hash),
    )
    columns = [Cast(F(f"{file}{side}"), FloatField()) for side in ("width", "height")]
    ratios = [Value(float(most)) / column for most, column in zip((width, HEIGHT), columns, strict=True)]
    scale = Least(Value(1.0), *ratios)
    sides = {side: ThumbnailSide(column, scale) for side, column in zip(("width", "height"), columns, strict=True)}
    return BuiltObject({"url": address, **sides})


@extend_schema_field({"type": "array", "items": PICTURE_SCHEMA})
class ThumbnailsField(WorkField):
    """The thumbnails of a work's picture, the smallest first, or a synthetic work's drawings; none until made."""

    def to_representation(self, value: ContentItem) -> list[dict[str, Any]]:
        """Return address, width and height of each."""
        file = value.media_file
        if file is None and value.is_synthetic:
            return [drawing(self, *made) for made in drawings_of(value)]
        if file is None or not value.is_pictured or file.width is None:
            return []
        return [thumbnail(self, value, width) for width in widths_of(file)]

    def database_json(self, row: F) -> Case:
        """Return the same in SQL."""
        width, is_pictured = f"{row.name}media_file__width", Q(**{f"{row.name}is_pictured": True})
        made = [thumbnail_sql(row, each) for each in WIDTHS]
        # The widest first: how many thumbnails a picture has that is wider than this.
        counts = list(enumerate((0, *WIDTHS[:-1]), start=1))[::-1]
        cases = [
            When(is_pictured & Q(**{f"{width}__gt": least}), then=JSONArray(*made[:count])) for count, least in counts
        ]
        drawings = When(is_drawn(row), then=JSONArray(*(drawing_sql(row, each) for each in WIDTHS)))
        return Case(*cases, drawings, default=JSONArray())


@extend_schema_field(PLACEHOLDER_SCHEMA, component_name="Placeholder")
class PlaceholderField(WorkField):
    """What stands in a picture's place until it is there; null for a work of which nothing is known."""

    def to_representation(self, value: ContentItem) -> dict[str, str | None] | None:
        """Return the thumbhash in base64 and the mean colour."""
        file = value.media_file
        if file is None and value.is_synthetic:
            return {"thumbhash": None, "colour": drawing_colour(value.seed)}
        if file is None or (file.thumbhash is None and not file.colour):
            return None
        thumbhash = None if file.thumbhash is None else b64encode(file.thumbhash).decode()
        return {"thumbhash": thumbhash, "colour": file.colour or None}

    def database_json(self, row: F) -> Case:
        """Return the same in SQL."""
        file = f"{row.name}media_file__"
        colour = Func(F(f"{file}colour"), Value(""), function="nullif", output_field=CharField())
        placeholder = BuiltObject({"thumbhash": Encoded(F(f"{file}thumbhash"), "base64"), "colour": colour})
        drawn = BuiltObject({"thumbhash": Value(None, output_field=TextField()), "colour": colour_sql(row.name)})
        return Case(
            When(Q(**{f"{file}thumbhash__isnull": False}) | Q(**{f"{file}colour__gt": ""}), then=placeholder),
            When(is_drawn(row), then=drawn),
        )


@extend_schema_field(PICTURE_SCHEMA, component_name="Picture")
class PictureField(WorkField):
    """The address and the size in pixels of a work's picture: a thumbnail of its file, or a synthetic work's drawing.

    Null for a work without a picture: a record without a file, a sound, a text, or a file that could not be read.
    """

    # A client that sends one as a data URI or in base64 takes 201 for kept.
    refused_text = "Pictures are not taken here: nothing of this was kept."

    def __init__(self, width: int, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(allow_null=True, **kwargs)
        self.width = width

    def to_representation(self, value: ContentItem) -> dict[str, Any] | None:
        """Return url, width and height."""
        file = value.media_file
        if file is None:
            return drawing(self, *drawings_of(value)[WIDTHS.index(self.width)]) if value.is_synthetic else None
        has_picture = file.width is not None and (value.is_pictured or not file.picture_error)
        return thumbnail(self, value, self.width) if has_picture else None

    def database_json(self, row: F) -> Case:
        """Return the same in SQL."""
        file = f"{row.name}media_file__"
        has_picture = Q(**{f"{row.name}is_pictured": True}) | Q(**{f"{file}picture_error": ""})
        return Case(
            When(is_drawn(row), then=drawing_sql(row, self.width)),
            When(has_picture & Q(**{f"{file}width__isnull": False}), then=thumbnail_sql(row, self.width)),
        )


def is_drawn(row: F) -> Q:
    """Return the condition that a drawing stands for a work."""
    return Q(**{f"{row.name}media_file__isnull": True}) & is_synthetic(row.name)


def drawing_sql(row: F, width: int) -> BuiltObject:
    """Return address and size of a drawing of a nominal width in SQL."""
    url = Joined(ORIGIN, address_sql(row.name, width))
    return BuiltObject({"url": url, **sides_sql(row.name, width)})


def drawing(field: WorkField, address: str, width: int, height: int) -> dict[str, Any]:
    """Return address and size of a drawing."""
    return {"url": field.absolute(address), "width": width, "height": height}


def thumbnail(field: WorkField, item: ContentItem, width: int) -> dict[str, Any]:
    """Return address and size of a thumbnail of a nominal width."""
    wide, high = thumbnail_size(item.media_file.width, item.media_file.height, width)
    return {"url": field.absolute(thumbnail_of(item, width)), "width": wide, "height": high}
