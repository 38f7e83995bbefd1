"""Checks a graph and the inputs that are declared for it; each fault is one sentence that staff can act on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from generation.backends.comfyui.graphs import is_link
from generation.backends.comfyui.node_classes import NodeClasses, NodeInput, input_of
from generation.backends.comfyui.sentences import shortened
from generation.workflows.graphs import Graph, graph_faults, node_label, nodes_named, title_of
from generation.workflows.inputs import KEYS, ONE_NAME, RESERVED, WELL_KNOWN, Input, Kind
from generation.workflows.values import InputError, checked
from genonaut.json_values import storable_json_text

MOST_FAULTS = 20
MOST_INPUTS = 100
MOST_CHOICES = 2_000
NAME = re.compile("[a-z][a-z0-9_]{0,39}")
LABEL_LENGTH = 100
NO_LIST = "The inputs must be a JSON list of objects, each with name, kind, node and field."
CHOOSING = (Kind.CHOICE, Kind.MODEL, Kind.LORAS)
# What the graph's own value must be, by kind; and what /object_info calls such inputs.
TYPES: Mapping[Kind, tuple[tuple[type, ...], str, tuple[str, ...]]] = {
    Kind.TEXT: ((str,), "text", ("STRING",)),
    Kind.NUMBER: ((int, float), "a number", ("FLOAT",)),
    Kind.WHOLE: ((int,), "a whole number", ("INT", "FLOAT")),
    Kind.CHOICE: ((str,), "text", ("COMBO", "STRING")),
    Kind.SWITCH: ((bool,), "true or false", ("BOOLEAN",)),
    Kind.MODEL: ((str,), "text", ("COMBO", "STRING")),
    Kind.PICTURE: ((str,), "text", ("COMBO", "STRING")),
    Kind.SEED: ((int,), "a whole number", ("INT",)),
}


def check(graph: object, inputs: object, classes: NodeClasses | None = None) -> list[str]:
    """Return a sentence for each fault of a graph; if it has none, for each fault of its inputs. At most 20.

    With a ComfyUI's classes, the names of classes, models and other choices are looked up as well.
    """
    return checked_graph(graph, inputs, classes) or checked_inputs(graph, inputs, classes)


def checked_graph(graph: object, inputs: object, classes: NodeClasses | None = None) -> list[str]:
    """Return the faults of a graph alone: what its inputs set is left to `checked_inputs`."""
    faults = graph_faults(graph, classes)
    return _first(faults or list(_choice_faults(graph, inputs, classes)))


def checked_inputs(graph: Graph, inputs: object, classes: NodeClasses | None = None) -> list[str]:
    """Return the faults of the inputs that are declared for a sound graph."""
    fault = _list_fault(inputs)
    if fault:
        return [fault]
    faults = [f"Input {_called(each, at)}: {said}" for at, each in enumerate(inputs, 1) for said in _shape(each)]
    if not faults:
        faults = list(_faults_of_names(inputs))
        faults += [f"Input {each['name']}: {said}" for each in inputs for said in _place(graph, each, classes)]
    return _first(faults)


def _first(faults: list[str]) -> list[str]:
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], f"There are {more:,} more faults."] if more > 0 else faults


def _choice_faults(graph: Graph, inputs: object, classes: NodeClasses | None) -> Iterator[str]:
    declared = [each for each in inputs if isinstance(each, dict)] if isinstance(inputs, list) else []
    places = {(str(each.get("node")), str(each.get("field"))) for each in declared}
    for node_id, node in graph.items():
        names = {node_id, title_of(node)}
        for name, value in node["inputs"].items():
            is_set = any((node_name, name) in places for node_name in names)
            if not is_set and _is_missing(value, input_of(node["class_type"], name, classes)):
                where = f"In {node_label(graph, node_id)}, {shortened(name)}"
                yield f"{where} is “{shortened(value)}”, which this ComfyUI does not have."


def _is_missing(value: object, said: NodeInput | None) -> bool:
    return said is not None and said.lacks(value)


def _list_fault(inputs: object) -> str | None:
    if not isinstance(inputs, list):
        return NO_LIST
    if len(inputs) > MOST_INPUTS:
        return f"There are more than {MOST_INPUTS} inputs."
    try:
        storable_json_text(inputs)
    except ValueError as error:
        return f"The inputs cannot be stored: {error}."
    return None


def _called(declared: object, number: int) -> str:
    name = declared.get("name") if isinstance(declared, dict) else None
    return shortened(name) if isinstance(name, str) and name else str(number)


def _shape(declared: object) -> Iterator[str]:
    """Yield what is wrong with a declaration by itself."""
    if not isinstance(declared, dict):
        yield "it must be an object."
        return
    yield from (f"“{shortened(key)}” is none of {', '.join(KEYS)}." for key in declared if key not in KEYS)
    yield from _name_faults(declared)
    yield from _limit_faults(declared)
    yield from _choices_faults(declared)


def _name_faults(declared: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(declared.get("name"), str) or not NAME.fullmatch(declared["name"]):
        yield "its name must be small letters, digits and underscores, at most 40."
    elif declared["name"] in RESERVED:
        yield "the page Create has a field of that name: choose another."
    if declared.get("kind") not in list(Kind):
        yield f"its kind must be one of {', '.join(Kind)}."
    for key in ("node", "field"):
        if not isinstance(declared.get(key), str) or not declared[key]:
            yield f"“{key}” must be text."
    label = declared.get("label") or ""
    if not isinstance(label, str) or len(label) > LABEL_LENGTH:
        yield f"its label must be text of at most {LABEL_LENGTH} characters."
    if declared.get("kind") in list(ONE_NAME) and declared.get("default") is not None:
        yield "seeds, LoRAs and pictures have no default."


def _limit_faults(declared: Mapping[str, Any]) -> Iterator[str]:
    limits = {key: declared[key] for key in ("least", "most", "step") if declared.get(key) is not None}
    types = (int,) if declared.get("kind") == Kind.WHOLE else (int, float)
    if limits and declared.get("kind") not in (Kind.NUMBER, Kind.WHOLE):
        yield "least, most and step are for the kinds number and whole alone."
    elif not all(_is_of(value, types) and isfinite(value) for value in limits.values()):
        yield f"least, most and step must be {'whole ' if types == (int,) else ''}numbers."
    elif limits.get("least", 0) > limits.get("most", limits.get("least", 0)) or limits.get("step", 1) <= 0:
        yield "least must not be above most, and step must be above 0."


def _choices_faults(declared: Mapping[str, Any]) -> Iterator[str]:
    choices = declared.get("choices")
    if choices is None:
        return
    if declared.get("kind") not in CHOOSING:
        yield "choices are for the kinds choice, model and loras alone."
    elif not isinstance(choices, list) or not 0 < len(choices) <= MOST_CHOICES:
        yield f"choices must be a list of 1 to {MOST_CHOICES:,} names."
    elif not all(isinstance(choice, str) and choice for choice in choices):
        yield "each choice must be text."


def _is_of(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _faults_of_names(inputs: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with names: a name has one kind, and a place one name."""
    kinds: dict[str, str] = {}
    places: set[tuple[str, str]] = set()
    for declared in inputs:
        name, kind, place = declared["name"], declared["kind"], (declared["node"], declared["field"])
        if WELL_KNOWN.get(name, kind) != kind:
            yield f"Input {name}: its kind must be {WELL_KNOWN[name]}."
        elif ONE_NAME.get(kind, name) != name:
            yield f"Input {name}: an input of kind {kind} must be named {ONE_NAME[kind]}."
        elif kinds.setdefault(name, kind) != kind:
            yield f"Input {name}: it is declared twice, with two kinds."
        if place in places:
            yield f"Input {name}: its node and field are declared twice."
        places.add(place)


