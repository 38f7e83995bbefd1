"""JSON as ComfyUI writes it: with bare NaN, NUL and half surrogate pairs, which nothing of ours keeps."""

import json
import re
from math import isfinite

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Graphs nest four levels deep; what nests deeper is no answer of ComfyUI.
MAX_DEPTH = 100


def parsed(body: bytes) -> object:
    """Read an answer as JSON and clean it: NaN and infinities become None, NUL and lone surrogates go.

    Raises ValueError if the body is not JSON or nests deeper than MAX_DEPTH.
    """
    try:
        return cleaned(json.loads(body.decode(errors="replace")))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def cleaned(value: object, depth: int = 0) -> object:
    """Return parsed JSON as PostgreSQL can store it. Raises ValueError if it nests too deep."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list):
        return [cleaned(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {UNSTORABLE.sub("", key): cleaned(each, depth + 1) for key, each in value.items()}
    return value


def mapping(value: object) -> dict:
    """Return a JSON object, and an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list:
    """Return a JSON array, and an empty one in place of anything else."""
    return value if isinstance(value, list) else []
