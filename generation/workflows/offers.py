"""The workflows that users may choose, and what users see of each."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from content.models import ContentType
from generation.backends.comfyui.node_classes import NodeClasses, input_of
from generation.models import Workflow
from generation.workflows.filling import declared_inputs
from generation.workflows.graphs import nodes_named
from generation.workflows.inputs import Input, Kind, inputs_by_name
from generation.workflows.values import InputError
from users.models import User

# The built-in renderer as a workflow. It is not saved: jobs of it have none.
BUILT_IN = Workflow(
    name="built-in",
    title="Built-in renderer",
    description="It paints simple scenes of the words that it knows, without an AI model.",
    output_type=ContentType.IMAGE,
    graph={},
    inputs=[
        Input("prompt", Kind.TEXT),
        Input("negative_prompt", Kind.TEXT),
        Input("seed", Kind.SEED),
        Input("width", Kind.WHOLE, least=64, most=2048, default=1024),
        Input("height", Kind.WHOLE, least=64, most=2048, default=1024),
        Input("image", Kind.PICTURE, is_optional=True),
        Input("denoise", Kind.NUMBER, least=0, most=1, step=0.01, is_optional=True),
    ],
)


def offered(user: User | AnonymousUser) -> QuerySet[Workflow]:
    """Return the workflows that a user may choose, by title: none without a ComfyUI to run them."""
    if not settings.COMFYUI_URLS or not user.is_authenticated:
        return Workflow.objects.none()
    return Workflow.objects.filter(is_active=True).order_by("title", "pk")


def workflows_for(user: User | AnonymousUser) -> list[Workflow]:
    """Return all that a user may choose, the built-in renderer first. At most one query."""
    return [BUILT_IN, *offered(user)]


def named(user: User | AnonymousUser, name: str) -> Workflow:
    """Return the workflow of a name, which may be BUILT_IN. At most one query.

    Raises InputError if the user may choose none of that name.
    """
    workflow = BUILT_IN if name == BUILT_IN.name else offered(user).filter(name=name.replace("\0", "")).first()
    if workflow is None:
        raise InputError("workflow", "There is no such workflow.")
    return workflow


def as_dict(workflow: Workflow, classes: NodeClasses | None = None) -> dict[str, Any]:
    """Return what users see of a workflow: its name and inputs, not its graph.

    With a ComfyUI's classes, models and other choices are those of this ComfyUI.
    """
    inputs = inputs_by_name(declared_inputs(workflow))
    return {
        "name": workflow.name,
        "title": workflow.title,
        "description": workflow.description,
        "output_type": str(workflow.output_type),
        "inputs": [_shown(_with_choices(workflow, each, classes)) for each in inputs.values()],
    }


def inputs_offered(workflow: Workflow, classes: NodeClasses | None = None) -> dict[str, Input]:
    """Return the inputs of a workflow by name, for a form: with the choices of a ComfyUI, as in `as_dict`."""
    inputs = inputs_by_name(declared_inputs(workflow))
    return {name: _with_choices(workflow, each, classes) for name, each in inputs.items()}


def _shown(declared: Input) -> dict[str, Any]:
    is_free = declared.is_optional or declared.kind in (Kind.SEED, Kind.LORAS) or declared.name == "negative_prompt"
    return {
        "name": declared.name,
        "kind": str(declared.kind),
        "label": declared.shown_label,
        "is_required": not is_free and (declared.default is None or declared.name == "prompt"),
        "default": declared.default,
        "least": declared.least,
        "most": declared.most,
        "step": declared.step,
        "choices": list(declared.choices),
    }


def _with_choices(workflow: Workflow, declared: Input, classes: NodeClasses | None) -> Input:
    """Return an input with the choices of a ComfyUI, and the first as default if it lacks the graph's own, as a job
    that leaves the choice to it has it (backends/comfyui/node_classes.py)."""
    if not declared.is_of_server and (declared.choices or declared.kind is not Kind.LORAS):
        return declared
    kind, field = ("LoraLoader", "lora_name")
    if declared.kind is not Kind.LORAS:
        ids = nodes_named(workflow.graph, declared.node)
        kind, field = workflow.graph[ids[0]]["class_type"] if len(ids) == 1 else "", declared.field
    said = input_of(kind, field, classes)
    if said is None or not said.choices:
        return declared
    is_there = declared.kind is Kind.LORAS or declared.default in said.choices
    return replace(declared, choices=said.choices, default=declared.default if is_there else said.choices[0])
