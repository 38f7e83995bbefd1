"""Name what the blocks of a file say, wherever they lie: `prompt`, `workflow`, `parameters`, `Comment` ..."""

import json
from collections.abc import Iterator, Sequence

from media.generation_data.blocks import Block, Carrier
from media.generation_data.generators.json_texts import parse_json
from media.generation_data.generators.xmp import PNG_KEYWORD, properties_of

USER_COMMENTS = ("0:9286", "exif:9286")
# Where generators put everything at once. Old SwarmUI took the camera's model, and some tools the description.
EVERYTHING = frozenset({"parameters", "comment", "usercomment", "description", "0:010e", "0:0110", *USER_COMMENTS})
# Properties of XMP that may hold such a text.
XMP_NAMES = ("UserComment", "description", "parameters")
NAME_LENGTH_MAX = 60
# Bound once: Python 3.11 takes half a microsecond to find a member of an enumeration.
C2PA, COMMENT, EXIF, SVG, XMP = Carrier.C2PA, Carrier.COMMENT, Carrier.EXIF, Carrier.SVG, Carrier.XMP
# A block whose key does not say what it holds: a JSON object in it is one of named texts.
UNNAMED = frozenset({COMMENT, SVG, Carrier.STEALTH, Carrier.SIDECAR})
# Names in such an object that are worth an entry of their own.
INNER_NAMES = ("prompt", "workflow", "parameters", "comment", "description", "software", "source", "title")


class Entry:
    """A named text of a file. The name is in lower case."""

    __slots__ = ("carrier", "is_inner", "name", "object", "plain", "text", "value")

    def __init__(self, name: str, text: str, carrier: Carrier, *, is_inner: bool = False) -> None:
        self.name, self.text, self.carrier = name, text, carrier
        # Taken out of another entry's JSON.
        self.is_inner = is_inner
        value = parse_json(text)
        is_quoted = isinstance(value, str)
        # The text, without the quotes that ComfyUI puts round a plain string.
        self.plain: str = value if is_quoted and text.lstrip().startswith('"') else text
        # The text as JSON, also where it is quoted once more; None if it is none.
        self.value: object = parse_json(value) if is_quoted else value
        # The text as a JSON object.
        self.object: dict[str, object] | None = self.value if isinstance(self.value, dict) else None


class Entries:
    """The entries of a file, in the file's order."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.all = [entry for block in blocks for entry in _entries_of(block)]
        self.names = {entry.name for entry in self.all}
        self._texts = [entry for entry in self.all if _may_hold_everything(entry)]
        self._objects = [entry for entry in self._texts if entry.object]
        # Whether any entry is a JSON object; most readers look for nothing else.
        self.has_objects = any(entry.object is not None for entry in self.all)

    def named(self, *names: str) -> list[Entry]:
        """Return the entries of these names, in the file's order."""
        if self.names.isdisjoint(names):
            return []
        return [entry for entry in self.all if entry.name in names]

    def last(self, *names: str) -> Entry | None:
        """Return the last entry of these names."""
        if self.names.isdisjoint(names):
            return None
        return next(entry for entry in reversed(self.all) if entry.name in names)

    def text(self, *names: str) -> str:
        """Return the text of the last entry of these names, empty if there is none."""
        entry = self.last(*names)
        return entry.plain if entry else ""

    def texts_of_generation(self) -> list[Entry]:
        """Return the entries in which generators put everything at once: parameters, comments, sidecars."""
        return self._texts

    def objects_of_generation(self) -> list[Entry]:
        """Return those of them that are JSON objects with something in them."""
        return self._objects


def _may_hold_everything(entry: Entry) -> bool:
    if entry.name in EVERYTHING:
        return True
    return entry.carrier in UNNAMED and not entry.is_inner


def _entries_of(block: Block) -> Iterator[Entry]:
    if block.carrier is C2PA:
        return
    text = block.text
    if not text:
        return
    if block.carrier is XMP or block.key == PNG_KEYWORD:
        properties = properties_of(text)
        yield from (Entry(name.lower(), properties[name], XMP) for name in XMP_NAMES if name in properties)
        return
    entry = _entry_of(block, text)
    yield entry
    if block.carrier in UNNAMED or entry.name in ("comment", *USER_COMMENTS):
        yield from _inner_entries(entry)


def _entry_of(block: Block, text: str) -> Entry:
    if block.carrier is EXIF and block.key.startswith("0:"):
        name, _colon, rest = text[:NAME_LENGTH_MAX].partition(":")
        if rest.lstrip()[:1] in ("{", "[", '"') and name.isascii() and name.replace("_", "").isalnum():
            return Entry(name.lower(), text[len(name) + 1 :], block.carrier)
    if block.carrier is SVG:
        text = text.strip().removeprefix("<![CDATA[").removesuffix("]]>")
    if block.carrier is COMMENT:
        return Entry("comment", text, block.carrier)
    return Entry(block.key.lower(), text, block.carrier)


def _inner_entries(entry: Entry) -> Iterator[Entry]:
    """Yield the named texts of an object: VideoHelperSuite's comment, NovelAI's hidden bits."""
    for key, value in (entry.object or {}).items():
        if key.lower() in INNER_NAMES and isinstance(value, str):
            yield Entry(key.lower(), value, entry.carrier, is_inner=True)
        elif key in ("prompt", "workflow") and isinstance(value, dict):
            # It has no text of its own, but one that says the same.
            yield Entry(key, json.dumps(value), entry.carrier, is_inner=True)