def _place(graph: Graph, declared: Mapping[str, Any], classes: NodeClasses | None) -> Iterator[str]:
    """Yield what is wrong with a declaration in this graph."""
    name = shortened(declared["node"])
    ids = nodes_named(graph, declared["node"])
    if len(ids) != 1:
        several = f"{len(ids)} nodes are titled “{name}”; name one by its id."
        yield several if ids else f"the graph has no node of the title or id “{name}”."
        return
    node, field = graph[ids[0]], declared["field"]
    if field not in node["inputs"]:
        fields = ", ".join(shortened(each) for each in list(node["inputs"])[:10])
        yield f"{node_label(graph, ids[0])} has no field “{shortened(field)}”; it has {fields or 'none'}."
        return
    said = input_of(node["class_type"], field, classes)
    faults = list(_link_or_literal(Kind(declared["kind"]), node["inputs"][field], said))
    yield from faults or _default_faults(graph, declared, said)


def _link_or_literal(kind: Kind, value: object, said: NodeInput | None) -> Iterator[str]:
    if kind is Kind.LORAS:
        if not is_link(value):
            yield "its field must be a link to a model: LoRAs are loaded in between."
        return
    types, wanted, names = TYPES[kind]
    if is_link(value):
        yield "its field is a link: declare the input at the node that it leads to."
    elif not _is_of(value, types):
        yield f"the graph's own value must be {wanted}."
    elif said is not None and said.type not in names:
        yield f"ComfyUI takes {shortened(said.type)} there, which does not go with the kind {kind}."


def _default_faults(graph: Graph, declared: Mapping[str, Any], said: NodeInput | None) -> Iterator[str]:
    each = Input.of(declared)
    default = each.own_default(graph)
    if default is None:
        return
    try:
        checked(replace(each, name="default"), default)
    except InputError as error:
        yield f"its default does not suit it. {error.message}"
        return
    if _is_missing(default, said):
        yield f"its default “{shortened(default)}” is nothing that this ComfyUI has; give it another default."
