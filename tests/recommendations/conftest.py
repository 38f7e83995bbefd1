"""What several tests of recommendations begin with."""

import pytest

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.recommendations.acts import like


@pytest.fixture
def foxes(db: None) -> list[ContentItem]:
    """Three works that the same five users like."""
    works = [ContentItemFactory(title=title) for title in ("fox", "fox cub", "vixen")]
    for _ in range(5):
        like(UserFactory(), *works)
    return works
