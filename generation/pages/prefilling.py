"""Initial values of the form of the page Create: from a work, from a job, or as they were typed before."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, QueryDict

from content.drawings import drawing_size
from content.models import ContentItem
from generation.models import GenerationJob, Workflow
from generation.pages.forms import OWN, SIZES
from generation.pages.job_cards import sides_of
from generation.workflows.inputs import SIDES
from generation.workflows.offers import BUILT_IN
from genonaut.pagination.filters import MAX_ID
from media.generation import generation_of
from media.generation_data.blocks import ModelUse
from media.models import GenerationData
from users.models import User

OTHER_SEEDS = 4
# Sides that every workflow with a size is expected to take.
LEAST_SIDE, MOST_SIDE = 64, 2048
LONGEST_ID = len(str(MAX_ID))


def id_in(text: str) -> int | None:
    """Return the id that a text is; None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else None


def work_named(viewer: User | AnonymousUser, text: str | None) -> ContentItem | None:
    """Return the work of an id in an address; None without one. Raises Http404 if the viewer sees no such work."""
    if not text:
        return None
    item = ContentItem.objects.visible_to(viewer).for_details().filter(pk=id_in(text)).first()
    if item is None:
        raise Http404
    return item


def values_of_work(item: ContentItem, viewer: User | AnonymousUser) -> dict[str, Any]:
    """Return the values of a work by the names of the form's fields: its size alone if its prompt is hidden.

    One query for its workflow, one for the names of its LoRAs if it has any.
    """
    row = item.generation if item.shows_prompt_to(viewer) else None
    values: dict[str, Any] = {"parent": item.pk, **size_values(*_size_of(item, row))}
    if not item.shows_prompt_to(viewer):
        return values
    values |= {"prompt": item.prompt, **made_by(item)}
    if row is not None:
        values |= _generated(row)
    if "seed" not in values and item.generation_seed is not None:
        values["seed"] = str(item.generation_seed)
    return values


def made_by(item: ContentItem) -> dict[str, Any]:
    """Return the workflow that made a work here and the picture that it began with; nothing of others. One query.

    The viewer may not see that picture.
    """
    job = GenerationJob.objects.filter(outputs__item=item).select_related("workflow").first()
    if job is None:
        return {}
    denoise = {name: value for name, value in job.parameters.items() if name == "denoise"}
    return {"workflow": job.workflow.name if job.workflow else BUILT_IN.name, "image": job.image_id, **denoise}


def workflow_for(values: Mapping[str, Any], choices: Sequence[Workflow]) -> str | None:
    """Return the name of the workflow to begin with: where a ComfyUI runs any, one that takes a model and no picture.

    None leaves the built-in renderer, the first of all.
    """
    if values.get("workflow"):
        return values["workflow"]
    names = ((choice, {each["name"] for each in choice.inputs}) for choice in choices if choice.pk is not None)
    return next((choice.name for choice, has in names if "model" in has and "image" not in has), None)


def _generated(row: GenerationData) -> dict[str, Any]:
    generation = generation_of(row)
    told = {
        "negative_prompt": generation.negative_prompt,
        "model": generation.model and generation.model.name,
        "sampler": generation.sampler,
        "scheduler": generation.scheduler,
        "steps": generation.steps,
        "cfg": generation.cfg,
        "seed": None if generation.seed is None else str(generation.seed),
        "loras": [_lora(lora) for lora in generation.loras],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _lora(lora: ModelUse) -> dict[str, object]:
    return {"name": lora.name, "weight": 1.0 if lora.weight is None else lora.weight}


def _size_of(item: ContentItem, row: GenerationData | None) -> tuple[int | None, int | None]:
    if row is not None and row.width and row.height:
        return row.width, row.height
    if item.media_file is not None:
        return item.media_file.width, item.media_file.height
    return drawing_size(item.content_type, item.seed) if item.is_synthetic else (None, None)


def size_values(width: int | None, height: int | None) -> dict[str, Any]:
    """Return the fields of a size: a preset, or sides of its own; none if it is unknown."""
    if not width or not height:
        return {}
    if f"{width}x{height}" in SIZES:
        return {"size": f"{width}x{height}"}
    return {"size": OWN, "width": width, "height": height}


def size_of_input(image: ContentItem) -> dict[str, Any]:
    """Return the fields of the size of a picture to start from; none for a size that the form would refuse."""
    sides = _size_of(image, None)
    return size_values(*sides) if all(side and LEAST_SIDE <= side <= MOST_SIDE for side in sides) else {}


def values_of_job(job: GenerationJob) -> dict[str, Any]:
    """Return the values of a job by the names of the form's fields."""
    parameters = {name: value for name, value in job.parameters.items() if name not in ("image", *SIDES)}
    texts = {"prompt": job.prompt, "negative_prompt": job.negative_prompt}
    origin = {"parent": job.parent_id, "image": job.image_id, "workflow": job.workflow and job.workflow.name}
    return {**parameters, **size_values(*(sides_of(job.parameters) or (None, None))), **texts, **origin}


def with_other_seeds(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that ask for the same with seeds that are drawn."""
    return {**values, "seed": "", "count": OTHER_SEEDS}


def typed_values(query: QueryDict, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the values of the form's fields in an address; an empty one is kept, as its field was emptied."""
    return {name: query[name] for name in names if name in query}
