"""Records: one imported line, checked and put into one form, whether it came in ours or in Tate's."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from content.models import PROMPT_LIMIT, ContentItem, ContentType, Source
from genonaut.json_values import storable_json_text
from genonaut.whole_numbers import read_whole_number
from users.levels import LEVEL_NAMES
from users.models import User

FILE_LIMIT = 4_096
DATA_LIMIT = 10_000_000
TITLE_LIMIT = ContentItem._meta.get_field("title").max_length
SOURCE_ID_LIMIT = ContentItem._meta.get_field("source_id").max_length
TAG_LIMIT = ContentItem._meta.get_field("tags").base_field.max_length
TAGS_LIMIT = ContentItem._meta.get_field("tags").size
NAME_LIMIT = User._meta.get_field("name").max_length

TATE_DETAILS = ("medium", "classification", "year", "url")
TATE_DIMENSIONS = ("width", "height", "units")
TATE_ONLY = frozenset({*TATE_DETAILS, *TATE_DIMENSIONS, "acquired"})
TATE_FIELDS = TATE_ONLY | {"source_id", "title", "creator", "tags"}


class BadRecord(ValueError):
    """A line that cannot be imported; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Record:
    """One item to import. None: the line does not say; a new item gets the default, an old one keeps its value."""

    # None only with a file, which gives one.
    title: str | None
    source_id: str
    content_type: str | None = None
    source: str | None = None
    creator: str | None = None
    prompt: str | None = None
    data: str | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    quality_score: float | None = None
    level: str | None = None
    is_private: bool | None = None
    hides_prompt: bool | None = None
    seed: int | None = None
    created_at: datetime | None = None
    # Relative to the list's folder.
    file: str | None = None

    def __post_init__(self) -> None:
        if self.is_private and not self.creator:
            raise BadRecord("a private item needs a creator, or no account could see it")


def read_record(value: object) -> Record:
    """Return a line's value as a record; raise BadRecord if it is none.

    Without a `source_id` it gets one from the hash of what it says: the same line is the same item when imported again.
    """
    if not isinstance(value, dict):
        raise BadRecord(f"a JSON object is due, not {json_type(value)}")
    try:
        storable_json_text(value)
    except ValueError as error:
        raise BadRecord(str(error)) from None
    given = {name: part for name, part in value.items() if part is not None}
    known = TATE_FIELDS if value.keys() & TATE_ONLY else CHECKS.keys()
    if unknown := sorted(given.keys() - known):
        raise BadRecord(f"unknown field: {', '.join(unknown)[:100]}")
    neutral = from_tate(given) if known is TATE_FIELDS else given
    checked = {name: CHECKS[name](name, part) for name, part in neutral.items()}
    if not checked.get("title"):
        if not checked.get("file"):
            raise BadRecord("title is missing")
        checked["title"] = None
    if not checked.get("source_id"):
        checked["source_id"] = fingerprint(given)
    return Record(**checked)


