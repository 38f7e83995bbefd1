"""Blocks as text: by their bytes, in whatever encoding, and rather None than wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.generation_data.blocks import Block, Carrier

PROMPTS = {
    "english": "a lighthouse in fog, (dramatic:1.2)\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 5",
    "japanese": "夜の海と灯台、霧が立ち込める。銀髪、青い瞳",
    "hiragana": "ひらがなのみのことば",
    "simplified": "一个女孩，站在海边，高质量，最佳质量",
    "traditional": "傳統水墨畫風格的山水，雲霧繚繞",
    "korean": "혼자 있는 소녀, 바다와 등대",
    "mixed": "1girl, 桜の木の下, masterpiece, 8k",
    "russian": "Ночь, маяк в тумане",
    "german": "schöne Gräser, große Wellen",
    "arabic": "صورة منارة في الضباب",
    "emoji": "a cat 😀🎨",
    "ends_in_zero": "最高质量，最",
}
ENCODINGS = {"be": "utf-16-be", "le": "utf-16-le", "utf-8": "utf-8"}


def comment(data: bytes, key: str = "exif:9286") -> str | None:
    """Return a UserComment as text."""
    return Block(Carrier.EXIF, key, data).text


def tag(data: bytes, carrier: Carrier = Carrier.PNG_TEXT) -> str | None:
    """Return a text without a label as text."""
    return Block(carrier, "parameters", data).text


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_unicode_is_utf_16_of_either_order_or_utf_8(prompt: str, encoding: str) -> None:
    data = prompt.encode(encoding)
    assert [comment(b"UNICODE\0" + data + padding) for padding in (b"", b"\0\0")] == [prompt, prompt]


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_zero_bytes_that_a_writer_stripped_are_put_back(prompt: str) -> None:
    stripped = [b"UNICODE\0" + prompt.encode(encoding).rstrip(b"\0") for encoding in ENCODINGS.values()]
    assert [comment(data) for data in stripped] == [prompt] * 3


@pytest.mark.parametrize("mark", [("utf-16-be", b"\xfe\xff"), ("utf-16-le", b"\xff\xfe"), ("utf-8", b"\xef\xbb\xbf")])
def test_a_byte_order_mark_decides(mark: tuple[str, bytes]) -> None:
    encoding, start = mark
    data = start + "一".encode(encoding)
    assert (comment(b"UNICODE\0" + data), tag(data)) == ("一", "一")


def test_a_comment_without_prefix_in_either_directory() -> None:
    texts = [comment(PROMPTS[name].encode(), key) for name in ("english", "mixed") for key in ("exif:9286", "0:9286")]
    assert texts == [PROMPTS["english"], PROMPTS["english"], PROMPTS["mixed"], PROMPTS["mixed"]]


def test_ascii_and_no_character_code() -> None:
    json = b'{"prompt": "a lighthouse"}'
    texts = [comment(prefix + json + b"\0") for prefix in (b"ASCII\0\0\0", bytes(8), b"Ascii\0\0\0", b"")]
    assert texts == [json.decode()] * 4
    assert comment(b"ASCII\0\0\0" + PROMPTS["japanese"].encode()) == PROMPTS["japanese"]


@pytest.mark.parametrize("encoding", ["iso2022_jp", "euc_jp", "cp932", "utf-8"])
def test_jis_is_any_japanese_encoding(encoding: str) -> None:
    for prompt in (PROMPTS["japanese"], PROMPTS["hiragana"], PROMPTS["mixed"]):
        assert comment(b"JIS\0\0\0\0\0" + prompt.encode(encoding)) == prompt


@given(st.text(st.sampled_from("".join(PROMPTS[name] for name in ("japanese", "simplified", "korean"))), min_size=7))
def test_no_text_of_east_asia_is_read_wrongly(text: str) -> None:
    for encoding in ENCODINGS.values():
        assert comment(b"UNICODE\0" + text.encode(encoding)) in (text, None)


@given(st.binary(max_size=200), st.sampled_from(["exif:9286", "0:9286", "0:9c9c", "0:010f"]))
def test_no_bytes_give_what_cannot_be_stored(data: bytes, key: str) -> None:
    for prefix in (b"", b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0"):
        text = comment(prefix + data, key)
        assert text is None or (text.encode() and not set("\0\ufffd") & set(text))


def test_png_text_is_utf_8_or_latin_1() -> None:
    names = ("english", "japanese", "german", "emoji")
    assert [tag(PROMPTS[name].encode()) for name in names] == [PROMPTS[name] for name in names]
    latin = "« été » naïve, Größe 5 µm, ¿qué? 20 °C, ½"
    assert tag(latin.encode("latin-1")) == latin


@pytest.mark.parametrize(
    "data",
    [
        "夜の海と灯台".encode("cp932"),
        "夜の海と灯台".encode("euc_jp"),
        "一个女孩".encode("gbk"),
        "Ночь, маяк".encode("koi8-r"),
        "Ночь, маяк".encode("cp1251"),
        "schöne Gräser und 霧".encode()[:-1],
        bytes(range(1, 40)),
        b"",
        b"\0\0\0",
    ],
)
def test_what_is_no_text_is_none_and_not_wrong(data: bytes) -> None:
    assert tag(data) is None


def test_a_text_of_two_shifted_halves_is_none() -> None:
    data = PROMPTS["english"].encode("utf-16-be")
    assert comment(b"UNICODE\0" + data[:80] + data[81:]) is None


def test_utf_16_without_a_label_is_told_by_its_zeros() -> None:
    for name in ("english", "mixed"):
        for encoding in ("utf-16-be", "utf-16-le"):
            assert tag(PROMPTS[name].encode(encoding), Carrier.SIDECAR) == PROMPTS[name]


def test_windows_tags_are_utf_16_le() -> None:
    for prompt in PROMPTS.values():
        assert comment(prompt.encode("utf-16-le") + b"\0\0", "0:9c9c") == prompt
    assert comment(PROMPTS["english"].encode(), "0:9c9b") == PROMPTS["english"]


def test_nul_surrogates_and_lost_characters_are_removed() -> None:
    lone = b"UNICODE\0" + "a lighthouse \ud800in fog".encode("utf-16-be", "surrogatepass")
    assert comment(lone) == "a lighthouse in fog"
    assert tag(b"a \0light\xef\xbf\xbdhouse\0") == "a lighthouse"
    assert tag("cat \ud83d\ude00 \udc00".encode("utf-8", "surrogatepass")) == "cat 😀 "


def test_a_manifest_is_no_text() -> None:
    assert tag(b"jumb c2pa", Carrier.C2PA) is None
    assert tag("é".encode("latin-1"), Carrier.STEALTH) is None


def test_a_text_in_doubt_is_none() -> None:
    lost = "夜の海と灯台" * 3 + "\ue000\ue001"
    assert [comment(b"UNICODE\0" + text.encode("utf-16-be")) for text in ("灯塔", lost)] == [None, None]
