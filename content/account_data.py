"""The works of an account as the copy of its data has them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import get_script_prefix, reverse

from content.indexes import TRASH_KEY
from content.models import ContentItem
from genonaut.database.batches import in_batches
from media.models import GenerativeModel
from users.levels import LEVEL_NAMES, Level
from users.models import User

FIELDS = (
    *("id", "title", "content_type", "source", "source_id", "prompt", "metadata", "tags", "quality_score"),
    *("is_private", "was_private", "trashed_at", "held_at", "hides_prompt", "created_at", "updated_at"),
)
FILE_FIELDS = ("format", "mime", "size", "width", "height", "duration")
MADE_FIELDS = (
    *("generator", "prompt", "negative_prompt", "sampler", "scheduler", "steps", "cfg", "seed", "width", "height"),
    "more",
)


def work_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield an account's public works by level, its private ones, each by age, then its trash. Two queries for 500
    works."""
    for works, key in ordered_works(account):
        for batch in in_batches(works.for_details(), key, "id"):
            names = _lora_names(batch)
            for work in batch:
                yield _row(work, root, names)


def ordered_works(account: User) -> Iterator[tuple[QuerySet, str]]:
    """Yield an account's works in disjoint parts, with the key that an index has each part in order by. No query."""
    for level in Level:
        yield ContentItem.objects.filter(creator=account, is_private=False, level=level.value), "created_at"
    yield ContentItem.objects.owned_by(account).filter(is_private=True), "created_at"
    # All of the trash is private: PostgreSQL expects too few works where both are said, and would sort them.
    trash = ContentItem.objects.filter(creator=account, trashed_at__isnull=False)
    yield trash.annotate(trash_key=TRASH_KEY), "trash_key"


def _lora_names(batch: list[ContentItem]) -> dict[int, str]:
    ids = {pk for work in batch if work.generation for pk in work.generation.loras}
    return dict(GenerativeModel.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _row(work: ContentItem, root: str, names: dict[int, str]) -> dict[str, Any]:
    row = {name: getattr(work, name) for name in FIELDS}
    row["level"] = LEVEL_NAMES[work.level]
    row["text"] = work.data if work.content_type == "text" else ""
    row["library"] = work.library.name if work.library else None
    row["address"] = _address(root, "content:detail", work.pk)
    row["file"] = _file(work, root) if work.media_file else None
    row["made_with"] = _made_with(work, names) if work.generation else None
    return row


def _file(work: ContentItem, root: str) -> dict[str, Any]:
    said = {name: getattr(work.media_file, name) for name in FILE_FIELDS}
    sha256 = bytes(work.media_file.sha256).hex()
    return {"address": _address(root, "content:file", work.pk), "sha256": sha256, **said}


def _made_with(work: ContentItem, names: dict[int, str]) -> dict[str, Any]:
    made = work.generation
    loras = [
        {"name": names.get(pk), "weight": weight} for pk, weight in zip(made.loras, made.lora_weights, strict=False)
    ]
    said = {name: getattr(made, name) for name in MADE_FIELDS}
    return {**said, "model": made.model.name if made.model else None, "loras": loras}


def _address(root: str, name: str, pk: int) -> str:
    return root + reverse(name, args=[pk]).removeprefix(get_script_prefix())
