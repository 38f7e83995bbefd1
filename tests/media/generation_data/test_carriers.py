"""What each container holds, in files that are made by its rules."""

import json
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from media.generation_data.blocks import Block, Carrier, Facts
from media.generation_data.carriers import UnknownFormatError, read_facts, read_stealth, sidecar_blocks
from tests.media.generation_data import files

GENERATED = Path(__file__).resolve().parent.parent / "generated"
EXPECTED = json.loads((GENERATED / "expected.json").read_text())
PROMPT = files.PROMPT.decode()
COMMENT = b"ASCII\0\0\0" + files.PROMPT


def facts(data: bytes) -> Facts:
    """Return the facts of a file."""
    return read_facts(BytesIO(data))


def texts(data: bytes) -> dict[tuple[Carrier, str], str | None]:
    """Return the texts of a file by carrier and key."""
    return {(block.carrier, block.key): block.text for block in facts(data).blocks}


def shape(data: bytes) -> tuple[str, int | None, int | None, float | None, int | None]:
    """Return format, size, duration and frames."""
    known = facts(data)
    return known.format, known.width, known.height, known.duration, known.frames


def blocks_of(path: Path) -> list[Block]:
    """Return all blocks of a file, in its pixels and beside it as well."""
    with path.open("rb") as file:
        known = read_facts(file)
        blocks = [*known.blocks, *sidecar_blocks(path)]
        stealth = None if blocks else read_stealth(file, known)
    return [*blocks, *([stealth] if stealth else [])]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_prompt_and_seed_of_each_generator_are_in_a_block(name: str) -> None:
    text = "\n".join(block.text or "" for block in blocks_of(GENERATED / name))
    assert (EXPECTED[name]["prompt"] in text, EXPECTED[name]["seed"] in text) == (True, True)


def test_generators_write_where_they_are_known_to() -> None:
    places = {path: [(b.carrier, b.key) for b in blocks_of(GENERATED / path)] for path in EXPECTED}
    both = [(Carrier.TAG, "prompt"), (Carrier.TAG, "workflow"), (Carrier.TAG, "encoder")]
    assert places["01_a1111.png"] == [(Carrier.PNG_TEXT, "parameters")]
    assert places["05_a1111.avif"] == [(Carrier.EXIF, "exif:9286")]
    assert places["09_forge_stealth.png"] == [(Carrier.STEALTH, "stealth_pngcomp")]
    assert places["16_comfy_anim.webp"] == [(Carrier.EXIF, "0:010f"), (Carrier.EXIF, "0:0110")]
    assert places["17_comfy_apng.png"] == [(Carrier.PNG_COMF, "prompt"), (Carrier.PNG_COMF, "workflow")]
    assert places["18_comfy.mp4"] == both
    assert places["31_drawthings.png"] == [(Carrier.XMP, "")]
    assert places["34_sidecar.png"] == [(Carrier.SIDECAR, ".txt")]


def test_formats_sizes_durations_and_frames() -> None:
    made = files.of_each_kind()
    assert {name: shape(data) for name, data in made.items()} == {
        "text.png": ("png", 3, 2, None, None),
        "ztxt.png": ("png", 2, 3, None, None),
        "exif.jpg": ("jpeg", 32, 48, None, None),
        "exif.webp": ("webp", 32, 48, None, None),
        "still.avif": ("avif", 32, 48, None, None),
        "comment.gif": ("gif", 20, 10, 0.14, 2),
        "keys.mp4": ("mp4", 640, 360, 2.5, 25),
        "classic.mov": ("mov", 640, 360, 2.5, 25),
        "tags.webm": ("webm", 320, 180, 3.0, None),
        "live.mkv": ("mkv", 320, 180, 3.0, None),
        "tags.flac": ("flac", None, None, 2.0, None),
        "tags.opus": ("opus", None, None, 5.0, None),
        "tags.ogg": ("ogg", None, None, 2.0, None),
        "tags.mp3": ("mp3", None, None, 2.60625, None),
        "tags.wav": ("wav", None, None, 0.5, None),
        "metadata.svg": ("svg", 30, 20, None, None),
        "plain.txt": ("text", None, None, None, None),
    }
    assert [facts(data).warnings for data in made.values()] == [()] * len(made)


