"""Actions that change what a person says of works: likes, bookmarks, ratings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from culling.actions import Action, Outcome, WrongValueError
from interactions.models import Interaction, Kind
from interactions.rating import STARS
from users.models import User

MOST_STARS = STARS[-1]


def set_marks(user: User, ids: Sequence[int], _value: str, *, kind: Kind) -> Outcome:
    """Like or bookmark works. Two queries."""
    known = set(_own(user, ids, kind).values_list("content_id", flat=True))
    new = [pk for pk in ids if pk not in known]
    _add(user, {pk: {} for pk in new}, kind)
    return Outcome(dict.fromkeys(new), unchanged=len(known))


def take_marks(user: User, ids: Sequence[int], _value: str, *, kind: Kind) -> Outcome:
    """Take likes or bookmarks off works, and keep since when they were there. Two queries or more."""
    found = dict(_own(user, ids, kind).values_list("content_id", "created_at"))
    _own(user, list(found), kind).delete()
    return Outcome({pk: moment.isoformat() for pk, moment in found.items()}, unchanged=len(ids) - len(found))


def forget_marks(user: User, changes: Mapping[int, Any], _value: str, *, kind: Kind) -> int:
    """Undo `set_marks`; return how many works changed."""
    return _own(user, list(changes), kind).delete()[0]


def remember_marks(user: User, changes: Mapping[int, Any], _value: str, *, kind: Kind) -> int:
    """Undo `take_marks`; return how many works changed."""
    return _add(user, {pk: {"created_at": datetime.fromisoformat(text)} for pk, text in changes.items()}, kind)


def rate(user: User, ids: Sequence[int], value: str) -> Outcome:
    """Rate works with 1 to 5 stars; 0 takes the rating off. Some four queries."""
    stars = int(value) or None
    before = dict(_own(user, ids, Kind.RATE).values_list("content_id", "rating"))
    changed = {pk: before.get(pk) for pk in ids if before.get(pk) != stars}
    _write_ratings(user, dict.fromkeys(changed, stars))
    return Outcome(changed, unchanged=len(ids) - len(changed))


def undo_rating(user: User, changes: Mapping[int, Any], value: str) -> int:
    """Give works the ratings that they had, but for those that were rated again since; return how many there are."""
    stars = int(value) or None
    present = dict(_own(user, list(changes), Kind.RATE).values_list("content_id", "rating"))
    kept = {pk: before for pk, before in changes.items() if present.get(pk) == stars}
    _write_ratings(user, kept)
    return len(kept)


def check_stars(_user: User, text: str) -> str:
    """Return a number of stars. Raises WrongValueError."""
    if text not in [str(number) for number in range(MOST_STARS + 1)]:
        raise WrongValueError(f"Say from 1 to {MOST_STARS} stars, or 0 for none.")
    return text


def _write_ratings(user: User, ratings: Mapping[int, int | None]) -> None:
    """Write ratings, None for no rating. One query to find those that there are, and one for each number of stars."""
    by_stars: dict[int | None, list[int]] = defaultdict(list)
    for pk, stars in ratings.items():
        by_stars[stars].append(pk)
    _own(user, by_stars.pop(None, []), Kind.RATE).delete()
    for stars, pks in by_stars.items():
        rated = _own(user, pks, Kind.RATE)
        rated.update(rating=stars)
        known = set(rated.values_list("content_id", flat=True))
        _add(user, {pk: {"rating": stars} for pk in pks if pk not in known}, Kind.RATE)


def _own(user: User, ids: Sequence[int], kind: Kind) -> Any:  # noqa: ANN401 - a queryset
    return Interaction.objects.filter(user=user, content_id__in=ids, kind=kind).order_by()


def _add(user: User, rows: Mapping[int, Mapping[str, Any]], kind: Kind) -> int:
    """Add a person's interactions with works, by the works' ids; those that are there already stay as they are."""
    made = [Interaction(user=user, content_id=pk, kind=kind, **fields) for pk, fields in rows.items()]
    return len(Interaction.objects.bulk_create(made, ignore_conflicts=True))


def _mark(kind: Kind, name: str, label: str, done: str, *, is_on: bool) -> Action:
    ways = (set_marks, forget_marks) if is_on else (take_marks, remember_marks)
    apply, undo = (partial(way, kind=kind) for way in ways)
    return Action(name, label, done, apply, undo)


def star_choices(_user: User, _first: str) -> list[tuple[str, str]]:
    """Return the ratings that a form offers."""
    counts = [(str(number), "1 star" if number == 1 else f"{number} stars") for number in range(1, MOST_STARS + 1)]
    return [*reversed(counts), ("0", "No rating")]


MARK_ACTIONS = (
    _mark(Kind.LIKE, "like", "Like", "liked", is_on=True),
    _mark(Kind.LIKE, "unlike", "Unlike", "no longer liked", is_on=False),
    _mark(Kind.BOOKMARK, "bookmark", "Bookmark", "bookmarked", is_on=True),
    _mark(Kind.BOOKMARK, "unbookmark", "Remove bookmark", "no longer bookmarked", is_on=False),
    Action("rate", "Rate", "rated", rate, undo_rating, field="rating", check=check_stars, choices=star_choices),
)
