"""Media types that clients send, in Accept and Content-Type: one that cannot be read is passed over, or is none.

Django, and the email package that it reads them by, fail at some parameters of RFC 2231: `a*=x''1` is one.
"""

from collections.abc import Iterable
from contextlib import suppress
from operator import attrgetter
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http.request import MediaType
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

# At an unknown charset; at a value in parts of which some have a number and others none.
UNREADABLE = (ValueError, TypeError)


def media_type_of(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type and the parameters of a Content-Type; an empty text and none if it cannot be read."""
    with suppress(*UNREADABLE):
        return parse_header_parameters(content_type)
    return "", {}


def media_ranges(texts: Iterable[str]) -> list[MediaType]:
    """Return those media ranges of Accept that can be read."""
    ranges = []
    for text in texts:
        with suppress(*UNREADABLE):
            ranges.append(MediaType(text))
    return ranges


class ReadsMediaTypes:
    """Mixed into Django's requests: queries and forms are UTF-8, and a Content-Type that cannot be read is none.

    Django takes the charset of Content-Type for the encoding of both. genonaut/http/bodies.py refuses bodies in others.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = media_type_of(meta.get("CONTENT_TYPE", ""))
        if not self.content_type and "CONTENT_TYPE" in meta:
            # DRF reads it there.
            meta["CONTENT_TYPE"] = ""

    @cached_property
    def accepted_types(self) -> list[MediaType]:
        """The media ranges of Accept that can be read and are wanted at all, the best liked first, as Django has it."""
        ranges = media_ranges(self.headers.get("Accept", "*/*").split(","))
        wanted = [each for each in ranges if each.quality != 0]
        return sorted(wanted, key=attrgetter("quality", "specificity"), reverse=True)


class SiteRequest(ReadsMediaTypes, WSGIRequest):
    """A request of genonaut/wsgi.py."""


class SiteASGIRequest(ReadsMediaTypes, ASGIRequest):
    """A request of genonaut/asgi.py."""
