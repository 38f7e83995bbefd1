"""The rating of a picture in XMP packets: in the file itself, or in one beside it."""

from collections.abc import Iterable
from contextlib import suppress
from xml.parsers import expat

from media.generation_data.blocks import Block, Carrier
from media.generation_data.generators.xmp import FORBIDDEN, PNG_KEYWORD

# Of a packet that lies in a file of its own.
SUFFIX = ".xmp"
# Names are compared with their namespaces, whatever the prefix: other programs have a property Rating of their own,
# in percent (MicrosoftPhoto:Rating).
RATING = "http://ns.adobe.com/xap/1.0/ Rating"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
# A property of the picture, and not of another one that the packet describes as a source.
HOLDER = [f"{RDF}RDF", f"{RDF}Description"]
UNRATED, BEST = 0, 5


def rating_of(blocks: Iterable[Block]) -> int | None:
    """Return 1 to 5 of the first packet that has a rating; None if none has, or it says unrated or rejected (-1)."""
    for block in blocks:
        if block.carrier is Carrier.XMP or block.key in (PNG_KEYWORD, SUFFIX):
            stars = _stars(rating_text(block.text or ""))
            if stars is not None:
                return stars if stars > UNRATED else None
    return None


def rating_text(packet: str) -> str:
    """Return what a packet says as xmp:Rating, as an attribute or an element; empty if it does not."""
    # Most packets have none: a search is quicker than a parser.
    if "Rating" not in packet or any(word in packet for word in FORBIDDEN):
        return ""
    reader = _RatingReader()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    # What was read before a fault stands.
    with suppress(expat.ExpatError):
        parser.Parse(packet[max(packet.find("<"), 0) :].encode("utf-8", "ignore"), True)
    return reader.attribute or "".join(reader.texts)


def _stars(text: str) -> int | None:
    """Return -1 to 5 as a whole number; XMP allows fractions, which are cut off. None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if -1 <= number <= BEST else None


class _RatingReader:
    """Collects the rating that stands right in a description of the picture."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.attribute = ""
        self.texts: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note an element, and the attribute if it describes the picture."""
        self.names.append(tag)
        if self.names[-2:] == HOLDER:
            self.attribute = attributes.get(RATING, self.attribute)

    def end(self, _tag: str) -> None:
        """Leave an element."""
        self.names.pop()

    def characters(self, text: str) -> None:
        """Collect a piece of the element's text."""
        if self.names[-3:] == [*HOLDER, RATING]:
            self.texts.append(text)
