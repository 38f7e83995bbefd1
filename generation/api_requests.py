"""Reads the requests for jobs from a body of the API. Each error names the field of the body."""

from collections.abc import Iterator, Mapping
from typing import Any

from content.models import ContentItem
from generation import workflows
from generation.jobs import Request
from generation.models import Workflow
from generation.variants import seeds_from
from genonaut.whole_numbers import read_whole_number
from users.models import User

# Jobs of one request.
MOST_VARIANTS = 64
# Errors of these are not among those of the parameters.
OWN_FIELDS = ("workflow", "negative_prompt", "job_type", "seeds")
NO_WORK = "There is no such work with a file, or you may not see it."


def requests_of(user: User, values: Mapping[str, Any]) -> list[Request]:
    """Return a request for each variant that checked values ask for. At most two queries.

    Raises InputError; `field_of` says where its value stood.
    """
    workflow = workflows.named(user, values.get("workflow", workflows.BUILT_IN.name))
    _check_texts(workflow, values)
    parameters = values.get("parameters", {})
    requests = [
        Request.of_workflow(
            workflow,
            values["prompt"],
            {**parameters, **seed},
            negative_prompt=values.get("negative_prompt", ""),
            parent=values.get("parent"),
            publishes=values.get("publishes", False),
        )
        for seed in _seeds(values)
    ]
    _check_picture(user, requests[0])
    return requests


def field_of(error: workflows.InputError) -> str:
    """Return the field of the body that an error is about, as `parameters.width`."""
    return error.field if error.field in OWN_FIELDS else f"parameters.{error.field}"


def _check_texts(workflow: Workflow, values: Mapping[str, Any]) -> None:
    names = {declared["name"] for declared in workflows.as_dict(workflow)["inputs"]}
    if values.get("negative_prompt") and "negative_prompt" not in names:
        raise workflows.InputError("negative_prompt", "This workflow has no such input.")
    if values.get("job_type", workflow.output_type) != workflow.output_type:
        raise workflows.InputError("job_type", f"This workflow makes {workflow.output_type}.")


def _seeds(values: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Return the seed of each variant as a parameter; none of those whose seed is drawn."""
    seed, count = values.get("parameters", {}).get("seed"), values.get("count", 1)
    if values.get("seeds"):
        if seed is not None or "count" in values:
            raise workflows.InputError("seeds", "Send either seeds, or a seed among the parameters and a count.")
        yield from ({"seed": str(each)} for each in values["seeds"])
    elif seed is None or count == 1:
        yield from ({} for _ in range(count))
    else:
        yield from ({"seed": str(each)} for each in seeds_from(_first(seed), count))


def _first(value: object) -> int:
    try:
        return read_whole_number(value)
    except ValueError as error:
        raise workflows.InputError("seed", f"{str(error).capitalize()}.") from error


def _check_picture(user: User, request: Request) -> None:
    """Raise InputError if the picture to start from is not there, or not the user's to see."""
    image = request.parameters.get("image")
    if isinstance(image, Mapping):
        works = ContentItem.objects.visible_to(user).filter(media_file__isnull=False)
        if not works.filter(pk=image["item"]).exists():
            raise workflows.InputError("image", NO_WORK)
