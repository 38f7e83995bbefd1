"""Split A1111's text into prompt, negative prompt and settings. Every function is linear in the text's length."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

PAIRS_MIN = 3
PAIRS_MAX = 1000
KEY_LENGTH_MAX = 100
NEGATIVE = "Negative prompt:"
TEMPLATES = ("Template:", "Negative Template:")
# A value that looks like JSON but is none costs a scan of the text; after so many the rest is taken as plain text.
BAD_JSON_MAX = 8
JSON_STARTS = ('"', "[", "{")
STEPS = "Steps:"
# One of them stands in every line of settings; a caption that counts steps has none.
ALWAYS = frozenset({"sampler", "seed", "cfg scale", "size", "model", "model hash"})
Pairs = list[tuple[str, object]]
_DECODER = json.JSONDecoder(parse_constant=lambda _name: None, strict=False)


@dataclass
class Infotext:
    """The parts of an A1111 text. `settings` is empty if there is no line of settings: all is prompt then."""

    prompt: str
    negative_prompt: str
    settings: dict[str, object] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)


def split_infotext(text: str) -> Infotext:
    """Split a text at the last line of settings, which must say `Steps: <number>` and two pairs more."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    index, settings = _settings_line(lines)
    if not settings:
        return _split_single_line(text)
    prompt, negative = _split_negative(lines[:index])
    templates = _templates("\n".join(lines[index + 1 :])) if index + 1 < len(lines) else {}
    return Infotext(prompt, negative, dict(settings), templates)


def has_settings(text: str) -> bool:
    """Tell if a text is A1111's beyond doubt."""
    return "Steps:" in text and bool(split_infotext(text).settings)


def _settings_line(lines: list[str]) -> tuple[int, Pairs]:
    """Return number and pairs of the line of settings: the first one before a template, else the last one of all.

    Without pairs there is none.
    """
    last: tuple[int, Pairs] = (0, [])
    for number, line in enumerate(lines):
        if STEPS in line and (settings := _settings_of(line)):
            last = (number, settings)
            if number + 1 < len(lines) and lines[number + 1].lstrip().startswith(TEMPLATES):
                break
    return last


def _settings_of(line: str) -> Pairs:
    """Return the pairs of a line of settings, none of any other."""
    stripped = line.lstrip()
    if not stripped.startswith(STEPS) or not _starts_with_number(stripped[6:40]):
        return []
    settings = list(pairs(stripped))
    return settings if _are_settings(settings) else []


def _are_settings(settings: Pairs) -> bool:
    return len(settings) >= PAIRS_MIN and any(name.lower() in ALWAYS for name, _value in settings)


def _starts_with_number(text: str) -> bool:
    first = text.lstrip()[:1]
    return first.isascii() and first.isdigit()


def _split_negative(lines: list[str]) -> tuple[str, str]:
    for number, line in enumerate(lines):
        if line.lstrip().startswith(NEGATIVE):
            first = line.lstrip()[len(NEGATIVE) :]
            return "\n".join(lines[:number]).strip(), "\n".join([first, *lines[number + 1 :]]).strip()
    return "\n".join(lines).strip(), ""


def _split_single_line(text: str) -> Infotext:
    """Split a text whose settings do not begin a line, as Civitai writes it at times."""
    start = _inline_settings(text)
    if start is None:
        prompt, negative = _split_negative(text.split("\n"))
        return Infotext(prompt, negative)
    head, templates = text[start:], {}
    settings, _newline, rest = head.partition("\n")
    if rest.lstrip().startswith(TEMPLATES):
        templates = _templates(rest)
    else:
        settings = head
    prompt, negative = _split_inline_negative(text[:start])
    return Infotext(prompt, negative, dict(pairs(settings)), templates)


def _inline_settings(text: str) -> int | None:
    """Return where the last `Steps: <number>` with pairs after it begins."""
    end = len(text)
    for _attempt in range(BAD_JSON_MAX):
        start = text.rfind("Steps:", 0, end)
        if start < 0:
            return None
        starts_word = start > 0 and text[start - 1] in " \t\n,."
        if (
            starts_word
            and _starts_with_number(text[start + 6 : start + 40])
            and _are_settings(list(pairs(text[start:])))
        ):
            return start
        end = start
    return None


def _split_inline_negative(text: str) -> tuple[str, str]:
    prompt, _negative, negative = text.partition(NEGATIVE)
    return prompt.strip(), negative.strip().rstrip(",").rstrip()


def _templates(text: str) -> dict[str, str]:
    """Read the templates that dynamic prompts write after the settings; a template may have several lines."""
    templates: dict[str, list[str]] = {}
    key = ""
    for line in text.split("\n"):
        opening = next((opening for opening in TEMPLATES if line.startswith(opening)), None)
        if opening:
            key = opening[:-1]
            line = line[len(opening) :]
        if key:
            templates.setdefault(key, []).append(line)
    return {key: "\n".join(lines).strip() for key, lines in templates.items()}


def quote(value: object) -> str:
    """Write a value so that `pairs` gives it back: bare, or as a JSON string."""
    text = str(value)
    is_plain = not any(character in text for character in ',:\n\r"') and text[:1] not in ("[", "{")
    if is_plain and text and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


def pairs(text: str) -> Iterator[tuple[str, object]]:
    """Yield the pairs of `Key: value, Key: "quoted, value", Key: {JSON}, Word`, at most 1,000.

    A word without a value is yielded as its own value: A1111 writes a key that equals its value so.
    """
    if any(start in text for start in JSON_STARTS):
        yield from _pairs_with_json(text)
        return
    named = (piece.partition(":") for piece in text.split(","))
    plain = ((key.strip(), colon, value) for key, colon, value in named if len(key) <= KEY_LENGTH_MAX)
    for key, colon, value in islice((pair for pair in plain if pair[0]), PAIRS_MAX):
        yield key, value.strip() if colon else key


def _pairs_with_json(text: str) -> Iterator[tuple[str, object]]:
    """Yield pairs of which some values may be JSON."""
    position = count = bad_json = 0
    while position < len(text) and count < PAIRS_MAX:
        comma = text.find(",", position)
        comma = len(text) if comma < 0 else comma
        key, colon, value = text[position:comma].partition(":")
        position = comma + 1
        name = key.strip() if len(key) <= KEY_LENGTH_MAX else ""
        found: object = value.strip() if colon else name
        if colon and value.lstrip().startswith(JSON_STARTS) and bad_json < BAD_JSON_MAX:
            end, parsed = _json(text, comma - len(value.lstrip()))
            if end is None:
                bad_json += 1
            else:
                position, found = end + 1, parsed
        if name:
            count += 1
            yield name, found


def _json(text: str, start: int) -> tuple[int | None, object]:
    """Return where the comma after the JSON value here stands, and the value; (None, None) if there is none."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, None
    while text[end : end + 1].isspace():
        end += 1
    return (end, value) if end >= len(text) or text[end] == "," else (None, None)
