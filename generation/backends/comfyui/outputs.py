"""The files that a finished job lists."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PureWindowsPath

from generation.backends import OutputRef
from generation.backends.comfyui.answers import mapping, sequence

# Temporary files are previews of the workflow's own, inputs are shown again by nodes that read them.
NO_RESULTS = ("temp", "input")


def output_refs(outputs: object, nodes: Sequence[str] = ()) -> tuple[OutputRef, ...]:
    """Find the files among a job's outputs, each once, in the order of the graph's nodes.

    ComfyUI lists nodes in the order in which they ran, which differs between two runs of one graph. The keys of the
    lists tell nothing: videos are under `images`, sounds under `audio`, and custom nodes have keys of their own. Lists
    of texts and of booleans stand beside them.
    """
    found: dict[tuple[str, ...], OutputRef] = {}
    places = {node_id: place for place, node_id in enumerate(nodes)}
    by_node = sorted(mapping(outputs).items(), key=lambda each: places.get(each[0], len(places)))
    for address in _addresses(lists for _, lists in by_node):
        if address["type"] not in NO_RESULTS:
            # A server on Windows may separate folders by backslashes; PureWindowsPath splits at both.
            name = PureWindowsPath(address["filename"]).name
            found.setdefault(tuple(address.values()), OutputRef(name, address))
    return tuple(found.values())


def _addresses(outputs: Iterable[object]) -> Iterator[dict[str, str]]:
    for lists in outputs:
        for each in mapping(lists).values():
            for file in sequence(each):
                if isinstance(file, dict) and isinstance(file.get("filename"), str) and file["filename"]:
                    yield {
                        "type": str(file.get("type") or "output"),
                        "subfolder": str(file.get("subfolder") or ""),
                        "filename": file["filename"],
                    }
