"""Recommendations as they are shown: why each, and that it was."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from content.models import ContentItem
from recommendations.listings import recommended_to
from recommendations.models import ALGORITHM, Neighbours, Reason, Recommendation
from users.models import User

WORDS = {
    Reason.COVISITED: "Those who like what you like, like it too.",
    Reason.ALIKE: "It is like works that you like.",
    Reason.NEAR: "It looks like works that you like.",
    Reason.POPULAR: "It is popular now.",
}
# What is read of a recommendation, and of the work that led to it.
ROW_FIELDS = ("content_id", "reason", "is_served", "because_id")
LED_FIELDS = ("title", "content_type", "is_private", "trashed_at", "creator_id")
# Works of a strip.
STRIP_WORKS = 12
# Users who met both of two works that are shown as met together: fewer, and it tells what one of them looked at.
LEAST_USERS = 3


@dataclass(frozen=True)
class Why:
    """A recommended work, why it is, and the work behind that if the user still sees it."""

    work: ContentItem
    words: str
    because: ContentItem | None


def own(user: User) -> QuerySet[Recommendation]:
    """Return what the site recommends to a user, of works that lists show them, the best first."""
    shown = ContentItem.objects.refers_to_shown(user)
    return Recommendation.objects.filter(recommended_to(user), shown).order_by("-score", "-created_at", "-id")


def rows_of(user: User, works: Collection[ContentItem]) -> list[Recommendation]:
    """Return why some works that they see are recommended to a user, with those that led there; in order. One query."""
    rows = Recommendation.objects.filter(user=user, content__in=[work.pk for work in works], algorithm=ALGORITHM)
    rows = rows.select_related("because")
    by_work = {row.content_id: row for row in rows.only(*ROW_FIELDS, *(f"because__{name}" for name in LED_FIELDS))}
    return [by_work[work.pk] for work in works if work.pk in by_work]


def reasons_of(user: User, works: Collection[ContentItem], rows: Sequence[Recommendation]) -> list[Why]:
    """Return why works are recommended to a user, by their rows. No query."""
    by_pk = {work.pk: work for work in works}
    return [Why(by_pk[row.content_id], WORDS.get(row.reason, ""), _seen(row.because, user)) for row in rows]


def _seen(work: ContentItem | None, user: User) -> ContentItem | None:
    return work if work and work.is_visible_to(user) else None


def mark_served(rows: Sequence[Recommendation]) -> int:
    """Remember that works were shown; return how many had not been. One query, none if all had been."""
    new = [row.pk for row in rows if not row.is_served]
    return Recommendation.objects.filter(pk__in=new, is_served=False).update(is_served=True) if new else 0


def strip_for(user: User) -> list[ContentItem]:
    """Return the first works that are recommended to a user, as cards show them. Two queries."""
    return _cards(list(own(user).values_list("content_id", flat=True)[:STRIP_WORKS]), user)


def met_together(item: ContentItem, viewer: User | AnonymousUser) -> list[ContentItem]:
    """Return the works that at least LEAST_USERS who met one met too, and that the viewer sees, the nearest first.

    Two queries.
    """
    lists = Neighbours.objects.filter(content=item, kind=Reason.COVISITED, counts__isnull=False)
    neighbours, counts = lists.values_list("neighbours", "counts").first() or ((), ())
    near = [pk for pk, users in zip(neighbours, counts, strict=True) if users >= LEAST_USERS]
    return _cards(near, viewer)[:STRIP_WORKS]


def _cards(pks: list[int], viewer: User | AnonymousUser) -> list[ContentItem]:
    works = ContentItem.objects.shown_to(viewer).for_cards().in_bulk(pks)
    return [works[pk] for pk in pks if pk in works]
