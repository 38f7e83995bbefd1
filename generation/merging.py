"""Jobs whose works are merged into another made the one that is kept, and variants of them are variants of it."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from content.models import ContentItem
from content.signals import merged
from generation.models import GenerationJob, JobOutput


def connect() -> None:
    """Follow merges."""
    merged.connect(take_jobs, dispatch_uid="generation.merging")


def take_jobs(sender: type, *, kept: ContentItem, others: Sequence[ContentItem], **_options: object) -> None:
    """Let jobs name the kept work as what they made, once each, and as what they vary. Three queries."""
    GenerationJob.objects.filter(result__in=others).update(result=kept)
    GenerationJob.objects.filter(parent__in=others).update(parent=kept)
    same_job = JobOutput.objects.filter(job=OuterRef("job"))
    is_there = Exists(same_job.filter(Q(item=kept) | Q(item__in=others, position__lt=OuterRef("position"))))
    JobOutput.objects.filter(item__in=others).exclude(is_there).update(item=kept)
