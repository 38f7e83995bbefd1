"""Open reports of works that are merged into another are about the one that is kept: it shows the same."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from content.models import ContentItem
from content.signals import merged
from moderation.models import Report

# While people report the kept work.
MOST_TRIES = 5


def connect() -> None:
    """Follow merges."""
    merged.connect(take_reports, dispatch_uid="moderation.merging")


def take_reports(sender: type, *, kept: ContentItem, others: Sequence[ContentItem], **_options: object) -> None:
    """Move open reports to the kept work, the first of each reporter who has none of it; the rest lose their work.

    One query; one more for each report of the kept work that comes at the same moment.
    """
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            with transaction.atomic():
                _move(kept, others)
            return
        except IntegrityError:  # its reporter has just reported the kept work
            if not tries_left:
                raise


def _move(kept: ContentItem, others: Sequence[ContentItem]) -> None:
    reports = Report.objects.filter(content__in=others, is_open=True)
    same = Report.objects.filter(reporter=OuterRef("reporter"), is_open=True)
    has_another = Exists(same.filter(Q(content=kept) | Q(content__in=others, pk__lt=OuterRef("pk"))))
    # No reporter is the same as another whose account is gone.
    reports.exclude(has_another).update(content=kept)