def fingerprint(given: dict[str, Any]) -> str:
    """Return a source_id made of everything that a line says, whatever the order of its fields."""
    return "sha256:" + sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def json_type(value: object) -> str:
    """Return what JSON calls a value."""
    names = {list: "an array", dict: "an object", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def wrong_type(name: str, due: str, value: object) -> BadRecord:
    """Return the refusal of a field of the wrong type."""
    return BadRecord(f"{name}: {due} is due, not {json_type(value)}")


def text(limit: int, *, is_kept: bool = False) -> Callable[[str, object], str]:
    """Return the check of a text field: at most `limit` characters, without spaces around it unless they are kept."""

    def check(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise wrong_type(name, "a text", value)
        found = value if is_kept and value.strip() else value.strip()
        if len(found) > limit:
            raise BadRecord(f"{name}: {len(found):,} characters, of at most {limit:,}")
        return found

    return check


def choice(allowed: list[str]) -> Callable[[str, object], str]:
    """Return the check of a field with a few allowed values."""

    def check(name: str, value: object) -> str:
        if value not in allowed:
            raise BadRecord(f"{name}: one of {', '.join(allowed)} is due, not {str(value)[:50]!r}")
        return value

    return check


def score(name: str, value: object) -> float:
    """Check a quality score."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise wrong_type(name, "a number", value)
    if not 0 <= value <= 1:
        raise BadRecord(f"{name}: {str(value)[:50]} is not between 0 and 1")
    return float(value)


def flag(name: str, value: object) -> bool:
    """Check a field that is true or false."""
    if not isinstance(value, bool):
        raise wrong_type(name, "true or false", value)
    return value


def seed(name: str, value: object) -> int:
    """Check a seed."""
    try:
        return read_whole_number(value)
    except ValueError as error:
        raise BadRecord(f"{name}: {error}, not {str(value)[:50]}") from None


def json_object(name: str, value: object) -> dict[str, Any]:
    """Check metadata."""
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    return value


one_tag = text(TAG_LIMIT)


def tag_list(name: str, value: object) -> list[str]:
    """Check tags; one that repeats counts once."""
    if not isinstance(value, list):
        raise wrong_type(name, "an array of texts", value)
    tags = list(dict.fromkeys(one_tag("each of tags", tag) for tag in value))
    if "" in tags:
        raise BadRecord(f"{name}: an empty tag")
    if len(tags) > TAGS_LIMIT:
        raise BadRecord(f"{name}: {len(tags)} tags, of at most {TAGS_LIMIT}")
    return tags


def moment(name: str, value: object) -> datetime:
    """Check an ISO 8601 date or time; one without a zone is UTC."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise wrong_type(name, "a date as text", value)
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRecord(f"{name}: not an ISO 8601 date: {value[:50]!r}") from None


CHECKS: dict[str, Callable[[str, object], Any]] = {
    "title": text(TITLE_LIMIT),
    "source_id": text(SOURCE_ID_LIMIT),
    "content_type": choice(ContentType.values),
    "source": choice(Source.values),
    "creator": text(NAME_LIMIT),
    "prompt": text(PROMPT_LIMIT, is_kept=True),
    "data": text(DATA_LIMIT, is_kept=True),
    "metadata": json_object,
    "tags": tag_list,
    "quality_score": score,
    "level": choice(list(LEVEL_NAMES)),
    "is_private": flag,
    "hides_prompt": flag,
    "seed": seed,
    "created_at": moment,
    "file": text(FILE_LIMIT),
}
if CHECKS.keys() != {field.name for field in fields(Record)}:
    raise AssertionError("every field of a record has a check")


def from_tate(given: dict[str, Any]) -> dict[str, Any]:
    """Return a line of Tate's collection in our form.

    It is dated 1 January of the year it was acquired, else of its own year. A title beyond our limit is cut, and kept
    whole in the metadata.
    """
    metadata = {name: tate_detail(name, given[name]) for name in TATE_DETAILS if name in given}
    if dimensions := {name: tate_detail(name, given[name]) for name in TATE_DIMENSIONS if name in given}:
        metadata["dimensions"] = dimensions
    neutral = {name: given[name] for name in ("source_id", "title", "creator", "tags") if name in given}
    if "source_id" in given:
        metadata["source_id"] = given["source_id"]
    title = given.get("title")
    if isinstance(title, str) and len(title.strip()) > TITLE_LIMIT:
        metadata["title"] = title.strip()
        neutral["title"] = title.strip()[: TITLE_LIMIT - 1] + "…"
    if created_at := new_year("acquired", given.get("acquired")) or new_year("year", given.get("year")):
        neutral["created_at"] = created_at
    return {"content_type": ContentType.IMAGE.value, "metadata": metadata, **neutral}


def tate_detail(name: str, value: object) -> str | int | float:
    """Check a detail of Tate's: a text or a number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise wrong_type(name, "a text or a number", value)
    return value


def new_year(name: str, value: object) -> datetime | None:
    """Return 1 January of a year, UTC; None without a year or where it is words ("no date", "c.1830")."""
    if value is None or (isinstance(value, str) and not re.fullmatch(r"\s*\d{1,9}\s*", value, re.ASCII)):
        return None
    if isinstance(value, (bool, float)) or not isinstance(value, (int, str)):
        raise wrong_type(name, "a year", value)
    try:
        return datetime(int(value), 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadRecord(f"{name}: {str(value)[:50]} is no year from 1 to 9999") from None
