"""What POST /prompt checks of a graph, with the errors as they are worded on the wire."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from math import isnan
from pathlib import Path
from typing import Any

from tests.comfyui.nodes import NodeKind, annotated

CONVERSIONS: dict[str, Callable[[Any], Any]] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


@dataclass
class Validation:
    """The outcome: an error of the whole, the outputs to run, and the errors of nodes."""

    error: dict[str, Any] | None
    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, Any] = field(default_factory=dict)


def error(kind: str, message: str, details: str = "", **extra_info: Any) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}


@dataclass
class Checker:
    """One server's checks."""

    kinds: Mapping[str, NodeKind]
    folder: Callable[[str], Path]
    is_modern: bool

    def validate(self, graph: dict[str, Any]) -> Validation:
        if not graph:
            return Validation(error("prompt_no_outputs", "Prompt has no outputs"))
        for node_id, node in graph.items():
            wrong = self.class_error(node_id, node)
            if wrong:
                return Validation(wrong)
        try:
            TopologicalSorter({each: links(node) for each, node in graph.items()}).prepare()
        except CycleError:
            return Validation(error("prompt_outputs_failed_validation", "Prompt outputs failed validation"))
        outputs = [each for each, node in graph.items() if self.kinds[node["class_type"]].is_output]
        if not outputs:
            return Validation(error("prompt_no_outputs", "Prompt has no outputs"))
        return self.validate_outputs(graph, outputs)

    def class_error(self, node_id: str, node: Any) -> dict[str, Any] | None:
        if "class_type" not in node:
            message = "Cannot execute because a node is missing the class_type property."
        elif node["class_type"] not in self.kinds:
            message = f"Cannot execute because node {node['class_type']} does not exist."
        else:
            return None
        return error("missing_node_type" if self.is_modern else "invalid_prompt", message, f"Node ID '#{node_id}'")

    def validate_outputs(self, graph: dict[str, Any], outputs: list[str]) -> Validation:
        good, found = [], {}
        for output in outputs:
            bad = {each: self.node_errors(graph, each) for each in needed(graph, output)}
            bad = {each: errors for each, errors in bad.items() if errors}
            good += [] if bad else [output]
            for each, errors in bad.items():
                entry = {"errors": errors, "dependent_outputs": [], "class_type": graph.get(each, {}).get("class_type")}
                found.setdefault(each, entry)["dependent_outputs"].append(output)
        if good:
            return Validation(None, good, found)
        message = error("prompt_outputs_failed_validation", "Prompt outputs failed validation")
        return Validation(message, [], found)

    def node_errors(self, graph: dict[str, Any], node_id: str) -> list[dict[str, Any]]:
        if node_id not in graph or "inputs" not in graph[node_id]:
            trace = ['  File "/srv/comfyui/execution.py", line 1010, in validate_prompt\n']
            return [
                error(
                    "exception_during_validation",
                    "Exception when validating node",
                    f"'{node_id}'",
                    exception_type="KeyError",
                    traceback=trace,
                )
            ]
        inputs = graph[node_id]["inputs"]
        kind = self.kinds[graph[node_id]["class_type"]]
        return [
            wrong for name, config in kind.inputs.items() for wrong in self.input_errors(graph, inputs, name, config)
        ]

    def input_errors(self, graph: dict[str, Any], inputs: dict, name: str, config: list) -> Iterator[dict[str, Any]]:
        if name not in inputs:
            yield error("required_input_missing", "Required input is missing", name, input_name=name)
        elif isinstance(inputs[name], list):
            yield from self.link_errors(graph, inputs[name], name, config)
        else:
            yield from self.value_errors(inputs, name, config)

    def link_errors(self, graph: dict[str, Any], link: list, name: str, config: list) -> Iterator[dict[str, Any]]:
        if len(link) != 2:
            message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            yield error("bad_linked_input", message, name, input_name=name, input_config=config, received_value=link)
        elif link[0] in graph:
            received = self.kinds[graph[link[0]]["class_type"]].outputs[link[1]]
            if config[0] not in (received, "*"):
                message = "Return type mismatch between linked nodes"
                details = f"{name}, received_type({received}) mismatch input_type({config[0]})"
                yield error("return_type_mismatch", message, details, input_name=name, received_type=received)

    def value_errors(self, inputs: dict, name: str, config: list) -> Iterator[dict[str, Any]]:
        kind, options = config[0], config[1] if len(config) > 1 else {}
        known = {"input_name": name, "input_config": config, "received_value": inputs[name]}
        if isinstance(kind, str) and kind in CONVERSIONS:
            try:
                inputs[name] = CONVERSIONS[kind](inputs[name])  # in place: the history has the converted value
            except (ValueError, TypeError, OverflowError) as wrong:
                message = f"Failed to convert an input value to a {kind} value"
                yield error("invalid_input_type", message, f"{name}, {inputs[name]}, {wrong}", **known)
                return
            yield from range_errors(inputs[name], name, options, known)
        elif name == "image" and options.get("image_upload"):
            if not annotated(self.folder, inputs[name]).is_file():
                details = f"image - Invalid image file: {inputs[name]}"
                yield error("custom_validation_failed", "Custom validation failed for node", details, **known)
        else:
            yield from self.choice_errors(inputs[name], name, config, known)

    def choice_errors(self, value: Any, name: str, config: list, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
        choices = config[0]
        if config[0] == "COMBO":
            # Not checked in 0.3.64: a wrong name fails at run time, or not at all.
            choices = config[1]["options"] if self.is_modern else None
        if isinstance(choices, list) and value not in choices:
            details = f"{name}: '{value}' not in {choices if len(choices) < 20 else f'(list of length {len(choices)})'}"
            yield error("value_not_in_list", "Value not in list", details, **known)


def range_errors(value: Any, name: str, options: dict, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(value, float) and isnan(value):
        return  # NaN is neither smaller nor larger: it is accepted, and stands bare in the history
    if "min" in options and value < options["min"]:
        yield error("value_smaller_than_min", f"Value {value} smaller than min of {options['min']}", name, **known)
    if "max" in options and value > options["max"]:
        yield error("value_bigger_than_max", f"Value {value} bigger than max of {options['max']}", name, **known)


def needed(graph: dict[str, Any], output: str) -> list[str]:
    """Return the ids of an output and of all that it is made from."""
    waiting, seen = [output], []
    while waiting:
        node_id = waiting.pop()
        if node_id not in seen:
            seen.append(node_id)
            waiting += links(graph.get(node_id, {}))
    return seen


def links(node: dict[str, Any]) -> list[str]:
    return [value[0] for value in node.get("inputs", {}).values() if isinstance(value, list) and len(value) == 2]
