"""Works, accounts and what people did, as lines of an export. Works have the form that `import_content` reads."""

from typing import Any

from content.models import ContentItem
from interactions.models import Interaction
from users.levels import LEVEL_NAMES
from users.models import User


def shows_prompt(item: ContentItem, viewer: User | None) -> bool:
    """Return whether an export says what a work was made with. None as the viewer sees all. No query."""
    return viewer is None or item.shows_prompt_to(viewer)


def shown_creator(item: ContentItem, viewer: User | None) -> User | None:
    """Return who made a work, which is loaded with it: to viewers a deactivated account is as good as deleted."""
    is_shown = item.creator is not None and (viewer is None or item.creator.is_active)
    return item.creator if is_shown else None


def source_id_of(item: ContentItem, viewer: User | None) -> str:
    """Return what a work is called in an export: as where it came from, else its id and the time that it was made.

    The `source_id` of an import may be a hash of its prompt: it is hidden with it.
    """
    own = f"genonaut:{item.pk}:{int(item.created_at.timestamp() * 1_000_000):x}"
    return (item.source_id if shows_prompt(item, viewer) else None) or own


def work_line(item: ContentItem, viewer: User | None, *, file: str | None) -> dict[str, Any]:
    """Return a work, with the path of its file relative to the list; what is hidden from the viewer is left out.

    No query if the creator is loaded.
    """
    made = {"prompt": item.prompt, "seed": item.exact_seed, "metadata": item.metadata}
    creator = shown_creator(item, viewer)
    line = {
        "source_id": source_id_of(item, viewer),
        "title": item.title,
        "content_type": item.content_type,
        "source": item.source,
        "creator": creator.username if creator else None,
        "data": item.data,
        "tags": item.tags,
        "quality_score": _score(item, viewer),
        "level": LEVEL_NAMES[item.level],
        "is_private": item.is_private,
        "hides_prompt": item.hides_prompt,
        "created_at": item.created_at.isoformat(),
        "file": file,
        **(made if shows_prompt(item, viewer) else {}),
    }
    return {name: value for name, value in line.items() if value is not None}


def _score(item: ContentItem, viewer: User | None) -> float | None:
    """Return a work's quality score; where all ratings come along, the one that they are added to again."""
    return item.prior_score if viewer is None and item.rating_count > 0 else item.quality_score


def person_line(user: User) -> dict[str, Any]:
    """Return what an account shows to all, and whether it is deactivated: neither e-mail address nor password."""
    line = {"username": user.username, "name": user.name, "created_at": user.created_at.isoformat()}
    return line if user.is_active else {**line, "is_active": False}


def interaction_line(row: Interaction, viewer: User | None) -> dict[str, Any]:
    """Return what was done with a work, which is loaded as the user is."""
    line = {
        "work": source_id_of(row.content, viewer),
        "user": row.user.username if row.user else None,
        "kind": row.kind,
        "rating": row.rating,
        "comment": row.comment,
        "duration_seconds": row.duration_seconds,
        "metadata": row.metadata,
        "created_at": row.created_at.isoformat(),
    }
    return {name: value for name, value in line.items() if value not in (None, "", {})}
