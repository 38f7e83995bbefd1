"""Few works that a walk of the suite meets, and the plan that suits them: 163 requests."""

from datetime import timedelta

from content.models import ContentItem
from tests.factories import EPOCH, ContentItemFactory
from tests.walk.plan import Plan

WORKS = 40
TINY = Plan(pages=6, random_pages=8, positions=16, dates=6, tag_pages=3, additions=2, threads=2)


def make_works() -> None:
    """Make works of two kinds and of 20 days, with scores and without, every fifth private."""
    made = [
        ContentItemFactory.build(
            creator=None,
            created_at=EPOCH + timedelta(days=number // 2),
            content_type=("video", "image")[number % 2],
            quality_score=None if number % 7 == 0 else number % 5 / 5,
            is_private=number % 5 == 0,
            tags=["owl"],
        )
        for number in range(WORKS)
    ]
    ContentItem.objects.bulk_create(made)