def test_an_absurd_number_of_frames_is_none() -> None:
    film = files.of_each_kind()["keys.mp4"]
    count = film.index(b"stsz") + 12
    for frames, known in ((2**31 - 1, 2**31 - 1), (2**31, None), (2**32 - 1, None)):
        assert facts(film[:count] + struct.pack(">I", frames) + film[count + 4 :]).frames == known


def test_a_file_that_is_none_of_them_is_refused_by_its_content() -> None:
    bmp = files.saved("BMP")
    for data in (b"", b"\0\1\2", bmp, b"PK\3\4" + bytes(90), "é".encode("latin-1"), b"a\0b", files.saved("TIFF")):
        with pytest.raises(UnknownFormatError, match=r"^The file is (empty|of no format)"):
            facts(data)


def test_a_text_may_begin_like_another_file() -> None:
    words = (b"set free the birds", b"The ftyp of it", b"ID3 tags are great", b"\xef\xbb\xbfmoov")
    assert [shape(data)[0] for data in words] == ["text"] * len(words)


# PNG


def test_png_text_before_and_after_the_pixels() -> None:
    before = files.text(b"parameters", files.PROMPT) + files.international_text("schön".encode("latin-1"), b"y")
    after = files.chunk(b"zTXt", b"late\0\0" + zlib.compress(b"z")) + files.international_text(
        b"packed", b"p" * 90, True
    )
    assert texts(files.png(before, after)) == {
        (Carrier.PNG_TEXT, "parameters"): PROMPT,
        (Carrier.PNG_TEXT, "schön"): "y",
        (Carrier.PNG_TEXT, "late"): "z",
        (Carrier.PNG_TEXT, "packed"): "p" * 90,
    }


def test_png_holds_exif_xmp_content_credentials_and_raw_profiles() -> None:
    exif = files.comment_exif(COMMENT)
    raw = b"\nexif\n    %d\n%s\n" % (len(exif), exif.hex().encode())
    chunks = (
        files.chunk(b"eXIf", exif),
        files.international_text(b"XML:com.adobe.xmp", b"<x:xmpmeta/>", True),
        files.chunk(b"caBX", b"\0\0\0\x10jumbc2pa"),
        files.text(b"Raw profile type exif", raw),
    )
    kinds = [(block.carrier, block.data) for block in facts(files.png(b"".join(chunks))).blocks]
    manifest = (Carrier.C2PA, b"\0\0\0\x10jumbc2pa")
    assert kinds == [(Carrier.EXIF, COMMENT), (Carrier.XMP, b"<x:xmpmeta/>"), manifest, (Carrier.EXIF, COMMENT)]


def test_an_animated_png_by_pillow() -> None:
    frames = [Image.new("RGB", (9, 7), colour) for colour in ("red", "green", "blue")]
    file = BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:], duration=[100, 200, 300])
    assert shape(file.getvalue()) == ("apng", 9, 7, 0.6, 3)


def test_a_chunk_whose_checksum_differs_is_passed_over() -> None:
    damaged = files.text(b"parameters", files.PROMPT)
    data = files.png(damaged[:20] + b"?" + damaged[21:] + files.text(b"next", b"x"))
    assert (list(texts(data)), facts(data).warnings) == (
        [(Carrier.PNG_TEXT, "next")],
        ("A chunk tEXt is damaged: its checksum differs.",),
    )


# EXIF


@pytest.mark.parametrize("order", "<>")
def test_exif_in_both_byte_orders(order: str) -> None:
    first = [(0x010F, 2, b"workflow:{}\0"), (0x0110, 2, b"ab\0"), (0x0112, 3, struct.pack(order + "H", 6))]
    windows = (0x9C9C, 1, "夜".encode("utf-16-le"))
    data = files.tiff(order, [*first, windows, (0x9286, 2, b"plain\0")], [(0x9286, 7, COMMENT), (0x9003, 2, b"2026\0")])
    expected = {
        "0:010f": "workflow:{}",
        "0:0110": "ab",
        "0:9c9c": "夜",
        "0:9286": "plain",
        "exif:9286": PROMPT,
        "exif:9003": "2026",
    }
    for picture in (
        files.jpeg(files.segment(0xE1, b"Exif\0\0" + data)),
        files.png(files.chunk(b"eXIf", data), size=(48, 32)),
    ):
        assert texts(picture) == {(Carrier.EXIF, key): text for key, text in expected.items()}
        assert shape(picture)[1:3] == (32, 48)


