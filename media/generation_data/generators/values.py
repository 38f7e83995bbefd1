"""Turn what generators wrote into values that PostgreSQL, JSON and browsers take."""

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from media.generation_data.blocks import ModelUse

SEED_MAX = 2**64 - 1
# Browsers round larger JSON numbers.
EXACT_INTEGER_MAX = 2**53 - 1
INTEGER_MAX = 2**31 - 1
DEPTH_MAX = 16
KEY_LENGTH_MAX = 100
NAME_LENGTH_MAX = 500
# Only known endings are cut: "sd_xl_base_1.0" ends in no file ending.
FILE_ENDINGS = (".safetensors", ".ckpt", ".gguf", ".sft", ".bin", ".pth", ".pt", ".onnx", ".pkl")


def clean_text(text: str) -> str:
    """Remove NUL and lone surrogates, which PostgreSQL and UTF-8 refuse."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


def clean(value: object, depth: int = 0) -> object:
    """Make a value one that `json.dumps(allow_nan=False)` and jsonb take.

    NaN and infinity become None, integers that browsers round become strings, and what lies deeper than 16 levels None.
    """
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return _clean_number(value)
    if depth >= DEPTH_MAX:
        return None
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item, depth + 1) for item in value]
    return None


def _clean_number(value: int | float) -> int | float | str | None:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if abs(value) <= EXACT_INTEGER_MAX:
        return value
    return str(value) if value.bit_length() <= 128 else None


def as_text(value: object) -> str | None:
    """Return clean text without outer whitespace, None if there is none."""
    if not isinstance(value, str):
        return None
    return clean_text(value).strip() or None


def as_float(value: object) -> float | None:
    """Read a finite number, also from a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_integer(value: object) -> int | None:
    """Read a whole number without loss, also from "20", 20.0 and "20.0"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    return _integer_of_text(value) if isinstance(value, str) else None


def _integer_of_text(text: str) -> int | None:
    text = text.strip()
    if not text or len(text) > 40 or not text.isascii() or "_" in text:
        return None
    if text.isdigit():
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 10**40 or number != number.to_integral_value():
        return None
    return int(number)


def as_count(value: object) -> int | None:
    """Read a number of steps, or a length in pixels: 0 to 2^31 - 1."""
    number = as_integer(value)
    return number if number is not None and 0 <= number <= INTEGER_MAX else None


def as_seed(value: object, warnings: list[str]) -> int | None:
    """Read a seed, and warn if it is a number outside 0 to 2^64 - 1."""
    number = as_integer(value)
    if number is None or 0 <= number <= SEED_MAX:
        return number
    warnings.append("The seed is outside 0 to 18446744073709551615.")
    return None


def bare_name(value: object) -> str | None:
    """Return a model's name without folder and file ending, None for none.

    It is for names of files. SwarmUI's models are identifiers with a folder, and Draw Things's are with an ending:
    their readers leave those as written. LoRAs are bare everywhere, so that one is the same whatever used it.
    """
    name = as_text(value)
    if name is None or len(name) > NAME_LENGTH_MAX:
        return None
    name = without_ending(name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]).strip()
    return None if name.lower() in ("", "none") else name


def without_ending(name: str) -> str:
    """Cut a known file ending."""
    lowered = name.lower()
    if not lowered.endswith(FILE_ENDINGS):
        return name
    return next(name[: -len(ending)] for ending in FILE_ENDINGS if lowered.endswith(ending))


def model_of(name: object, digest: object = None, weight: object = None) -> ModelUse | None:
    """Build a ModelUse from a file's name, None if there is no name."""
    bare = bare_name(name)
    return ModelUse(bare, as_text(digest), as_float(weight)) if bare else None


def size_of(width: object, height: object) -> dict[str, int] | None:
    """Build `more["size"]`, None unless both sides are known."""
    sides = as_count(width), as_count(height)
    return {"width": sides[0], "height": sides[1]} if sides[0] and sides[1] else None


def snake_case(key: str) -> str:
    """Turn "CFG scale" and "cfgScale" into cfg_scale; may be empty."""
    return _snake_case(key if len(key) <= KEY_LENGTH_MAX else clean_text(key)[: KEY_LENGTH_MAX * 2])


@lru_cache(maxsize=1_000)
def _snake_case(key: str) -> str:
    """Convert a key; generators use the same few hundred in every file."""
    key = clean_text(key)
    characters: list[str] = []
    previous = ""
    for character in key:
        if character.isupper() and (previous.islower() or previous.isdigit()):
            characters.append("_")
        characters.append(character.lower() if character.isalnum() else "_")
        previous = character
    return "_".join(word for word in "".join(characters).split("_") if word)[:KEY_LENGTH_MAX]


def said(value: object) -> bool:
    """Tell if a value says something: it is neither None nor an empty text or list."""
    return value is not None and value not in ("", [], {})


def put(more: dict[str, object], key: str, value: object) -> None:
    """Add a value to `more` if it says something and the key is free."""
    if key and said(value) and not said(more.get(key)):
        more[key] = value


def put_rest(more: dict[str, object], values: Mapping[str, object], known: frozenset[str]) -> None:
    """Add every value whose key is not among the known ones."""
    for key, value in values.items():
        if key not in known:
            put(more, snake_case(key), value)
