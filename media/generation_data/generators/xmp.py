"""Read the properties of XMP packets."""

from collections.abc import Sequence
from contextlib import suppress
from xml.parsers import expat

from media.generation_data.blocks import Block, Carrier
from media.generation_data.generators.values import clean_text

# An XMP packet needs neither a document type nor entities; expansion of entities is an attack.
FORBIDDEN = ("<!DOCTYPE", "<!ENTITY")
XMP = Carrier.XMP
# The keyword of the PNG text that holds a packet.
PNG_KEYWORD = "XML:com.adobe.xmp"
STRUCTURE = frozenset({"xmpmeta", "RDF", "Description", "Alt", "Seq", "Bag", "li", "xapmeta"})


def xmp_properties(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the properties of all packets of a file."""
    packets = [block.text for block in blocks if block.carrier is XMP or block.key == PNG_KEYWORD]
    return {name: value for packet in packets for name, value in properties_of(packet or "").items()}


def properties_of(packet: str) -> dict[str, str]:
    """Return the properties of a packet by name without prefix: the last value that is not empty counts."""
    start = packet.find("<")
    if start < 0 or any(word in packet for word in FORBIDDEN):
        return {}
    reader = _PropertyReader()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    # What was read before a fault stands.
    with suppress(expat.ExpatError):
        parser.Parse(packet[start:].encode("utf-8", "ignore"), True)
    return {name: value for name, value in reader.properties if value}


class _PropertyReader:
    """Collect attributes and texts of elements under the name of the property they belong to."""

    def __init__(self) -> None:
        self.properties: list[tuple[str, str]] = []
        self.names: list[str] = []
        self.texts: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note an element, and its attributes as properties."""
        self._finish()
        for name, value in attributes.items():
            if not name.startswith(("xmlns", "xml:", "rdf:")):
                self.properties.append((_local(name), clean_text(value)))
            elif name == "rdf:resource" and _local(tag) not in STRUCTURE:
                self.properties.append((_local(tag), clean_text(value)))
        self.names.append(_local(tag))

    def end(self, _tag: str) -> None:
        """Note the text of the element that ends."""
        self._finish()
        self.names.pop()

    def characters(self, text: str) -> None:
        """Collect a piece of text."""
        self.texts.append(text)

    def _finish(self) -> None:
        text = clean_text("".join(self.texts)).strip()
        self.texts.clear()
        name = next((name for name in reversed(self.names[-8:]) if name not in STRUCTURE), None)
        if text and name:
            self.properties.append((name, text))


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]
