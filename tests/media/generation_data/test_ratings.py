"""Ratings in XMP packets, in the forms that darktable, digiKam and Lightroom write them."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from exports.sidecars import xmp
from media.generation_data.blocks import Block, Carrier
from media.generation_data.carriers.sidecars import sidecar_block
from media.generation_data.ratings import rating_of
from media.generation_data.reading import read

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
XMP = 'xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
MICROSOFT = 'xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"'


def packet(attributes: str = "", elements: str = "") -> str:
    """Return a packet of one description."""
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>'
        f'<rdf:Description rdf:about="" {attributes}>{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


DARKTABLE = packet(
    f'{XMP} xmlns:darktable="http://darktable.sf.net/" xmp:Rating="3" darktable:xmp_version="5"',
    '<darktable:history><rdf:Seq><rdf:li darktable:num="0" darktable:operation="exposure"/></rdf:Seq>'
    "</darktable:history>",
)
DIGIKAM = f'<?xml version="1.0" encoding="UTF-8"?>\n{packet()}'.replace(
    'rdf:about="" ',
    f'rdf:about="" {XMP} {MICROSOFT} xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/" xmp:Rating="4" '
    'MicrosoftPhoto:Rating="75" acdsee:rating="4"',
)
LIGHTROOM = packet(f"{XMP} {MICROSOFT}", "<xmp:Rating>2</xmp:Rating><MicrosoftPhoto:Rating>25</MicrosoftPhoto:Rating>")
SOURCES = packet(
    f'{XMP} xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"',
    '<xmpMM:Pantry><rdf:Bag><rdf:li><rdf:Description xmp:Rating="5"><xmp:Rating>5</xmp:Rating></rdf:Description>'
    "</rdf:li></rdf:Bag></xmpMM:Pantry>",
)
TWO = packet(XMP).replace("</rdf:RDF>", f'<rdf:Description {XMP} xmp:Rating="1"/></rdf:RDF>')


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        (DARKTABLE, 3),
        (DIGIKAM, 4),
        (LIGHTROOM, 2),
        (TWO, 1),
        (packet('xmlns:xap="http://ns.adobe.com/xap/1.0/" xap:Rating="5"'), 5),
        (packet('xmlns:a="http://ns.adobe.com/xap/1.0/"', "<a:Rating>\n 5\n</a:Rating>"), 5),
        (packet(f'{XMP} xmp:Rating="3.5"'), 3),
        (packet(f'{XMP} xmp:Rating="5"')[:-40], 5),
        (SOURCES, None),
        (packet(f'{MICROSOFT} MicrosoftPhoto:Rating="5"'), None),
        (packet('xmlns:xmp="http://example.org/" xmp:Rating="5"'), None),
        *((packet(f'{XMP} xmp:Rating="{value}"'), None) for value in ("-1", "0", "6", "-2", "", "nan", "inf", "many")),
        (f"<!DOCTYPE x>{DARKTABLE}", None),
        (packet('xmp:Rating="5"'), None),
        ("Rating", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_rating_is_read_whatever_its_form_and_prefix(text: str, stars: int | None, encoding: str) -> None:
    data = text.encode(encoding)
    assert rating_of([Block(Carrier.XMP, "", data)]) == stars
    assert rating_of([sidecar_block(".xmp", data)]) == stars


def rated(stars: str) -> bytes:
    """Return a packet with a rating."""
    return packet(f'{XMP} xmp:Rating="{stars}"').encode()


@pytest.mark.parametrize(
    ("beside", "stars"), [(None, 2), (b"<x/>", 2), (rated("5"), 5), (rated("-1"), None), (rated("0"), None)]
)
def test_a_packet_beside_a_picture_counts_before_the_one_in_it(beside: bytes | None, stars: int | None) -> None:
    inside = PngInfo()
    inside.add_itxt("XML:com.adobe.xmp", rated("2").decode())
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=inside)
    reading = read(file, [sidecar_block(".xmp", beside)] if beside else [])
    assert reading.rating == stars
    # Nothing else is read of it, nor kept.
    assert [block.carrier for block in reading.blocks] == [Carrier.XMP]


def test_what_an_export_writes_is_read_back() -> None:
    said = {
        "title": "a",
        "description": "",
        "tags": ["b"],
        "creator": "c",
        "created_at": datetime(2024, 1, 1, tzinfo=UTC),
    }
    ratings = [rating_of([sidecar_block(".xmp", xmp(**said, rating=rating).encode())]) for rating in (None, 1, 5)]
    assert ratings == [None, 1, 5]
