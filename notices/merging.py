"""Notices of works that are merged into another are about the one that is kept."""

from collections.abc import Sequence

from content.models import ContentItem
from notices.models import Notice


def take_notices(sender: type, *, kept: ContentItem, others: Sequence[ContentItem], **_options: object) -> None:
    """Let notices of works that go name the kept one, read or not; their comments are its own by now. One query."""
    Notice.objects.filter(content__in=others).update(content=kept)
