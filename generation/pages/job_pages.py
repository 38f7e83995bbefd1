"""The list of one's own jobs as its page shows it, and all that the page of one job shows."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from content.models import ContentItem
from generation.listings import GenerationJobListing
from generation.pages.job_cards import JobCard, for_cards, sides_of, text_of
from generation.pages.job_works import OtherWorks, other_works
from generation.workflows.inputs import SIDES
from users.models import User

# Labels that are not made of the name, and parameters shown elsewhere on the page.
LABELS = {"cfg": "CFG", "loras": "LoRAs"}
SHOWN_ELSEWHERE = (*SIDES, "image")


class JobPagesListing(GenerationJobListing):
    """Jobs with what their cards show."""

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what cards show."""
        return for_cards(queryset)


@dataclass(frozen=True)
class JobPage:
    """The page of one job, beside its card."""

    prompt: str
    negative_prompt: str
    parameters: list[tuple[str, str]]
    # Works that it was made from, as far as the viewer sees them.
    parent: ContentItem | None
    image: ContentItem | None
    # Its works behind those of the card; None if there are none.
    others: OtherWorks | None


def job_page(card: JobCard, viewer: User | AnonymousUser, after: int | None = None) -> JobPage:
    """Return the contents of a job's page, with its other works behind a place. Three queries at most: for its texts,
    the picture it began with, and those works."""
    job = card.job
    seen = ContentItem.objects.visible_to(viewer).only("title")
    parent = job.parent if job.parent is not None and job.parent.is_visible_to(viewer) else None
    return JobPage(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        parameters=parameter_rows(job.parameters),
        parent=parent,
        image=None if job.image_id is None else seen.filter(pk=job.image_id).first(),
        others=other_works(job, card.works, viewer, after),
    )


def parameter_rows(parameters: dict[str, object]) -> list[tuple[str, str]]:
    """Return names and values of parameters as a page shows them."""
    sides = sides_of(parameters)
    rows = [("Size", f"{sides[0]} × {sides[1]}")] if sides else []
    others = {name: value for name, value in parameters.items() if name not in SHOWN_ELSEWHERE}
    return [*rows, *((label_of(name), text_of(value)) for name, value in others.items())]


def label_of(name: str) -> str:
    """Return the label of a parameter."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()
