"""Where uploads are stored, by the setting MEDIA_STORAGE: a folder of this machine, or a bucket that speaks S3."""

import re
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
S3 = "genonaut.s3.S3Files"
BUCKET = re.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# What the address may say, by the name that django-storages knows it by.
OPTIONS = {"endpoint": "endpoint_url", "region": "region_name", "addressing": "addressing_style"}
STYLES = ("path", "virtual", "auto")
EXAMPLE = "s3://bucket/folder?endpoint=https://s3.example.org&region=eu-central-1&addressing=path"


def storage_of(address: str) -> dict[str, Any]:
    """Return the entry of STORAGES for an address; empty is the folder MEDIA_ROOT. Raises ImproperlyConfigured.

    Keys are not part of an address: they are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """
    if not address:
        return FOLDER
    parts = _parts(address)
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or "@" in parts.netloc or not BUCKET.fullmatch(parts.netloc):
        raise _wrong(f"it must be an address as {EXAMPLE}")
    if unknown := sorted(said.keys() - OPTIONS.keys()):
        raise _wrong(f"it knows {', '.join(OPTIONS)}, not {', '.join(unknown)}")
    if not re.fullmatch(r"(https?://([^/?#\s\[\]]+|\[[0-9a-fA-F:.]+\](:[0-9]+)?)/?)?", said.get("endpoint", "")):
        raise _wrong("endpoint must be an address that begins with https:// or http://")
    if said.get("addressing", "auto") not in STYLES:
        raise _wrong(f"addressing must be one of {', '.join(STYLES)}")
    if find_spec("storages") is None:
        raise ImproperlyConfigured("MEDIA_STORAGE needs django-storages: pip install -r requirements-s3.txt")
    options = {OPTIONS[name]: value.rstrip("/") for name, value in said.items() if value}
    location = _location(parts)
    return {"BACKEND": S3, "OPTIONS": {"bucket_name": parts.netloc, "location": location, **options}}


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise _wrong(f"it must be an address as {EXAMPLE}") from None


def _location(parts: SplitResult) -> str:
    location = unquote(parts.path).strip("/")
    if not location.isprintable() or {".", ".."} & set(location.split("/")):
        raise _wrong("its folder must be a plain path")
    return location


def _wrong(reason: str) -> ImproperlyConfigured:
    """Return an error that does not repeat the address: there may be a secret in it."""
    return ImproperlyConfigured(f"MEDIA_STORAGE: {reason}.")
