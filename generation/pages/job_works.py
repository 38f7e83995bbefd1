"""The works of jobs, as their cards and pages show them: the first of each, and all of one job page by page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from content.models import ContentItem
from content.stages import Stage, stage_of
from generation.models import FINISHED, GenerationJob, Status
from users.models import User

# Works of one job that its card shows, and that one page of the others has.
MOST_SHOWN = 4
MOST_OTHERS = 24
# What may be shown to all.
PUBLISHABLE = Q(is_private=True, held_at=None, trashed_at=None)
ITEM_FIELDS = (
    "title",
    "content_type",
    "is_private",
    "held_at",
    "hides_prompt",
    "is_pictured",
    "source_id",
    "seed",
    "creator",
)
FILE_FIELDS = ("sha256", "format", "mime", "frames", "width", "height", "colour", "picture_error")


class Output(NamedTuple):
    """One work that a job made."""

    item: ContentItem
    stage: Stage


@dataclass
class JobWorks:
    """The works of a job that its card shows, how many others there are, and how many may be published.

    `trashed` are those in the viewer's trash, of a completed job without any that are shown.
    """

    shown: list[Output] = field(default_factory=list)
    others: int = 0
    publishable: int = 0
    trashed: int = 0


class OtherWorks(NamedTuple):
    """Works of a job behind those of its card, and the places behind which they and the next ones stand.

    `after` is None on the first page, `next` on the last.
    """

    outputs: list[Output]
    after: int | None
    next: int | None


def works_of(jobs: Iterable[GenerationJob], viewer: User | AnonymousUser) -> dict[int, JobWorks]:
    """Return the works of those jobs that have any which the viewer sees, or has in the trash. One query, which returns
    MOST_SHOWN rows of each at most, none if no job has ended; another if a completed job has none that are shown."""
    ended = {job.pk: job.status for job in jobs if job.status in FINISHED}
    found: dict[int, JobWorks] = {}
    for item in _ranked(list(ended), viewer) if ended else ():
        works = found.setdefault(item.job_id, JobWorks(others=item.count - MOST_SHOWN, publishable=item.publishable))
        works.shown.append(_output(item, viewer))
    lost = [pk for pk, status in ended.items() if status == Status.COMPLETED and pk not in found]
    return found | (_trashed(lost, viewer) if lost and viewer.is_authenticated else {})


def other_works(
    job: GenerationJob, works: JobWorks, viewer: User | AnonymousUser, after: int | None = None
) -> OtherWorks | None:
    """Return the works of a job behind a place, or behind those of its card; None if there are no others. One query."""
    if works.others <= 0:
        return None
    behind = works.shown[-1].item.place if after is None else after
    rows = list(_loaded([job.pk], viewer).filter(place__gt=behind).order_by("place")[: MOST_OTHERS + 1])
    page = rows[:MOST_OTHERS]
    last = page[-1].place if len(rows) > len(page) else None
    return OtherWorks([_output(item, viewer) for item in page], after, last)


def _trashed(jobs: list[int], viewer: User) -> dict[int, JobWorks]:
    works = ContentItem.objects.in_trash_of(viewer).filter(made_by__job__in=jobs)
    counts = works.order_by().values_list("made_by__job").annotate(count=Count("pk"))
    return {job: JobWorks(trashed=count) for job, count in counts}


def _ranked(jobs: list[int], viewer: User | AnonymousUser) -> QuerySet[ContentItem]:
    of_job: dict[str, Any] = {"partition_by": F("job_id")}
    works = _loaded(jobs, viewer).annotate(
        rank=Window(RowNumber(), order_by=F("place").asc(), **of_job),
        count=Window(Count("pk"), **of_job),
        publishable=Window(Count("pk", filter=PUBLISHABLE), **of_job),
    )
    return works.filter(rank__lte=MOST_SHOWN).order_by("job_id", "rank")


def _loaded(jobs: list[int], viewer: User | AnonymousUser) -> QuerySet[ContentItem]:
    works = ContentItem.objects.visible_to(viewer).filter(made_by__job__in=jobs).select_related("media_file")
    works = works.annotate(job_id=F("made_by__job"), place=F("made_by__position"))
    return works.only(*ITEM_FIELDS, *(f"media_file__{name}" for name in FILE_FIELDS))


def _output(item: ContentItem, viewer: User | AnonymousUser) -> Output:
    return Output(item, stage_of(item, is_original=item.shows_prompt_to(viewer)))
