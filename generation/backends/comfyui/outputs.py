"""The files that a finished job lists."""

from collections.abc import Iterator
from pathlib import PureWindowsPath

from generation.backends import OutputRef
from generation.backends.comfyui.answers import mapping, sequence

# Temporary files are previews of the workflow's own, inputs are shown again by nodes that read them.
NO_RESULTS = ("temp", "input")
MAX_OUTPUTS = 1000


def output_refs(outputs: object) -> tuple[OutputRef, ...]:
    """
    This function will find the files among a job's outputs, each once, in the order of the nodes.

    The lists' keys tell nothing: videos are under `images`, sounds under `audio`, and custom nodes have keys of
    their own. Lists of texts and of booleans stand beside them.
    """
    found: dict[tuple[str, ...], OutputRef] = {}
    for address in _addresses(outputs):
        if address["type"] not in NO_RESULTS and len(found) < MAX_OUTPUTS:
            # A server on Windows may separate folders by backslashes; PureWindowsPath splits at both.
            name = PureWindowsPath(address["filename"]).name
            found.setdefault(tuple(address.values()), OutputRef(name, address))
    return tuple(found.values())


def _addresses(outputs: object) -> Iterator[dict[str, str]]:
    for lists in mapping(outputs).values():
        for each in mapping(lists).values():
            for file in sequence(each):
                if isinstance(file, dict) and isinstance(file.get("filename"), str) and file["filename"]:
                    yield {
                        "type": str(file.get("type") or "output"),
                        "subfolder": str(file.get("subfolder") or ""),
                        "filename": file["filename"],
                    }
