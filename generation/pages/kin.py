"""The works that a work was made from here, and those made from it."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef

from content.models import ContentItem
from generation.models import GenerationJob, JobOutput
from users.models import User
from users.querysets import is_staff

# Variants that a work's page shows, the newest.
MOST_VARIANTS = 6


class Kin(NamedTuple):
    """The work that another was made from, and variants of it, if lists show them to the viewer."""

    parents: list[ContentItem]
    variants: list[ContentItem]


def kin_of(item: ContentItem, viewer: User | AnonymousUser) -> Kin:
    """Return the works that an item came from and that came from it. One query; none if its prompt is hidden.

    A variant tells what its parent was made with: works that hide their prompts are not among them.
    """
    if not item.shows_prompt_to(viewer):
        return Kin([], [])
    works = ContentItem.objects.with_prompts_for(viewer).shown_to(viewer)
    made = JobOutput.objects.filter(job__parent=item, item__in=works.values("pk")).order_by("-item")
    came_from = GenerationJob.objects.filter(outputs__item=item, parent__isnull=False)
    pks = came_from.values("parent").union(made.values("item")[: MOST_VARIANTS + 1], all=True)
    is_parent = Exists(came_from.filter(parent=OuterRef("pk")))
    rows = works.for_cards().filter(pk__in=pks).exclude(pk=item.pk).annotate(is_parent=is_parent).order_by("-pk")
    parents = [row for row in rows if row.is_parent]
    return Kin(parents, [row for row in rows if not row.is_parent][:MOST_VARIANTS])


def job_of(item: ContentItem, viewer: User | AnonymousUser) -> int | None:
    """Return the id of the job that made a work, if the viewer sees it. One query, none for strangers."""
    if item.creator_id != viewer.pk and not is_staff(viewer):
        return None
    return GenerationJob.objects.visible_to(viewer).filter(outputs__item=item).values_list("pk", flat=True).first()
