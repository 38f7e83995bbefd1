"""The choices that ComfyUI servers have for workflows: a worker asks for them, pages read them from a row.

Workers look again before they send a job. Staff's form of workflows asks by itself, once it is sent.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from generation.backends import AwayError
from generation.backends.comfyui.answers import mapping
from generation.backends.comfyui.connection import Connection
from generation.backends.comfyui.node_classes import NodeClass, NodeClasses, NodeInput, node_classes
from generation.models import ServerChoices, Workflow

# So long a server is waited for that was reached.
READ_SECONDS = 5
# Servers that have not answered for longer may have other models by now: their choices are not shown.
KEPT = timedelta(hours=1)
# Loads the LoRAs that a job asks for, in workflows that do not name it.
LORA_LOADER = "LoraLoader"


def classes_of_servers() -> NodeClasses | None:
    """Return the classes that workflows name, with those of their inputs that have choices, as a worker noted them.

    None if no server has answered for long. One query; no server is asked.
    """
    row = ServerChoices.objects.filter(asked_at__gt=Now() - KEPT).first()
    return None if row is None else {name: _class_of(inputs) for name, inputs in row.choices.items()}


def _class_of(inputs: dict[str, list[str]]) -> NodeClass:
    return NodeClass({name: NodeInput("COMBO", tuple(choices)) for name, choices in inputs.items()}, is_output=False)


def note_choices() -> bool:
    """Ask the servers, and write down what pages need; return whether any answered. Two queries if it is as before."""
    names = _named_classes() if settings.COMFYUI_URLS else ()
    classes = fresh_classes() if names else None
    if classes is None:
        return False
    choices = {name: _choices_of(classes[name]) for name in sorted(names & classes.keys())}
    # What is the same is not written again: it may be long.
    if not ServerChoices.objects.filter(choices=choices).update(asked_at=Now()):
        ServerChoices.objects.update_or_create(pk=1, defaults={"choices": choices, "asked_at": Now()})
    return True


def _named_classes() -> set[str]:
    """Return the classes of all nodes of the workflows that are offered, and the loader of LoRAs. One query."""
    graphs = Workflow.objects.filter(is_active=True).values_list("graph", flat=True)
    names = {str(mapping(node).get("class_type")) for graph in graphs for node in mapping(graph).values()}
    return names and names | {LORA_LOADER}


def _choices_of(node_class: NodeClass) -> dict[str, tuple[str, ...]]:
    return {name: each.choices for name, each in node_class.inputs.items() if each.choices}


def fresh_classes() -> NodeClasses | None:
    """Ask all servers at once; return the node classes of those that answer, None if none does.

    A class that several have has the choices of all, those of the first of COMFYUI_URLS first: a job goes to a server
    that has what it chose.
    """
    with ThreadPoolExecutor(max(1, len(settings.COMFYUI_URLS))) as threads:
        answers = [answer for answer in threads.map(_classes_of, settings.COMFYUI_URLS) if answer is not None]
    names = dict.fromkeys(name for answer in answers for name in answer)
    return {name: _united([answer[name] for answer in answers if name in answer]) for name in names} or None


def _united(classes: Sequence[NodeClass]) -> NodeClass:
    """Return a class as several servers have it: the first one's, with the inputs and choices of all."""
    names = dict.fromkeys(name for each in classes for name in each.inputs)
    inputs = {name: _united_input([each.inputs[name] for each in classes if name in each.inputs]) for name in names}
    return NodeClass(inputs, classes[0].is_output)


def _united_input(inputs: Sequence[NodeInput]) -> NodeInput:
    if any(each.choices is None for each in inputs):
        return NodeInput(inputs[0].type)
    return NodeInput(inputs[0].type, tuple(dict.fromkeys(choice for each in inputs for choice in each.choices or ())))


def _classes_of(url: str) -> NodeClasses | None:
    connection = Connection(url, read_seconds=READ_SECONDS)
    try:
        return node_classes(connection.get("/object_info")) or None
    except AwayError:
        return None
    finally:
        connection.close()
