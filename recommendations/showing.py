"""Recommendations as they are shown: why each, and that it was."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from content.models import ContentItem
from recommendations.models import ALGORITHM, Neighbours, Reason, Recommendation
from users.models import User

WORDS = {
    Reason.COVISITED: "Those who like what you like, like it too.",
    Reason.ALIKE: "It is like works that you like.",
    Reason.POPULAR: "It is popular now.",
}
# Works of a strip.
STRIP_WORKS = 12


@dataclass(frozen=True)
class Why:
    """A recommended work, why it is, and the work behind that if the user still sees it."""

    work: ContentItem
    words: str
    because: ContentItem | None


def own(user: User) -> QuerySet[Recommendation]:
    """Return what the site recommends to a user, of works that they see."""
    return Recommendation.objects.filter(
        ContentItem.objects.refers_to_shown(user), user=user, algorithm=ALGORITHM
    ).order_by("-score", "-created_at", "-id")


def reasons_of(user: User, works: Collection[ContentItem]) -> list[Why]:
    """Return why some works are recommended to a user, in the order of the works. Two queries."""
    by_work = {row.content_id: row for row in own(user).filter(content__in=[work.pk for work in works])}
    led = {row.because_id for row in by_work.values() if row.because_id}
    seen = ContentItem.objects.visible_to(user).only("title", "content_type").in_bulk(led)
    rows = ((work, by_work[work.pk]) for work in works if work.pk in by_work)
    return [Why(work, WORDS.get(row.reason, ""), seen.get(row.because_id)) for work, row in rows]


def mark_served(user: User, works: Sequence[ContentItem]) -> int:
    """Remember that works were shown to a user; return how many had not been. One query."""
    rows = Recommendation.objects.filter(user=user, content__in=[work.pk for work in works], algorithm=ALGORITHM)
    return rows.filter(is_served=False).update(is_served=True)


def strip_for(user: User) -> list[ContentItem]:
    """Return the first works that are recommended to a user, as cards show them. Two queries."""
    return _cards(list(own(user).values_list("content_id", flat=True)[:STRIP_WORKS]), user)


def met_together(item: ContentItem, viewer: User | AnonymousUser) -> list[ContentItem]:
    """Return the works that those who met one met too, and that the viewer sees, the nearest first. Two queries."""
    lists = Neighbours.objects.filter(content=item, kind=Reason.COVISITED)
    near = lists.values_list("neighbours", flat=True).first() or []
    return _cards(near, viewer)[:STRIP_WORKS]


def _cards(pks: list[int], viewer: User | AnonymousUser) -> list[ContentItem]:
    works = ContentItem.objects.shown_to(viewer).for_cards().in_bulk(pks)
    return [works[pk] for pk in pks if pk in works]
