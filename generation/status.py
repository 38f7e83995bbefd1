"""The panel of generation: the queue of users' jobs, and the attempts that are running."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from content.models import ContentType
from generation.claims import HEARTBEAT
from generation.models import Attempt, GenerationJob, Status
from genonaut import flags
from genonaut.pagination.wording import total_text
from genonaut.status.counts import bounded_counts
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact, Table

FAILED_WITHIN = timedelta(days=1)
# A job that waits for longer needs a look.
LONG_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 50


def jobs_panel() -> Contents:
    """Return the jobs of each type by what they do, and the running attempts. Three queries along indexes."""
    types = ContentType.values
    counts = bounded_counts([queryset for job_type in types for queryset in queues_of(job_type)])
    oldest = oldest_waiting()
    rows = [
        (job_type, *map(total_text, counts[3 * number : 3 * number + 3]), _since(oldest.get(job_type)))
        for number, job_type in enumerate(types)
    ]
    attempts = list(Attempt.objects.order_by("heartbeat_at").defer("preview")[:MOST_ATTEMPTS])
    now = timezone.now()
    silent = [attempt for attempt in attempts if attempt.heartbeat_at < now - HEARTBEAT]
    longest = min(oldest.values(), default=None)
    facts = [
        Fact("Generation", "on" if flags.is_on(flags.Flag.GENERATION) else "switched off"),
        Fact("Oldest wait", _since(longest), is_warning=longest is not None and longest < now - LONG_WAIT),
        Fact("Running without a heartbeat", f"{len(silent)}", is_warning=bool(silent)),
    ]
    return Contents(
        facts,
        [
            Table("Jobs", ("Type", "Wait", "Run", "Failed in a day", "Oldest wait"), rows),
            Table("Running", ("Job", "Worker", "Server", "Heartbeat", "Done"), [_row(one) for one in attempts]),
        ],
    )


def queues_of(job_type: str) -> list[QuerySet[GenerationJob]]:
    """Return the jobs of a type that wait, that run, and that were asked for in the last day and failed."""
    jobs = GenerationJob.objects.filter(job_type=job_type)
    failed = jobs.filter(status=Status.FAILED, created_at__gte=timezone.now() - FAILED_WITHIN)
    return [jobs.filter(status=Status.PENDING), jobs.filter(status=Status.RUNNING), failed]


def oldest_waiting() -> dict[str, datetime]:
    """Return when the oldest waiting job of each type was asked for. One query of one index entry for each."""
    waiting = GenerationJob.objects.filter(status=Status.PENDING).values_list("job_type", "created_at")
    first, *others = (waiting.filter(job_type=job_type).order_by("created_at")[:1] for job_type in ContentType.values)
    return dict(first.union(*others, all=True))


def _since(moment: datetime | None) -> str:
    return "–" if moment is None else ago(moment)


def _row(attempt: Attempt) -> tuple[object, ...]:
    done = "–" if attempt.fraction is None else f"{attempt.fraction:.0%}"
    return str(attempt.job_id), attempt.worker, attempt.backend or "–", ago(attempt.heartbeat_at), done
