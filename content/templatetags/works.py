"""What the page of one work needs to show its data and metadata as they are, whatever they hold."""

import json
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.contrib.auth.models import AnonymousUser

from content.models import ContentItem
from content.owners import may_change
from users.models import User

register = template.Library()

_DESCRIPTION_LENGTH = 200
_LINE_LENGTH = 48


@register.filter
def web_address(text: str) -> str:
    """Return the text if it is one http(s) address and nothing else; empty otherwise."""
    text = text.strip()
    if any(character.isspace() for character in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:  # such as an unfinished IPv6 host
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname else ""


@register.filter
def host(address: str) -> str:
    """Return the host of an address that `web_address` let through."""
    return urlsplit(address).hostname or ""


@register.filter
def entries(metadata: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Return an object's entries as names and texts; any other JSON value is one entry."""
    if not isinstance(metadata, dict):
        return [] if metadata in (None, "", []) else [("value", _as_text(metadata))]
    return [(name, _as_text(value)) for name, value in metadata.items()]


@register.filter
def changeable_by(item: ContentItem, viewer: User | AnonymousUser) -> bool:
    """Return whether the viewer may change the work, which they see."""
    return may_change(viewer, item)


@register.filter
def summary(item: ContentItem) -> str:
    """Return a line about the work: the beginning of its prompt, else its title; pages of other sites show it."""
    text = " ".join(((not item.hides_prompt and item.prompt) or item.title).split())
    return text if len(text) <= _DESCRIPTION_LENGTH else text[: _DESCRIPTION_LENGTH - 1].rstrip() + "…"


def _as_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LINE_LENGTH else json.dumps(value, ensure_ascii=False, indent=2)
