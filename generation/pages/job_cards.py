"""Cards of jobs: place in the queue, progress, works, and what the viewer may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from content.shapes import shape_class
from generation import claims
from generation.jobs import MOST_BEFORE
from generation.models import OPEN, Attempt, GenerationJob, Status
from generation.pages.job_works import JobWorks, Output, works_of
from generation.workflows.inputs import SIDES
from users.models import User
from users.querysets import is_staff

# Characters of a prompt on a card.
OPENING_LENGTH = 240
# How soon a page asks again, as htmx reads it: for a job that was just asked for, which may soon be done; for one
# that runs; for one that waits.
POLL_FRESH, POLL_RUNNING, POLL_WAITING = "400ms", "1s", "2s"
FRESH = timedelta(seconds=5)
# Parameters that a card names, and how.
FACTS = {
    "seed": "Seed {}",
    "size": "{}",
    "model": "{}",
    "steps": "{} steps",
    "cfg": "CFG {}",
    "sampler": "{}",
    "denoise": "Strength of change {}",
}
LONGEST_FACT = 60
LONGEST_SIDE = 100_000


@dataclass(frozen=True)
class JobCard:
    """One job as a page shows it to one viewer."""

    job: GenerationJob
    # Jobs that are taken before it; None if it does not wait, or more than MOST_BEFORE do.
    position: int | None
    works: JobWorks = field(default_factory=JobWorks)
    # Whether the viewer may cancel it, try it again and publish its works.
    is_changeable: bool = False

    @property
    def outputs(self) -> list[Output]:
        """The works that it shows."""
        return self.works.shown

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.job.status in OPEN

    @property
    def is_live(self) -> bool:
        """Whether it may change by itself: pages ask for it again."""
        return self.is_open and not self.job.is_paused

    @property
    def is_waiting(self) -> bool:
        """Whether a worker may take it."""
        return self.job.status == Status.PENDING and not self.job.is_paused

    @property
    def percent(self) -> int | None:
        """How much of it is done; None if it does not run, or its backend does not say."""
        fraction = self._attempt and self._attempt.fraction
        return None if fraction is None else int(100 * fraction)

    @property
    def state(self) -> str:
        """Its state in a few words."""
        if self.job.status == Status.RUNNING:
            return self._running
        if self.job.status != Status.PENDING:
            return {Status.COMPLETED: "Done", Status.FAILED: "Failed"}.get(self.job.status, "Cancelled")
        return "Paused" if self.job.is_paused else waiting_text(self.position)

    @property
    def _running(self) -> str:
        if self.percent is None and self._attempt and self._attempt.position:
            return f"Sent, {self._attempt.position:,} before it there"
        if self.job.workflow_id is not None and self._attempt and self._attempt.sent_at is None:
            return "Looking for a ComfyUI that answers"
        return "Running" if self.percent is None else f"Running, {self.percent} %"

    @property
    def _attempt(self) -> Attempt | None:
        return getattr(self.job, "attempt", None)

    @property
    def preview(self) -> str:
        """The address of its preview, another one for each frame; empty if there is none."""
        has_preview = self._attempt is not None and getattr(self.job, "has_preview", False)
        return self._attempt.preview_path if has_preview else ""

    @property
    def shape(self) -> str:
        """The class of the picture's shape, before and after it is there."""
        stage = self.outputs[0].stage if self.outputs else None
        if stage is not None and stage.width:
            return shape_class(int(stage.width), int(stage.height))
        return shape_class(*(sides_of(self.job.parameters) or (1, 1)))

    @property
    def facts(self) -> list[str]:
        """Its parameters in short, beside its prompt."""
        sides = sides_of(self.job.parameters)
        size = {"size": f"{sides[0]} × {sides[1]}"} if sides else {}
        values = {**self.job.parameters, **size}
        told = [text.format(text_of(values[name])) for name, text in FACTS.items() if values.get(name)]
        return [fact if len(fact) <= LONGEST_FACT else f"{fact[: LONGEST_FACT - 1]}…" for fact in told]

    @property
    def is_publishable(self) -> bool:
        """Whether some of its works are private and the viewer may show them to all."""
        return self.is_changeable and self.works.publishable > 0

    @property
    def is_lost(self) -> bool:
        """Whether its works were deleted since; those in the trash are not."""
        return self.job.status == Status.COMPLETED and not self.outputs and not self.works.trashed


def sides_of(parameters: Mapping[str, object]) -> tuple[int, int] | None:
    """Return the width and height that a job asks for; None if it says none, or none that a picture has."""
    sides = tuple(parameters.get(name) for name in SIDES)
    return sides if all(isinstance(side, int) and 0 < side <= LONGEST_SIDE for side in sides) else None


def text_of(value: object) -> str:
    """Return a parameter as text, of any JSON type."""
    if isinstance(value, list):
        return ", ".join(text_of(one) for one in value)
    if isinstance(value, dict):
        return " ".join(text_of(one) for one in value.values())
    return f"{value:g}" if isinstance(value, float) else str(value)


def waiting_text(position: int | None) -> str:
    """Return where a job is in the queue, in words."""
    if position is None:
        return f"Waiting, more than {MOST_BEFORE:,} jobs before it"
    if position == 0:
        return "Waiting, next in the queue"
    return f"Waiting, {position:,} job{'' if position == 1 else 's'} before it"


def for_cards(jobs: QuerySet) -> QuerySet:
    """Load what cards show of jobs: of prompts their beginnings, of previews whether there are any."""
    loaded = jobs.select_related("attempt", "workflow").annotate(
        opening=Left("prompt", OPENING_LENGTH), has_preview=Q(attempt__preview__isnull=False)
    )
    return loaded.defer("prompt", "negative_prompt", "attempt__preview", "workflow__graph", "workflow__inputs")


def cards_of(jobs: Iterable[GenerationJob], viewer: User | AnonymousUser) -> list[JobCard]:
    """Return the cards of loaded jobs. One or two queries for their works, one for the queue if any waits."""
    jobs = list(jobs)
    works = works_of(jobs, viewer)
    positions = positions_of(jobs)
    return [
        JobCard(job, positions.get(job.pk), works.get(job.pk, JobWorks()), is_changeable=may_steer(viewer, job))
        for job in jobs
    ]


def may_steer(viewer: User | AnonymousUser, job: GenerationJob) -> bool:
    """Return whether a viewer who sees a job may cancel, pause or repeat it: its owner and staff, who alone see it."""
    return job.user_id == viewer.pk or is_staff(viewer)


def positions_of(jobs: Iterable[GenerationJob]) -> dict[int, int]:
    """Return how many jobs are taken before each that waits, as far as MOST_BEFORE. One query, none if none waits."""
    wanted = {job.pk for job in jobs if job.status == Status.PENDING and not job.is_paused}
    queue = claims.waiting().values_list("pk", flat=True)[: MOST_BEFORE + 1] if wanted else ()
    return {pk: place for place, pk in enumerate(queue) if pk in wanted}


def poll_interval(cards: Iterable[JobCard]) -> str:
    """Return how soon a page asks again how far its jobs are; empty once all have ended."""
    live = [card.job for card in cards if card.is_live]
    if any(timezone.now() - job.created_at < FRESH for job in live):
        return POLL_FRESH
    if any(job.status == Status.RUNNING for job in live):
        return POLL_RUNNING
    return POLL_WAITING if live else ""
