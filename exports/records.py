"""Works, accounts and what people did, as lines of an export. Works have the form that `import_content` reads."""

from typing import Any

from content.models import ContentItem
from interactions.models import Interaction
from users.models import User


def source_id_of(item: ContentItem) -> str:
    """Return what a work is called in an export: as where it came from, else its id and the time that it was made."""
    return item.source_id or f"genonaut:{item.pk}:{int(item.created_at.timestamp() * 1_000_000):x}"


def work_line(item: ContentItem, *, file: str | None, shows_prompt: bool) -> dict[str, Any]:
    """Return a work, with the path of its file relative to the list; what is hidden from the viewer is left out.

    No query if the creator is loaded.
    """
    hidden = {"prompt": item.prompt, "seed": item.exact_seed} if shows_prompt else {}
    line = {
        "source_id": source_id_of(item),
        "title": item.title,
        "content_type": item.content_type,
        "source": item.source,
        "creator": item.creator.username if item.creator else None,
        "data": item.data,
        "metadata": item.metadata,
        "tags": item.tags,
        "quality_score": item.quality_score,
        "is_private": item.is_private,
        "hides_prompt": item.hides_prompt,
        "created_at": item.created_at.isoformat(),
        "file": file,
        **hidden,
    }
    return {name: value for name, value in line.items() if value is not None}


def person_line(user: User) -> dict[str, Any]:
    """Return what an account shows to all: neither e-mail address nor password."""
    return {"username": user.username, "name": user.name, "created_at": user.created_at.isoformat()}


def interaction_line(row: Interaction) -> dict[str, Any]:
    """Return what was done with a work, which is loaded as the user is."""
    line = {
        "work": source_id_of(row.content),
        "user": row.user.username if row.user else None,
        "kind": row.kind,
        "rating": row.rating,
        "comment": row.comment,
        "duration_seconds": row.duration_seconds,
        "metadata": row.metadata,
        "created_at": row.created_at.isoformat(),
    }
    return {name: value for name, value in line.items() if value not in (None, "", {})}
