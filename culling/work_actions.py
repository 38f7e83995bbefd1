"""Actions of owners on their works: tags, levels, privacy, the trash. The rows are locked when these are called."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Func, QuerySet, Value
from django.db.models.expressions import F
from django.utils import timezone

from content.models import ContentItem
from content.trash import move_to_trash, restore
from culling.actions import Action, Outcome, WrongValueError
from users.levels import LEVEL_NAMES, NAMED_LEVELS
from users.models import User

MOST_TAGS, LONGEST_TAG = 100, 100
FULL = f"had {MOST_TAGS} tags already"
HELD = "hidden by moderators"
LEVELLED = "put at a higher level by moderators"


def hide(_user: User, ids: Sequence[int], _value: str) -> Outcome:
    """Make works private; those in the trash stay so once they are restored. Four queries."""
    changed = _set_privacy(ids, is_private=True) + _set_former_privacy(ids, is_private=True)
    return Outcome(dict.fromkeys(changed), unchanged=len(ids) - len(changed))


def publish(_user: User, ids: Sequence[int], _value: str) -> Outcome:
    """Make works public, but for those that moderators hid; those in the trash stay as they are. Three queries."""
    changed = _set_privacy(ids, is_private=False)
    held = _works(ids).filter(held_at__isnull=False, trashed_at=None).count()
    return Outcome(dict.fromkeys(changed), len(ids) - len(changed) - held, _refused(HELD, held))


def undo_hiding(_user: User, changes: Mapping[int, Any], _value: str) -> int:
    """Make works public again; those in the trash will be so once they are restored. Four queries."""
    ids = list(changes)
    return len(_set_privacy(ids, is_private=False)) + len(_set_former_privacy(ids, is_private=False))


def undo_publishing(user: User, changes: Mapping[int, Any], value: str) -> int:
    """Make works private again; those in the trash stay so once they are restored. Four queries."""
    return len(hide(user, list(changes), value).changed)


def _set_privacy(ids: Sequence[int], *, is_private: bool) -> list[int]:
    """Make works private or public that are not in the trash, nor held by moderators; return those that changed."""
    others = _works(ids).filter(is_private=not is_private, trashed_at=None, held_at=None)
    changed = list(others.values_list("pk", flat=True))
    _works(changed).update(is_private=is_private, updated_at=timezone.now())
    return changed


def _set_former_privacy(ids: Sequence[int], *, is_private: bool) -> list[int]:
    """Note what works in the trash are to be once they are restored; return those of which it changed."""
    others = _works(ids).filter(was_private=not is_private, trashed_at__isnull=False, held_at=None)
    changed = list(others.values_list("pk", flat=True))
    _works(changed).update(was_private=is_private, updated_at=timezone.now())
    return changed


def _refused(reason: str, count: int) -> dict[str, int]:
    return {reason: count} if count else {}


def trash(_user: User, ids: Sequence[int], _value: str) -> Outcome:
    """Move works to the trash. Two queries."""
    changed = list(_works(ids).filter(trashed_at=None).values_list("pk", flat=True))
    now = timezone.now()
    move_to_trash(_works(changed), now)
    return Outcome(dict.fromkeys(changed, now.isoformat()), unchanged=len(ids) - len(changed))


def undo_trashing(_user: User, changes: Mapping[int, Any], _value: str) -> int:
    """Take works out of the trash again, but for those that were moved there another time since."""
    works = _works(list(changes))
    moments = {moment for moment in changes.values() if moment}  # tasks of earlier versions noted none
    return restore(works.filter(trashed_at__in=moments) if moments else works)


def add_tag(_user: User, ids: Sequence[int], tag: str) -> Outcome:
    """Add a tag to works that do not have it in any case of letters. Two queries."""
    tags = dict(_works(ids).values_list("pk", "tags"))
    lacking = {pk for pk, own in tags.items() if tag.casefold() not in map(str.casefold, own)}
    full = {pk for pk in lacking if len(tags[pk]) >= MOST_TAGS}
    changed = sorted(lacking - full)
    _change_tags(changed, "array_append", tag)
    return Outcome(dict.fromkeys(changed), len(ids) - len(lacking), _refused(FULL, len(full)))


def remove_tag(_user: User, ids: Sequence[int], tag: str) -> Outcome:
    """Take a tag off works, however its letters are written there. A query, and one for each way of writing."""
    spelled: dict[str, list[int]] = defaultdict(list)
    changed: dict[int, list[str]] = {}
    for pk, tags in _works(ids).values_list("pk", "tags"):
        found = [own for own in tags if own.casefold() == tag.casefold()]
        if found:
            changed[pk] = found
        for spelling in dict.fromkeys(found):
            spelled[spelling].append(pk)
    for spelling, pks in spelled.items():
        _change_tags(pks, "array_remove", spelling)
    return Outcome(changed, unchanged=len(ids) - len(changed))


def undo_tag(_user: User, changes: Mapping[int, Any], tag: str) -> int:
    """Take off a tag that was added."""
    return _change_tags(list(changes), "array_remove", tag)


def undo_removal(user: User, changes: Mapping[int, Any], _value: str) -> int:
    """Give works back the tags that were taken off, at the end of their tags."""
    spelled: dict[str, list[int]] = defaultdict(list)
    for pk, spellings in changes.items():
        for spelling in spellings:
            spelled[spelling].append(pk)
    return sum(len(add_tag(user, pks, spelling).changed) for spelling, pks in spelled.items())


def set_level(_user: User, ids: Sequence[int], value: str) -> Outcome:
    """Put works at a level, but for those that moderators put at a higher one. Two queries."""
    level = LEVEL_NAMES.index(value)
    rows = list(_works(ids).exclude(level=level).values_list("pk", "level", "least_level"))
    changed = {pk: former for pk, former, least in rows if least <= level}
    _works(list(changed)).update(level=level, updated_at=timezone.now())
    return Outcome(changed, len(ids) - len(rows), _refused(LEVELLED, len(rows) - len(changed)))


def undo_level(_user: User, changes: Mapping[int, Any], value: str) -> int:
    """Put works back at the levels that they had, but for those that were put at another since, or by moderators at a
    higher one. A query for each level."""
    level, now = LEVEL_NAMES.index(value), timezone.now()
    return sum(
        _works([pk for pk, before in changes.items() if before == former])
        .filter(level=level, least_level__lte=former)
        .update(level=former, updated_at=now)
        for former in set(changes.values())
    )


def check_level(_user: User, text: str) -> str:
    """Return the name of a level. Raises WrongValueError."""
    if text not in LEVEL_NAMES:
        raise WrongValueError(f"Say one of: {', '.join(LEVEL_NAMES)}.")
    return text


def level_choices(_user: User, _first: str) -> list[tuple[str, str]]:
    """Return the levels with their labels."""
    return NAMED_LEVELS


def check_tag(_user: User, text: str) -> str:
    """Return a tag as it is to be written. Raises WrongValueError."""
    tag = " ".join(text.split())
    if not tag or len(tag) > LONGEST_TAG or "\x00" in tag:
        raise WrongValueError(f"Say a tag of 1 to {LONGEST_TAG} characters.")
    return tag


def _change_tags(ids: Sequence[int], function: str, tag: str) -> int:
    changed = Func(F("tags"), Value(tag), function=function)
    return _works(ids).update(tags=changed, updated_at=timezone.now())


def _works(ids: Sequence[int]) -> QuerySet:
    return ContentItem.objects.filter(pk__in=ids).order_by()


WORK_ACTIONS = (
    Action("tag", "Add tag", "tagged", add_tag, undo_tag, is_of_owner=True, field="tag", check=check_tag),
    Action(
        "untag",
        "Remove tag",
        "freed of the tag",
        remove_tag,
        undo_removal,
        is_of_owner=True,
        field="tag",
        check=check_tag,
    ),
    Action(
        "level",
        "Set level",
        "put at another level",
        set_level,
        undo_level,
        is_of_owner=True,
        field="level",
        check=check_level,
        choices=level_choices,
    ),
    Action("publish", "Make public", "made public", publish, undo_publishing, is_of_owner=True),
    Action("hide", "Make private", "made private", hide, undo_hiding, is_of_owner=True),
    Action("trash", "Move to trash", "moved to the trash", trash, undo_trashing, is_of_owner=True),
)
