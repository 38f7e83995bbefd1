"""The node classes of one ComfyUI, as its GET /object_info tells of them, or what is known of them without it."""

from collections.abc import Mapping
from dataclasses import dataclass

ObjectInfo = Mapping[str, object]

# Their files go to a temporary folder.
PREVIEWS = "Preview"
# The words by which a class that saves files is known without /object_info.
SAVING = ("save", "videocombine")
# Inputs that take uploaded files: their choices are the files of the moment.
UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload")


@dataclass(frozen=True)
class Declaration:
    """What a class says of one of its inputs: INT, FLOAT, STRING, BOOLEAN, COMBO or a type of links."""

    type: str
    choices: tuple[str, ...] | None = None


def is_known(kind: str, info: ObjectInfo) -> bool:
    """Return whether a ComfyUI has a class."""
    return kind in info


def saves_files(kind: str, info: ObjectInfo | None = None) -> bool:
    """Return whether a class saves files that stay."""
    if info is None or not is_known(kind, info):
        return any(word in kind.lower() for word in SAVING)
    return _mapping(info[kind]).get("output_node") is True and not kind.startswith(PREVIEWS)


def declaration(kind: str, name: str, info: ObjectInfo | None) -> Declaration | None:
    """Return what a class says of an input; None if that is not known, or if the class has no such input."""
    groups = _mapping(_mapping((info or {}).get(kind)).get("input"))
    for group in ("required", "optional"):
        said = _mapping(groups.get(group)).get(name)
        if isinstance(said, list) and said:
            return _declaration(said[0], _mapping(said[1]) if len(said) > 1 else {})
    return None


def _declaration(type_: object, options: Mapping[str, object]) -> Declaration:
    """Read both shapes of choices: [[...], {}] and ["COMBO", {"options": [...]}]."""
    choices = type_ if isinstance(type_, list) else options.get("options") if type_ == "COMBO" else None
    if any(options.get(upload) for upload in UPLOADS):
        choices = None
    if not isinstance(choices, list):
        return Declaration("COMBO" if isinstance(type_, list) else str(type_))
    return Declaration("COMBO", tuple(choice for choice in choices if isinstance(choice, str)))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
