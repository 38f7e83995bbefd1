"""What a form of the page Create asks for, as the requests of its jobs."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from content.models import ContentItem
from generation.forms import OWN, SIDES, CreateForm
from generation.jobs import Request
from generation.sweeps import drawn_seed, seeds_from
from generation.workflows import values_of


def requests_of(form: CreateForm, *, parent: ContentItem | None, image: ContentItem | None) -> list[Request]:
    """Return a request for each variant of a valid form; those of a sweep share their seed.

    Raises InputError for a value that the workflow does not take.
    """
    values = form.cleaned_data
    fixed = parameters_of(form)
    if image is not None:
        fixed["image"] = {"item": image.pk}
    return [
        Request(
            prompt=prompt_of(form, image),
            negative_prompt=values.get("negative_prompt", ""),
            job_type=str(form.chosen.output_type),
            parameters=values_of(form.chosen, {**fixed, **changes}),
            workflow=None if form.chosen.pk is None else form.chosen,
            parent=parent,
            publishes=values["publishes"],
        )
        for changes in _variants(form)
    ]


def prompt_of(form: CreateForm, image: ContentItem | None) -> str:
    """Return the prompt; of a workflow that takes none the title of what it begins with, which names its works."""
    if "prompt" in form.inputs:
        return form.cleaned_data["prompt"]
    return (image.title if image else "") or form.chosen.title


def parameters_of(form: CreateForm) -> dict[str, Any]:
    """Return the parameters that all variants of a valid form share."""
    values = form.cleaned_data
    parameters = {name: values[name] for name in form.more if values[name] not in (None, "", [])}
    if form.has_size:
        own = [values[name] for name in SIDES]
        sides = own if values["size"] == OWN else map(int, values["size"].split("x"))
        parameters |= dict(zip(SIDES, sides, strict=True))
    return parameters


def _variants(form: CreateForm) -> Iterator[dict[str, Any]]:
    """Return what each variant has for itself: its seed, and its value of the sweep."""
    values, swept = form.cleaned_data, form.sweep_values()
    name = values.get("sweep")
    if name == "seed":
        yield from ({"seed": str(seed)} for seed in swept)
        return
    for seed in _seeds(values):
        for value in swept or [None]:
            yield {"seed": str(seed), **({name: value} if swept else {})}


def _seeds(values: dict[str, Any]) -> list[int]:
    count = values["count"]
    if values["seed"] is not None:
        return seeds_from(values["seed"], count)
    key = str(values["key"] or uuid4())
    return [drawn_seed(key, number) for number in range(count)]