def test_exif_holds_xmp_and_the_maker_note_of_fooocus_but_no_cameras() -> None:
    note = (0x927C, 7, b"fooocus\0")
    data = files.tiff("<", [note, (0x02BC, 1, b"<x:xmpmeta/>")], [(0x927C, 7, bytes(range(200, 256)))])
    picture = files.jpeg(files.segment(0xE1, b"Exif\0\0" + data))
    assert texts(picture) == {(Carrier.EXIF, "0:927c"): "fooocus", (Carrier.XMP, ""): "<x:xmpmeta/>"}


def test_exif_whose_directories_point_to_themselves_ends() -> None:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", 4) + entry * 4 + b"\x08\0\0\0"
    picture = files.jpeg(files.segment(0xE1, b"Exif\0\0" + data))
    assert (facts(picture).blocks, facts(picture).width) == ((), 48)


def test_exif_tags_that_share_their_bytes_are_not_multiplied() -> None:
    count, size = 4_000, 3_000_000
    rows = b"".join(struct.pack("<HHII", tag, 2, size, 50_000) for tag in range(count))
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", count) + rows + bytes(4)
    known = facts(files.png(files.chunk(b"eXIf", data.ljust(50_000, b"\0") + b"x" * size)))
    assert (len(known.blocks), known.warnings) == (1, ("EXIF tags overlap; the rest was passed over.",))


@pytest.mark.parametrize("name", ["WEBP", "AVIF"])
def test_a_tag_of_three_megabytes(name: str) -> None:
    text = b"prompt:" + b"x" * 3_000_000
    picture = files.saved(name, exif=files.tiff(">", [(0x0110, 2, text + b"\0")]))
    assert texts(picture) == {(Carrier.EXIF, "0:0110"): text.decode()}


# JPEG


def test_jpeg_segments() -> None:
    manifest = b"\0\0\0\x40jumb\0\0\0\x20jumdc2pa" + bytes(20)
    first, second = (struct.pack(">2sHI", b"JP", 7, packet) for packet in (1, 2))
    packet = b"<x:xmpmeta>" + b"y" * 90_000
    long_xmp = [
        files.segment(
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0"
            + b"A" * 32
            + struct.pack(">II", len(packet), at)
            + packet[at : at + 60_000],
        )
        for at in (60_000, 0)
    ]
    picture = files.jpeg(
        files.segment(0xFE, files.PROMPT),
        files.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
        *long_xmp,
        files.segment(0xEB, second + manifest[:8] + b"second"),
        files.segment(0xEB, first + manifest),
    )
    assert [(block.carrier, block.data) for block in facts(picture).blocks] == [
        (Carrier.COMMENT, files.PROMPT),
        (Carrier.XMP, b"<x:xmpmeta/>"),
        (Carrier.XMP, packet),
        (Carrier.C2PA, manifest + b"second"),
    ]


def test_exif_that_is_longer_than_a_segment_is_put_together() -> None:
    data = files.comment_exif(b"ASCII\0\0\0" + b"x" * 100_000)
    pieces = (files.segment(0xE1, b"Exif\0\0" + data[at : at + 65_000]) for at in (0, 65_000))
    assert texts(files.jpeg(*pieces)) == {(Carrier.EXIF, "exif:9286"): "x" * 100_000}


# WebP, AVIF, GIF


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": files.comment_exif(COMMENT)}])
def test_webp_sizes_of_all_codings(options: dict[str, object]) -> None:
    assert shape(files.saved("WEBP", (301, 77), **options))[:3] == ("webp", 301, 77)


def test_webp_exif_with_its_prefix_and_content_credentials() -> None:
    plain = files.saved("WEBP", exif=b"Exif\0\0" + files.comment_exif(COMMENT))
    length = struct.unpack_from("<I", plain, 4)[0]
    data = b"RIFF" + struct.pack("<I", length + 12) + plain[8:] + b"C2PA" + struct.pack("<I", 4) + b"jumb"
    assert texts(data) == {(Carrier.EXIF, "exif:9286"): PROMPT, (Carrier.C2PA, ""): None}


