"""Merging duplicates: what people did with some works goes to the one that is kept, and the others are deleted.

Apps above this one move what they keep about works themselves (content/signals.py).
"""

from collections.abc import Collection, Iterable
from itertools import chain
from math import inf
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from content.hidden_prompts import prompts_of, tags_besides
from content.models import ContentItem
from content.owners import delete_item
from content.signals import merged
from genonaut.deletions import upkeep_wanted
from interactions.models import ONCE_KINDS, Interaction, Kind, Merging
from users.models import User

MOST_TAGS = 100  # of ContentItem.tags
# Rows and works of a transaction: it holds its locks for some 0.3 s.
BATCH_ROWS, BATCH_WORKS = 2_000, 25
# What a request does itself, and what a turn of the background thread does of one merge, if there is more than a batch.
REQUEST_SECONDS = 0.5
TURN_SECONDS = 20.0
# Merges of a turn.
MOST_AT_ONCE = 100
# Of a batch, while people like the kept work.
MOST_TRIES = 5
# What goes to the work that is kept. Views of the others were views of the others.
KEPT_KINDS = (*ONCE_KINDS, Kind.COMMENT, Kind.SHARE, Kind.DOWNLOAD)


class NotOwnError(LookupError):
    """A work is not there, or not the owner's."""


def own_works(owner: User, pks: Collection[int]) -> list[ContentItem]:
    """Return works by id in the order of ids, with their files. One query. Raises NotOwnError if one is not theirs."""
    works = list(ContentItem.objects.owned_by(owner).filter(pk__in=pks).for_details().order_by("pk"))
    if len(works) != len(set(pks)):
        raise NotOwnError(pks)
    return works


def merge(owner: User, kept_id: int, other_ids: Collection[int]) -> ContentItem | None:
    """Keep one work with the tags, likes, bookmarks, ratings, comments, shares and downloads of all; delete the others.

    Return the kept work; None if people did much, of which the rest goes on in the background. A person who likes two
    of them likes the kept one once. Files in libraries are left alone. In batches of a transaction each: one that is
    interrupted has lost nothing, and is gone on with. Raises NotOwnError, before anything is changed unless the kept
    work goes meanwhile.
    """
    others = sorted({*other_ids} - {kept_id})
    if not others:
        raise NotOwnError([kept_id])
    _ask(owner, kept_id, others)
    kept = _go_on(owner, kept_id, REQUEST_SECONDS)
    if kept is None:
        upkeep_wanted.set()
    return kept


def go_on_merging() -> None:
    """Go on with merges that people asked for: a task of upkeep."""
    asked = Merging.objects.order_by("kept", "owner").values_list("kept", "owner").distinct()
    for kept_id, owner_id in list(asked[:MOST_AT_ONCE]):
        try:
            _go_on(User.objects.get(pk=owner_id), kept_id, TURN_SECONDS)
        except (NotOwnError, User.DoesNotExist):  # one of them went, or went to the trash, meanwhile
            Merging.objects.filter(kept=kept_id, owner=owner_id).delete()


@transaction.atomic
def _ask(owner: User, kept_id: int, others: Collection[int]) -> None:
    """Remember what is to be merged. Raises NotOwnError."""
    # The last wish holds: what is kept now is merged into no other.
    Merging.objects.filter(other=kept_id).delete()
    rows = ContentItem.objects.owned_by(owner).filter(pk__in=[kept_id, *others]).order_by("pk")
    if len(rows.select_for_update(of=("self",), no_key=True).values_list("pk")) != len(others) + 1:
        raise NotOwnError([kept_id, *others])
    wishes = [Merging(other_id=pk, kept_id=kept_id, owner=owner) for pk in others]
    Merging.objects.bulk_create(wishes, update_conflicts=True, unique_fields=["other"], update_fields=["kept", "owner"])


def _go_on(owner: User, kept_id: int, seconds: float) -> ContentItem | None:
    """Merge what an owner wants merged into a work; return this, or None if there is more than the time allows.

    Raises NotOwnError.
    """
    until = monotonic() + seconds
    wishes = Merging.objects.filter(kept=kept_id, owner=owner).order_by("other")
    others = list(wishes.values_list("other", flat=True))
    # All works at once, so that of two ratings the newest is kept, whatever batches their works are in.
    if not _move(kept_id, others, until):
        return None
    kept = ContentItem.objects.owned_by(owner).filter(pk=kept_id).first()
    for start in range(0, len(others), BATCH_WORKS):
        kept = _merge_batch(owner, kept_id, others[start : start + BATCH_WORKS])
    return kept


@transaction.atomic
def _merge_batch(owner: User, kept_id: int, others: Collection[int]) -> ContentItem:
    """Add the tags of some works, and what was done with them since, to the kept one, and delete them."""
    wished = _lock_wishes(kept_id).filter(other__in=others).values_list("other", flat=True)
    rows = ContentItem.objects.owned_by(owner).filter(pk__in=[kept_id, *wished]).order_by("pk")
    # Locked in the order of ids; the columns that works refer to others by are not.
    works = {item.pk: item for item in rows.select_for_update(of=("self",), no_key=True).defer("search_words")}
    kept = works.pop(kept_id, None)
    if kept is None:
        raise NotOwnError([kept_id])
    _merge_tags(kept, works.values())
    _move(kept_id, list(works))
    merged.send(ContentItem, kept=kept, others=list(works.values()))
    for item in works.values():
        delete_item(item)
    Merging.objects.filter(kept=kept_id, other__in=others).delete()
    return kept


def _lock_wishes(kept_id: int) -> QuerySet[Merging]:
    """Return what is to be merged into a work, to be locked: two processes at one merge take turns."""
    return Merging.objects.select_for_update().filter(kept=kept_id).order_by("other")


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


def _move(kept_id: int, others: Collection[int], until: float = inf) -> bool:
    """Move what people did, the newest first; what a person does once stays if they did it with the kept work.

    In batches of a transaction each, until a time of the clock; return whether all is moved.
    """
    kept = Interaction.objects.filter(content=kept_id, user=OuterRef("user"), kind=OuterRef("kind"))
    once = Q(kind__in=ONCE_KINDS, user__isnull=False)
    done = Interaction.objects.filter(content__in=others, kind__in=KEPT_KINDS).exclude(once & Exists(kept))
    newest = done.order_by("-created_at", "-pk").values_list("pk", "user_id", "kind")
    tries = MOST_TRIES
    while rows := list(newest[:BATCH_ROWS]):
        try:
            with transaction.atomic():
                list(_lock_wishes(kept_id))
                Interaction.objects.filter(pk__in=_each_once(rows)).update(content=kept_id)
        except IntegrityError as error:  # another request likes the kept work meanwhile, or deletes it
            tries -= 1
            if not ContentItem.objects.filter(pk=kept_id).exists():
                raise NotOwnError([kept_id]) from error
            if tries == 0:
                raise
        if len(rows) == BATCH_ROWS and monotonic() > until:
            return False
    return True


def _each_once(rows: Iterable[tuple[int, int | None, str]]) -> list[int]:
    """Return the ids of rows without those that a person did once before. Accounts that are gone are no person."""
    ids = []
    taken: set[tuple[int, str]] = set()
    for pk, user, kind in rows:
        if user is not None and kind in ONCE_KINDS:
            if (user, kind) in taken:
                continue
            taken.add((user, kind))
        ids.append(pk)
    return ids
