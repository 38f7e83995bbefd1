"""What the cards of a list show: shape, picture, length, and the months that a list by date is divided into."""

from base64 import b64encode
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import NamedTuple

from django import template
from django.utils.timezone import localtime

from content.listings import ContentListing
from content.models import ContentItem, ContentType
from content.pictures import CARD, picture_url
from content.shapes import ratio_of, shape_class, shape_number
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
TEXT_SHAPE, SQUARE, FILM = (4, 5), (1, 1), (16, 9)


class Image(NamedTuple):
    """What an img element needs; the numbers are texts, so that no template puts commas into them."""

    src: str
    srcset: str
    sizes: str
    width: str
    height: str


class Card(NamedTuple):
    """How a work looks in a list.

    `look`: picture, whole (a picture that is not cut), drawing, waiting (no thumbnails yet), bare (there will be none),
    text or audio. `thumbhash`: what script draws until the picture is there, in base64; empty if it is not cut.
    """

    look: str
    shape: str
    image: Image | None
    colour: str
    length: str
    thumbhash: str = ""


class Month(NamedTuple):
    """Works of one month in a row, with their indexes on the page. `start` is None in lists that are not by date."""

    start: date | None
    works: list[tuple[int, ContentItem]]


@register.simple_tag
def card_of(item: ContentItem) -> Card:
    """Return how a work looks in a list. No queries: `for_cards` loaded it."""
    file = item.media_file
    if file is None:
        return Card("drawing", shape_class(*CARD), _drawing(item), "", "")
    length = "" if file.duration is None else _clock(file.duration)
    has_size = file.width is not None and file.height is not None
    if item.is_pictured and has_size:
        look = _cut(file)
        # Around a picture that is whole its colour shows.
        thumbhash = b64encode(file.thumbhash).decode() if file.thumbhash and look == "picture" else ""
        shape = shape_class(file.width, file.height)
        return Card(look, shape, _thumbnails(item), file.colour, length, thumbhash)
    if item.content_type in (ContentType.TEXT, ContentType.AUDIO):
        shape = TEXT_SHAPE if item.content_type == ContentType.TEXT else SQUARE
        return Card(str(item.content_type), shape_class(*shape), None, "", length)
    unknown = FILM if item.content_type == ContentType.VIDEO else SQUARE
    look = "waiting" if file.pictured_at is None else "bare"
    return Card(look, shape_class(*((file.width, file.height) if has_size else unknown)), None, file.colour, length)


@register.simple_tag
def months(listing: ContentListing, page: Page) -> list[Month]:
    """Return a page's works, divided by month where the list is sorted by date."""
    numbered = list(enumerate(page.items))
    if listing.sort != listing.moment:
        return [Month(None, numbered)]
    return [Month(start, list(works)) for start, works in _by_month(numbered)]


def _by_month(numbered: list[tuple[int, ContentItem]]) -> Iterable[tuple[date, Iterable[tuple[int, ContentItem]]]]:
    return groupby(numbered, lambda pair: localtime(pair[1].created_at).date().replace(day=1))


def _drawing(item: ContentItem) -> Image:
    return Image(picture_url(item.seed, CARD), "", "", str(CARD.width), str(CARD.height))


def _thumbnails(item: ContentItem) -> Image:
    """Return the thumbnails of the grid; those that are wider than the picture have the picture's width."""
    file = item.media_file
    widths = {min(width, file.width): width for width in reversed(GRID)}
    addresses = {width: thumbnail_of(item, named) for width, named in sorted(widths.items())}
    width, src = next(iter(addresses.items()))
    usual = round(USUAL_HEIGHT * ratio_of(shape_number(file.width, file.height)))
    return Image(
        src,
        ", ".join(f"{address} {real}w" for real, address in addresses.items()),
        f"auto, {usual}px",
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
