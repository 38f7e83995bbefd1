"""Automatic works: variants of what is liked lately, within limits that staff set (AutomaticWorks in the admin)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now, TruncDate

from content.models import ContentItem
from generation import jobs, quotas, workflows
from generation.models import AutomaticWorks, GenerationJob, Workflow
from generation.workflows.inputs import SIDES, Kind
from genonaut import flags

# So many likes are counted, the newest, and so many works compared.
MOST_LIKES = 100_000
MOST_WORKS = 1_000
# Asked for at a time; the task comes again.
MOST_AT_ONCE = 20
LIKE = "like"

logger = logging.getLogger("generation.automatic")


@dataclass(frozen=True)
class Limits:
    """The settings, and how many works they leave to be asked for now."""

    settings: AutomaticWorks
    workflow: Workflow
    left: int


def make_variants() -> int:
    """Ask for variants of works that are liked; return how many.

    The row of the settings is locked meanwhile, so that workers on several machines keep to the day's limit together.
    """
    if not flags.is_on(flags.Flag.GENERATION):
        return 0
    with transaction.atomic():
        limits = _limits()
        if limits is None or quotas.storage_refusal(limits.settings.account):
            return 0
        asked = sum(_ask(limits, item) for item in _works(limits))
        if asked:
            AutomaticWorks.objects.filter(pk=limits.settings.pk).update(made_today=F("made_today") + asked)
        return asked


def _limits() -> Limits | None:
    """Return the limits of now; None if nothing may be asked for. Locks the settings, and begins a new day's count."""
    row = AutomaticWorks.objects.select_for_update(of=("self",)).select_related("account", "workflow").first()
    if row is None or not row.is_on or row.account is None or not row.account.is_active:
        return None
    # Days are the database's, in UTC: workers' clocks differ.
    if AutomaticWorks.objects.exclude(day=TruncDate(Now())).update(day=TruncDate(Now()), made_today=0):
        row.made_today = 0
    workflow = row.workflow or workflows.BUILT_IN
    left = min(row.works_per_day - row.made_today, MOST_AT_ONCE)
    return Limits(row, workflow, left) if left > 0 and (workflow.pk is None or workflow.is_active) else None


def works_to_vary() -> QuerySet[ContentItem]:
    """Return the works that lists show to visitors, and whose prompts these see."""
    visitor = AnonymousUser()
    return ContentItem.objects.with_prompts_for(visitor).shown_to(visitor)


def _works(limits: Limits) -> list[ContentItem]:
    """Return the works that are varied next, the most liked first. Two queries."""
    likes = dict(_likes(limits.settings))
    varied = GenerationJob.objects.filter(parent=OuterRef("pk"), is_automatic=True)
    # What failed or was cancelled may be asked for again, but not for ever.
    counts = varied.order_by().values("parent").annotate(count=Count("pk")).values("count")
    eligible = (
        works_to_vary()
        .annotate(varied=Coalesce(Subquery(counts), 0))
        .filter(
            pk__in=likes,
            content_type=limits.workflow.output_type,
            varied__lt=limits.settings.variants_per_work,
        )
        .exclude(prompt="")
    )
    if _picture_input(limits.workflow):
        eligible = eligible.filter(media_file__isnull=False)
    rows = eligible.select_related("media_file", "generation").only(
        *("prompt", "media_file__width", "media_file__height", "generation__width", "generation__height"),
    )
    return sorted(rows, key=lambda item: (-likes[item.pk], item.pk))[: limits.left]


def _likes(row: AutomaticWorks) -> QuerySet:
    """Return the works with enough likes of the last days, and how many: by the reverse of the interactions' reference,
    since this app and theirs know nothing of each other."""
    like = ContentItem._meta.get_field("interactions").related_model
    recent = like._default_manager.filter(kind=LIKE, created_at__gte=Now() - timedelta(days=row.days))
    newest = recent.order_by("-created_at", "-pk").values("pk")[:MOST_LIKES]
    counted = like._default_manager.filter(pk__in=newest).order_by().values("content").annotate(likes=Count("pk"))
    enough = counted.filter(likes__gte=row.likes_needed).order_by("-likes", "content")
    return enough.values_list("content", "likes")[:MOST_WORKS]


def _ask(limits: Limits, item: ContentItem) -> int:
    """Ask for one variant of a work, in at most 3 queries; return how many were asked for."""
    try:
        parameters = dict(_parameters(limits.workflow, item))
        request = jobs.Request.of_workflow(limits.workflow, item.prompt, parameters, parent=item, publishes=True)
        return len(jobs.ask(limits.settings.account, [request], is_automatic=True))
    except (quotas.QuotaError, workflows.InputError) as error:
        logger.warning("No variant of work %s: %s", item.pk, error)
        return 0


def _parameters(workflow: Workflow, item: ContentItem) -> Iterator[tuple[str, Any]]:
    """Yield the parameters of a variant: the size of its work, if the workflow makes that, and the work's picture.

    The seed is drawn.
    """
    sides = _size_of(item)
    inputs = {declared["name"]: declared for declared in workflows.as_dict(workflow)["inputs"]}
    if all(name in inputs and _fits(inputs[name], side) for name, side in zip(SIDES, sides, strict=True)):
        yield from zip(SIDES, sides, strict=True)
    picture = _picture_input(workflow)
    if picture:
        yield picture, {"item": item.pk}


def _size_of(item: ContentItem) -> tuple[int | None, int | None]:
    if item.generation is not None and item.generation.width and item.generation.height:
        return item.generation.width, item.generation.height
    file = item.media_file
    return (None, None) if file is None else (file.width, file.height)


def _fits(declared: dict[str, Any], side: int | None) -> bool:
    least, most, step = (declared[name] for name in ("least", "most", "step"))
    if side is None or side < (least or 1) or (most and side > most):
        return False
    return not step or (side - int(least or 0)) % int(step) == 0


def _picture_input(workflow: Workflow) -> str | None:
    """Return the name of the picture that a workflow needs to start from; None if it needs none."""
    inputs = workflows.as_dict(workflow)["inputs"]
    return next((each["name"] for each in inputs if each["kind"] == Kind.PICTURE and each["is_required"]), None)
