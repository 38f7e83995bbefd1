"""The form of the page Create with the works that it begins with: as an address asks for it, or as it was sent."""

from typing import Any, NamedTuple
from uuid import uuid4

from django.http import HttpRequest, QueryDict

from content.models import ContentItem
from generation import workflows
from generation.models import GenerationJob
from generation.pages.forms import CreateForm
from generation.pages.prefilling import (
    id_in,
    size_of_input,
    typed_values,
    values_of_job,
    values_of_work,
    with_other_seeds,
    work_named,
    workflow_for,
)
from genonaut.http import queries
from genonaut.pagination.lenient import own_parameters

# What an address may name beside the form's fields: works and a job to begin with, and the same with other seeds.
LINKS = ("from", "image", "again", "seeds")


class BegunForm(NamedTuple):
    """A form, and the works that it is made from as far as the viewer sees them."""

    form: CreateForm
    parent: ContentItem | None
    image: ContentItem | None


def begun_form(request: HttpRequest) -> BegunForm:
    """Return the form that an address asks for, or one that was posted to see the fields of its workflow.

    The request keeps the parameters that are understood. Raises Http404 for a work that a link names and the viewer
    does not see.
    """
    typed = request.POST if request.method == "POST" else request.GET
    choices = workflows.workflows_for(request.user)
    image = work_named(request.user, typed.get("image"))
    first = _first_values(request, typed, image)
    first["workflow"] = workflow_for(first, choices)
    unfilled = CreateForm(choices=choices, initial={**first, **typed_values(typed, ("workflow", "image"))})
    names = tuple(name for name in unfilled.fields if name != "key")
    values = {**first, **typed_values(typed, names)}
    image = image or _seen(request, values.get("image"))
    parent = _seen(request, values.get("parent"))
    values |= {"parent": parent and parent.pk, "image": image and image.pk}
    queries.keep(request, own_parameters(request.GET, (*LINKS, *names)))
    return BegunForm(CreateForm(choices=choices, initial=values), parent, image)


def sent_form(request: HttpRequest, *, has_new_key: bool = False) -> BegunForm:
    """Return the form that was sent; with a new key, what is sent next is another request."""
    sent = request.POST.copy()
    if has_new_key:
        sent["key"] = str(uuid4())
    form = CreateForm(sent, choices=workflows.workflows_for(request.user))
    return BegunForm(form, *(_seen(request, sent.get(name)) for name in ("parent", "image")))


def _first_values(request: HttpRequest, query: QueryDict, image: ContentItem | None) -> dict[str, Any]:
    """Return the fields' initial values, from a work, a job, or the size of a picture; empty without any."""
    values = _values_of_again(request, query) if query.get("again") else {}
    parent = work_named(request.user, query.get("from")) or _seen(request, query.get("parent"))
    if parent is not None:
        values = values_of_work(parent, request.user)
    elif image is not None:
        values = {**size_of_input(image), **values}
    return with_other_seeds(values) if query.get("seeds") == "other" else values


def _values_of_again(request: HttpRequest, query: QueryDict) -> dict[str, Any]:
    """Return the values of a job that the viewer sees; none if there is no such job."""
    pk = id_in(query["again"])
    own = GenerationJob.objects.visible_to(request.user).select_related("workflow")
    job = None if pk is None else own.filter(pk=pk).first()
    return values_of_job(job) if job else {}


def _seen(request: HttpRequest, named: object) -> ContentItem | None:
    """Return a work of an id that was typed or stored; None if the viewer sees none."""
    pk = id_in(str(named or ""))
    return None if pk is None else ContentItem.objects.visible_to(request.user).for_details().filter(pk=pk).first()
