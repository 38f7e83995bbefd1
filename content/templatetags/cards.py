"""What the cards of a list show: shape, picture, length, and the months that a list by date is divided into."""

from base64 import b64encode
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import NamedTuple

from django import template
from django.utils.timezone import localtime

from content.drawings import drawing_colour, drawing_size, drawings_of
from content.listings import ContentListing
from content.models import ContentItem, ContentType
from content.querysets import OPENING_LENGTH
from content.shapes import ratio_of, shape_class, shape_number
from content.templatetags.works import web_address
from content.thumbnails import thumbnail_of
from genonaut.pagination.page import Page
from media.models import MediaFile
from media.thumbnails import GRID

register = template.Library()

# Of rows in a usual window, in CSS pixels: which thumbnail a browser loads that does not know the width yet.
USUAL_HEIGHT = 240
# A picture that its card would cut to less than half is shown whole, on its colour.
CUT_LIMIT = 2.0

# Shapes of works whose files have none.
UNKNOWN = {"text": (4, 5), "image": (1, 1), "audio": (1, 1), "video": (16, 9)}


class Image(NamedTuple):
    """What an img element needs; the numbers are texts, so that no template puts commas into them."""

    src: str
    srcset: str
    sizes: str
    width: str
    height: str


class Card(NamedTuple):
    """How a work looks in a list.

    `look`: picture, whole (a picture that is not cut), waiting (no thumbnails yet), bare (there will be none), text or
    audio. `thumbhash`: what script draws until the picture is there, in base64; empty if it is not cut. `opening` is
    how a text begins.
    """

    look: str
    shape: str
    image: Image | None
    colour: str
    length: str
    thumbhash: str = ""
    opening: str = ""


class Month(NamedTuple):
    """Works of one month in a row, with their indexes on the page. `start` is None in lists that are not by date."""

    start: date | None
    works: list[tuple[int, ContentItem]]


@register.simple_tag
def card_of(item: ContentItem) -> Card:
    """Return how a work looks in a list. No queries: `for_cards` loaded it."""
    file = item.media_file
    if file is None:
        return _drawing(item) if item.is_synthetic else _record(item)
    length = "" if file.duration is None else _clock(file.duration)
    has_size = file.width is not None and file.height is not None
    if item.is_pictured and has_size:
        look = _cut(file)
        # Around a picture that is whole its colour shows.
        thumbhash = b64encode(file.thumbhash).decode() if file.thumbhash and look == "picture" else ""
        shape = shape_class(file.width, file.height)
        return Card(look, shape, _thumbnails(item), file.colour, length, thumbhash)
    if item.content_type in (ContentType.TEXT, ContentType.AUDIO):
        return _record(item, length)
    look = "waiting" if file.pictured_at is None else "bare"
    size = (file.width, file.height) if has_size else UNKNOWN[item.content_type]
    return Card(look, shape_class(*size), None, file.colour, length)


@register.simple_tag
def months(listing: ContentListing, page: Page) -> list[Month]:
    """Return a page's works, divided by month where the list is sorted by date."""
    numbered = list(enumerate(page.items))
    if listing.sort != listing.moment:
        return [Month(None, numbered)]
    return [Month(start, list(works)) for start, works in _by_month(numbered)]


def _by_month(numbered: list[tuple[int, ContentItem]]) -> Iterable[tuple[date, Iterable[tuple[int, ContentItem]]]]:
    return groupby(numbered, lambda pair: localtime(pair[1].created_at).date().replace(day=1))


def _drawing(item: ContentItem) -> Card:
    """Return how a synthetic work looks: its drawing in the two widths of the grid."""
    width, height = drawing_size(item.content_type, item.seed)
    drawings = drawings_of(item)[: len(GRID)]
    src, small_width, small_height = drawings[0]
    srcset = ", ".join(f"{address} {wide}w" for address, wide, _ in drawings)
    image = Image(src, srcset, _sizes(width, height), str(small_width), str(small_height))
    return Card("picture", shape_class(width, height), image, drawing_colour(item.seed), "")


def _record(item: ContentItem, length: str = "") -> Card:
    """Return how a work looks that has no picture: a text by its beginning, a sound by a wave."""
    look = str(item.content_type) if item.content_type in (ContentType.TEXT, ContentType.AUDIO) else "bare"
    opening = item.data[:OPENING_LENGTH] if "data" in item.__dict__ else item.opening
    is_text = item.content_type == ContentType.TEXT and not web_address(opening)
    return Card(look, shape_class(*UNKNOWN[item.content_type]), None, "", length, opening=opening if is_text else "")


def _sizes(width: int, height: int) -> str:
    """Return `sizes`: as wide as the card is, once a browser knows; until then, as in a usual row."""
    return f"auto, {round(USUAL_HEIGHT * ratio_of(shape_number(width, height)))}px"


def _thumbnails(item: ContentItem) -> Image:
    """Return the thumbnails of the grid; those that are wider than the picture have the picture's width."""
    file = item.media_file
    widths = {min(width, file.width): width for width in reversed(GRID)}
    addresses = {width: thumbnail_of(item, named) for width, named in sorted(widths.items())}
    width, src = next(iter(addresses.items()))
    return Image(
        src,
        ", ".join(f"{address} {real}w" for real, address in addresses.items()),
        _sizes(file.width, file.height),
        str(width),
        str(max(1, round(width * file.height / file.width))),
    )


def _cut(file: MediaFile) -> str:
    """Return how a picture lies in its card: whole where its card has quite another shape."""
    ratio = file.width / file.height
    shown = ratio_of(shape_number(file.width, file.height))
    return "whole" if max(ratio / shown, shown / ratio) > CUT_LIMIT else "picture"


def _clock(seconds: float) -> str:
    """Return a length as players show it: 0:42, 12:03, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