def test_an_avif_by_pillow_is_turned_by_its_own_rotation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = files.saved("AVIF", exif=exif.tobytes(), xmp=b"<x:xmpmeta/>")
    assert (shape(turned)[:3], shape(files.saved("AVIF"))[:3]) == (("avif", 32, 48), ("avif", 48, 32))
    assert texts(turned) == {(Carrier.XMP, ""): "<x:xmpmeta/>"}


def test_a_gif_with_comment_and_xmp() -> None:
    data = files.gif(b"x" * 300)
    xmp = b"\x21\xff\x0bXMP DataXMP<x:xmpmeta/>\1" + bytes(range(255, -1, -1)) + b"\0"
    at = data.index(b"\x21")
    assert texts(data[:at] + xmp + data[at:]) == {(Carrier.XMP, ""): "<x:xmpmeta/>", (Carrier.COMMENT, ""): "x" * 300}


# MP4 and MOV


def test_mp4_is_turned_by_its_matrix_and_ignores_tracks_of_sound() -> None:
    tracks = files.track(0, 0, handler=b"soun") + files.track(640, 360, is_turned=True)
    assert shape(files.mp4(tracks=tracks)) == ("mp4", 360, 640, 2.5, 25)
    sound = facts(files.mp4(tracks=files.track(0, 0, handler=b"soun")))
    assert (sound.mime, sound.width) == ("audio/mp4", None)


def test_mp4_tags_of_itunes_and_quicktime() -> None:
    classic = files.classic_tags(
        {b"\xa9cmt": b"c", b"\xa9nam": b"t", b"\xa9ART": b"a", b"\xa9xyz": b"place", b"covr": b"\x89PNG"}
    )
    old = files.box(b"udta", files.box(b"\xa9swr", struct.pack(">HH", 3, 0), b"app"))
    free = files.box(b"name", bytes(4), b"Prompt")
    own = files.box(
        b"udta", files.box(b"meta", bytes(4), files.box(b"ilst", files.box(b"----", free, files.value(b"f"))))
    )
    names = [key for _, key in texts(files.mp4(classic, old, own))]
    assert names == ["comment", "title", "artist", "xyz", "software", "prompt"]


def test_mp4_values_in_utf_16_and_numbers() -> None:
    handler = files.box(b"hdlr", bytes(8), b"mdta")
    keys = files.box(
        b"keys", struct.pack(">II", 0, 2), files.box(b"mdta", b"com.apple.quicktime.Comment"), files.box(b"mdta", b"N")
    )
    items = [files.value("夜".encode("utf-16-be"), 2), files.value(b"\0\0\0\1", 21)]
    listed = files.box(b"ilst", *(files.box(struct.pack(">I", number), item) for number, item in enumerate(items, 1)))
    # QuickTime's own: no version before the boxes.
    assert texts(files.mp4(files.box(b"meta", handler, keys, listed), brand=b"qt  ")) == {
        (Carrier.TAG, "comment"): "夜"
    }


def test_mp4_boxes_with_a_uuid() -> None:
    c2pa = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + bytes(4) + b"manifest\0" + bytes(8) + b"jumb"
    xmp = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + b"<x:xmpmeta/>"
    data = files.mp4(outside=files.box(b"uuid", c2pa) + files.box(b"uuid", xmp) + files.box(b"uuid", bytes(20)))
    assert [(block.carrier, block.data) for block in facts(data).blocks] == [
        (Carrier.C2PA, b"jumb"),
        (Carrier.XMP, b"<x:xmpmeta/>"),
    ]


def test_a_long_box_and_one_to_the_end_of_the_file() -> None:
    long_box = struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + bytes(5)
    moov = files.mp4(files.key_tags({b"prompt": files.PROMPT})).partition(b"moov")[2]
    data = files.box(b"ftyp", b"isom", bytes(4)) + long_box + struct.pack(">I", 0) + b"moov" + moov
    assert texts(data) == {(Carrier.TAG, "prompt"): PROMPT}


# Matroska


def test_webm_tags_are_lower_case_and_the_size_is_as_shown() -> None:
    display = files.element(0x54B0, b"\x02\x80") + files.element(0x54BA, b"\xb4")
    data = files.webm({b"PROMPT": files.PROMPT, b"WORKFLOW": b"{}" * 1_500_000}, display=display)
    assert shape(data) == ("webm", 640, 180, 3.0, None)
    assert texts(data) == {(Carrier.TAG, "prompt"): PROMPT, (Carrier.TAG, "workflow"): "{}" * 1_500_000}


