"""Graphs as they are sent: the backend sets where files are saved, and the name of the uploaded picture."""

from collections.abc import Collection, Mapping
from typing import TypeGuard
from uuid import UUID

from generation.backends import RefusedError

# Stands in a filled graph for the name of the uploaded picture.
PICTURE = "{picture}"
PREFIX = "filename_prefix"
NO_GRAPH = "The workflow is no graph in ComfyUI's API format."


def checked(graph: object) -> Mapping[str, Mapping]:
    """Return a graph whose every node has a class and inputs. Raises RefusedError."""
    if not isinstance(graph, Mapping) or not graph:
        raise RefusedError(NO_GRAPH)
    for node in graph.values():
        if not isinstance(node, Mapping) or not isinstance(node.get("class_type"), str):
            raise RefusedError(NO_GRAPH)
        if not isinstance(node.get("inputs"), Mapping):
            raise RefusedError(NO_GRAPH)
    return graph


def is_link(value: object) -> TypeGuard[list]:
    """Return whether an input is linked to another node's output."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )


def without(graph: Mapping[str, Mapping], places: Collection[tuple[str, str]]) -> dict[str, dict]:
    """Return a graph without the inputs at some places, node id and name."""
    return {
        node_id: {
            **node,
            "inputs": {name: value for name, value in node["inputs"].items() if (node_id, name) not in places},
        }
        for node_id, node in graph.items()
    }


def needs_picture(graph: Mapping[str, Mapping]) -> bool:
    """Return whether an input waits for the picture to start from."""
    return any(value == PICTURE for node in graph.values() for value in node["inputs"].values())


def filled(graph: Mapping[str, Mapping], *, prefix: str, picture: str) -> dict[str, dict]:
    """Return a copy of a graph that saves under a prefix and reads an uploaded picture."""
    return {
        node_id: {
            **node,
            "inputs": {name: _value(name, value, prefix, picture) for name, value in node["inputs"].items()},
        }
        for node_id, node in graph.items()
    }


def file_prefix(job_id: int, key: UUID) -> str:
    """Name the files of an attempt, so that an operator finds the job of a file.

    With the attempt in it no graph is sent twice: ComfyUI's cache would answer with the file of the first, which may
    be deleted by now. The counter of ComfyUI is reused after a deletion, this prefix is not.
    """
    return f"genonaut/job-{job_id}-{key.hex[:12]}"


def _value(name: str, value: object, prefix: str, picture: str) -> object:
    if name == PREFIX:
        return prefix
    return picture if value == PICTURE else value
