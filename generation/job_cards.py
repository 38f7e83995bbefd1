"""How pages show jobs: where each is in the queue, how far it has come, what it made, and what its owner may do."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Left
from django.urls import reverse

from content.models import ContentItem
from content.shapes import shape_class
from content.stages import Stage, stage_of
from generation.models import FINISHED, OPEN, GenerationJob, Status
from users.models import User
from users.querysets import is_staff

# How many waiting jobs are counted before one.
MOST_COUNTED = 1_000
# Characters of a prompt on a card.
OPENING_LENGTH = 240
# Works of one job that its card shows.
MOST_SHOWN = 4
POLL_RUNNING_SECONDS = 1
POLL_WAITING_SECONDS = 2
ITEM_FIELDS = ("title", "content_type", "is_private", "hides_prompt", "is_pictured", "source_id", "seed", "creator")
FILE_FIELDS = ("sha256", "format", "mime", "frames", "width", "height", "colour", "picture_error")
# Parameters that a card names, and how.
FACTS = {"model": "{}", "steps": "{} steps", "cfg": "CFG {}", "sampler": "{}", "denoise": "denoise {}"}
LONGEST_FACT = 60


class Output(NamedTuple):
    """One work that a job made."""

    item: ContentItem
    stage: Stage


@dataclass(frozen=True)
class JobCard:
    """One job as a page shows it to one viewer."""

    job: GenerationJob
    # Jobs that are taken before it; None if it does not wait, or more than MOST_COUNTED do.
    position: int | None
    outputs: list[Output] = field(default_factory=list)
    # Who may cancel it, try it again and publish its works.
    is_changeable: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.job.status in OPEN

    @property
    def is_live(self) -> bool:
        """Whether it may change by itself: pages ask for it again."""
        return self.is_open and not self.job.is_paused

    @property
    def percent(self) -> int | None:
        """How much of it is done; None if it does not run or nobody knows."""
        fraction = self._attempt and self._attempt.fraction
        return None if fraction is None else int(100 * fraction)

    @property
    def state(self) -> str:
        """A few words on how far it has come."""
        if self.job.status == Status.RUNNING:
            return self._running
        if self.job.status != Status.PENDING:
            return {Status.COMPLETED: "Done", Status.FAILED: "Failed"}.get(self.job.status, "Cancelled")
        return "Paused" if self.job.is_paused else waiting_text(self.position)

    @property
    def _running(self) -> str:
        if self.percent is None and self._attempt and self._attempt.position:
            return f"Sent, {self._attempt.position:,} before it there"
        return "Running" if self.percent is None else f"Running, {self.percent} %"

    @property
    def _attempt(self) -> object | None:
        return getattr(self.job, "attempt", None)

    @property
    def preview(self) -> str:
        """The address of its preview, another one for each frame; empty if there is none."""
        if not getattr(self.job, "has_preview", False) or self._attempt is None:
            return ""
        moment = round(1_000_000 * self._attempt.heartbeat_at.timestamp())
        return f"{reverse('generation:preview', args=[self.job.pk])}?at={moment}"

    @property
    def shape(self) -> str:
        """The class of the picture's shape, before and after it is there."""
        stage = self.outputs[0].stage if self.outputs else None
        if stage is not None and stage.width:
            return shape_class(int(stage.width), int(stage.height))
        sides = [self.job.parameters.get(name) for name in ("width", "height")]
        return shape_class(*sides) if all(isinstance(side, int) and side > 0 for side in sides) else shape_class(1, 1)

    @property
    def facts(self) -> list[str]:
        """What it was asked for beside its prompt."""
        parameters = self.job.parameters
        sides = [parameters.get(name) for name in ("width", "height")]
        told = [f"Seed {parameters['seed']}"] if parameters.get("seed") not in (None, "") else []
        told += [f"{sides[0]} × {sides[1]}"] if all(sides) else []
        told += [text.format(parameters[name]) for name, text in FACTS.items() if parameters.get(name)]
        return [fact if len(fact) <= LONGEST_FACT else f"{fact[: LONGEST_FACT - 1]}…" for fact in told]

    @property
    def is_publishable(self) -> bool:
        """Whether some of its works are private and the viewer may show them to all."""
        return self.is_changeable and any(output.item.is_private for output in self.outputs)

    @property
    def is_lost(self) -> bool:
        """Whether its works were deleted since."""
        return self.job.status == Status.COMPLETED and not self.outputs


def waiting_text(position: int | None) -> str:
    """Return where a job is in the queue, in words."""
    if position is None:
        return f"Waiting, more than {MOST_COUNTED:,} jobs before it"
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
    """Return the cards of loaded jobs. One query for their works, one for the queue if any waits."""
    jobs = list(jobs)
    outputs = _outputs_of(jobs, viewer)
    positions = positions_of(jobs)
    return [JobCard(job, positions.get(job.pk), outputs[job.pk], is_changeable=may_steer(viewer, job)) for job in jobs]


def may_steer(viewer: User | AnonymousUser, job: GenerationJob) -> bool:
    """Return whether a viewer who sees a job may cancel, pause or repeat it: its owner and staff, who alone see it."""
    return job.user_id == viewer.pk or is_staff(viewer)


def _outputs_of(jobs: Sequence[GenerationJob], viewer: User | AnonymousUser) -> dict[int, list[Output]]:
    outputs: dict[int, list[Output]] = defaultdict(list)
    ended = [job.pk for job in jobs if job.status in FINISHED]
    if not ended:
        return outputs
    works = ContentItem.objects.visible_to(viewer).filter(made_by__job__in=ended).select_related("media_file")
    works = works.annotate(job_id=F("made_by__job"), place=F("made_by__position"))
    for item in works.order_by("job_id", "place").only(*ITEM_FIELDS, *(f"media_file__{name}" for name in FILE_FIELDS)):
        if len(outputs[item.job_id]) < MOST_SHOWN:
            stage = stage_of(item, is_original=item.shows_prompt_to(viewer))
            outputs[item.job_id].append(Output(item, stage))
    return outputs


def positions_of(jobs: Iterable[GenerationJob]) -> dict[int, int]:
    """Return how many jobs are taken before each that waits, as far as MOST_COUNTED. One query, none if none waits."""
    waiting = {job.pk for job in jobs if job.status == Status.PENDING and not job.is_paused}
    if not waiting:
        return {}
    queue = GenerationJob.objects.filter(status=Status.PENDING, is_paused=False)
    pks = queue.order_by("-priority", "turn", "pk").values_list("pk", flat=True)[: MOST_COUNTED + 1]
    return {pk: place for place, pk in enumerate(pks) if pk in waiting}


def poll_seconds(cards: Iterable[JobCard]) -> int | None:
    """Return how soon a page asks again how far its jobs are; None once all have ended."""
    states = {card.job.status for card in cards if card.is_live}
    if Status.RUNNING in states:
        return POLL_RUNNING_SECONDS
    return POLL_WAITING_SECONDS if states else None