def test_a_file_that_was_written_live_has_its_tags_behind_clusters_without_an_end() -> None:
    assert texts(files.webm({b"PROMPT": files.PROMPT}, live=True)) == {(Carrier.TAG, "prompt"): PROMPT}


# Sound


def test_vorbis_comments_are_of_the_stream_and_may_be_long() -> None:
    tags = {b"PROMPT": files.PROMPT, b"METADATA_BLOCK_PICTURE": b"AAAA", b"workflow": b"{}" * 1_500_000}
    expected = {(Carrier.TAG, "prompt"): PROMPT, (Carrier.TAG, "workflow"): "{}" * 1_500_000}
    assert [texts(make(tags)) for make in (files.flac, files.opus, files.vorbis)] == [expected] * 3


@pytest.mark.parametrize("version", [3, 4])
def test_id3_texts_in_all_encodings(version: int) -> None:
    wide = "prompt\0".encode("utf-16") + "夜".encode("utf-16")
    frames = [
        (b"TXXX", b"\1" + wide),
        (b"TXXX", b"\3Workflow\0{}"),
        (b"TXXX", b"\2" + "Big\0夜".encode("utf-16-be")),
        (b"COMM", b"\0eng\0a comment"),
        (b"TIT2", b"\0Gr\xf6\xdfe"),
        (b"APIC", b"\0image/png\0\3\0\x89PNG"),
    ]
    found = texts(files.mp3(files.id3(*frames, version=version)))
    expected = {"prompt": "夜", "workflow": "{}", "big": "夜", "comment": "a comment", "title": "Größe"}
    assert found == {(Carrier.TAG, key): text for key, text in expected.items()}


def test_id3_frames_that_are_unsynchronised_or_packed() -> None:
    wide = b"\1" + b"\xff\xfe" + "a".encode("utf-16-le")
    old = bytearray(files.id3((b"TIT2", wide.replace(b"\xff", b"\xff\0")), version=3))
    old[5], old[17] = 0x80, len(wide)
    packed = len(b"\3xyz").to_bytes(4, "big") + zlib.compress(b"\3xyz")
    new = files.id3((b"TPE1", packed)).replace(b"\0\0" + packed, b"\0\x09" + packed)
    assert [texts(files.mp3(bytes(tag))) for tag in (old, new)] == [
        {(Carrier.TAG, "title"): "a"},
        {(Carrier.TAG, "artist"): "xyz"},
    ]


def test_mp3_durations_by_header_or_by_bit_rate() -> None:
    old_tag = b"TAG" + bytes(125)
    durations = [shape(files.mp3(xing=500))[3], shape(files.mp3(frames=200) + old_tag)[3]]
    assert durations == pytest.approx([500 * 1152 / 44_100, 200 * 417 * 8 / 128_000], abs=1e-6)


def test_a_flac_behind_an_id3_tag() -> None:
    data = files.id3((b"TIT2", b"\3x")) + files.flac({b"prompt": b"y"})
    assert (shape(data)[0], list(texts(data).values())) == ("flac", ["x", "y"])


def test_wav_lists_and_streamed_lengths() -> None:
    tag = files.id3((b"TXXX", b"\3prompt\0p"))
    data = files.wav(files.info_list((b"ICMT", b"odd"), (b"INAM", b"name\0")), (b"id3 ", tag))
    assert texts(data) == {
        (Carrier.TAG, "comment"): "odd",
        (Carrier.TAG, "title"): "name",
        (Carrier.TAG, "prompt"): "p",
    }
    streamed = data.replace(b"data" + struct.pack("<I", 8000), b"data\xff\xff\xff\xff")
    assert shape(streamed)[3] == 0.5


# SVG and texts


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (b'width="1in" height="48pt"', (96, 64)),
        (b"viewBox='0 0 30.4 20' ", (30, 20)),
        (b'width="100%" height="100%" viewBox="0,0,30,20"', (30, 20)),
        (b'width="60" viewBox="0 0 30 20"', (60, 40)),
        (b'\n  width = "7px"\t height="1e1"', (7, 10)),
        (b'width="-1" height="abc"', (None, None)),
    ],
)
def test_svg_sizes(attributes: bytes, size: tuple[int | None, int | None]) -> None:
    assert shape(files.svg(b"", attributes))[1:3] == size


