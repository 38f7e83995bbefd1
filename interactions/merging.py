"""Merging duplicates: what people did with some works goes to the one that is kept, and the others are deleted."""

from collections.abc import Collection, Iterable
from itertools import chain

from django.db import transaction

from content.hidden_prompts import prompts_of, tags_besides
from content.models import ContentItem
from content.owners import delete_item
from interactions.models import ONCE_KINDS, Interaction, Kind
from users.models import User

MOST_TAGS = 100  # of ContentItem.tags
BATCH_ROWS = 5_000
# What goes to the work that is kept. Views of the others were views of the others.
KEPT_KINDS = (*ONCE_KINDS, Kind.COMMENT, Kind.SHARE, Kind.DOWNLOAD)


class NotOwnError(LookupError):
    """A work is not there, or not the owner's."""


def own_works(owner: User, pks: Collection[int]) -> list[ContentItem]:
    """Return works by id in the order of ids, with their files. One query. Raises NotOwnError if one is not theirs."""
    works = list(ContentItem.objects.filter(creator=owner, pk__in=pks).for_details().order_by("pk"))
    if len(works) != len(set(pks)):
        raise NotOwnError(pks)
    return works


@transaction.atomic
def merge(owner: User, kept_id: int, other_ids: Collection[int]) -> ContentItem:
    """Keep one work with the tags, likes, bookmarks, ratings, comments, shares and downloads of all; delete the others.

    A person who likes two of them likes the kept one once. Files in libraries are left alone. Raises NotOwnError.
    """
    others = [pk for pk in set(other_ids) if pk != kept_id]
    rows = ContentItem.objects.filter(creator=owner, pk__in=[kept_id, *others]).order_by("pk")
    # Locked in the order of ids; the columns that works refer to others by are not.
    works = {item.pk: item for item in rows.select_for_update(of=("self",), no_key=True).defer("search_words")}
    if kept_id not in works or not others or len(works) != len(others) + 1:
        raise NotOwnError([kept_id, *others])
    kept = works.pop(kept_id)
    _merge_tags(kept, works.values())
    _move(kept_id, others)
    for item in works.values():
        delete_item(item)
    return kept


def _merge_tags(kept: ContentItem, others: Collection[ContentItem]) -> None:
    """Add the tags of other works that a work has not, whatever their case."""
    united = {tag.casefold(): tag for tag in kept.tags}
    for tag in chain.from_iterable(_tags_for(kept, item) for item in others):
        united.setdefault(tag.casefold(), tag)
    tags = [*kept.tags, *list(united.values())[len({tag.casefold() for tag in kept.tags}) :]][:MOST_TAGS]
    if tags != kept.tags:
        kept.tags = tags
        kept.save(update_fields=["tags", "updated_at"])


def _tags_for(kept: ContentItem, other: ContentItem) -> list[str]:
    """Return the tags that a work gives to the kept one: if that hides its prompt, none made of the other's prompt."""
    return tags_besides(other.tags, prompts_of(other)) if kept.hides_prompt else other.tags


def _move(kept_id: int, others: Collection[int]) -> None:
    """Move what people did; of what a person does once the newest goes, unless they did it with the kept work."""
    once = Interaction.objects.filter(content=kept_id, kind__in=ONCE_KINDS, user__isnull=False)
    done = Interaction.objects.filter(content__in=others, kind__in=KEPT_KINDS).order_by("-created_at", "-pk")
    taken = set(once.values_list("user_id", "kind"))
    moved = _not_taken(done.values_list("pk", "user_id", "kind").iterator(BATCH_ROWS), taken)
    for start in range(0, len(moved), BATCH_ROWS):
        Interaction.objects.filter(pk__in=moved[start : start + BATCH_ROWS]).update(content=kept_id)


def _not_taken(rows: Iterable[tuple[int, int | None, str]], taken: set[tuple[int, str]]) -> list[int]:
    """Return the ids of rows without those that a person did once before. Accounts that are gone are no person."""
    ids = []
    for pk, user, kind in rows:
        if user is not None and kind in ONCE_KINDS:
            if (user, kind) in taken:
                continue
            taken.add((user, kind))
        ids.append(pk)
    return ids