def test_svg_metadata() -> None:
    sections = b'<![CDATA[{"a": "]]]]><![CDATA[></metadata>"}]]>'
    contents = (b"<![CDATA[ {} ]]>", b"{&quot;a&quot;: &lt;&amp;amp;}", b"<rdf:RDF/>", sections)
    found = [facts(files.svg(content)).blocks[0].data for content in contents]
    assert found == [b"{}", b'{"a": <&amp;}', b"<rdf:RDF/>", b'{"a": "]]></metadata>"}']
    assert facts(files.svg(b"").replace(b"<metadata></metadata>", b"<metadata/>")).blocks == ()


def test_svg_behind_a_document_type_and_no_other_xml() -> None:
    head = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE svg [<!ENTITY a "b">]>\n<!-- <svg> -->'
    assert shape(head + b'<svg:svg width="3" height="4">')[:3] == ("svg", 3, 4)
    assert [shape(data)[0] for data in (b"<html><svg></html>", b"<!-- <svg> -->", b"<b")] == ["text"] * 3


# Pixels and files beside


def hidden(name: str, signature: bytes, data: bytes, mode: str) -> bytes:
    """Return a picture with data in its lowest bits, column by column."""
    payload = signature + struct.pack(">I", len(data) * 8) + data
    bits = [byte >> shift & 1 for byte in payload for shift in range(7, -1, -1)]
    picture = Image.new(mode, (60, 50), (100, 120, 140, 254)[: len(mode)])
    channels = 1 if mode == "RGBA" else 3
    for number in range(0, len(bits), channels):
        place = divmod(number // channels, 50)
        pixel = list(picture.getpixel(place))
        for offset, bit in enumerate(bits[number : number + channels]):
            channel = 3 if mode == "RGBA" else offset
            pixel[channel] = pixel[channel] & ~1 | bit
        picture.putpixel(place, tuple(pixel))
    file = BytesIO()
    picture.save(file, name, **({"lossless": True, "exact": True} if name == "WEBP" else {}))
    return file.getvalue()


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
@pytest.mark.parametrize(("kind", "mode"), [("png", "RGBA"), ("rgb", "RGB")])
@pytest.mark.parametrize("is_packed", [False, True])
def test_stealth_in_alpha_and_colours(name: str, kind: str, mode: str, is_packed: bool) -> None:
    signature = f"stealth_{kind}{'comp' if is_packed else 'info'}"
    packer = zlib.compressobj(wbits=31)
    data = packer.compress(files.PROMPT) + packer.flush() if is_packed else files.PROMPT
    picture = hidden(name, signature.encode(), data, mode)
    block = read_stealth(BytesIO(picture), facts(picture))
    assert block == Block(Carrier.STEALTH, signature, files.PROMPT)


def test_no_stealth_where_there_is_none() -> None:
    damaged = hidden("PNG", b"stealth_pngcomp", b"no gzip", "RGBA")
    cut = hidden("PNG", b"stealth_pnginfo", files.PROMPT, "RGBA")[:90]
    for data in (damaged, cut, files.png(), files.saved("JPEG"), files.saved("WEBP")):
        assert read_stealth(BytesIO(data), facts(data)) is None


def test_sidecars_of_the_same_stem_or_name(tmp_path: Path) -> None:
    picture = tmp_path / "a.b.png"
    for name, data in {
        "a.b.txt": b"1",
        "a.b.png.txt": b"2",
        "a.b.json": b"{}",
        "a.txt": b"3",
        "a.b.png.json": b"",
    }.items():
        (tmp_path / name).write_bytes(data)
    assert [(block.key, block.data) for block in sidecar_blocks(picture)] == [
        (".txt", b"1"),
        (".txt", b"2"),
        (".json", b"{}"),
    ]
    assert sidecar_blocks(tmp_path / "a.b.txt") == []


def test_sidecars_that_are_too_long_or_folders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * ((1 << 20) + 1))
    (tmp_path / "a.json").mkdir()
    assert sidecar_blocks(tmp_path / "a.png") == []
    (tmp_path / "a.txt").write_bytes(b"x" * (1 << 20))
    assert len(sidecar_blocks(tmp_path / "a.png")) == 1
