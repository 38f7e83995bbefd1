"""What the cards of a list show: shape, picture, length, and the months that a list by date is divided into."""

from base64 import b64encode
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import groupby
from typing import NamedTuple

from django.urls import get_script_prefix
from django.utils.dates import MONTHS_3
from django.utils.timezone import get_current_timezone

from content.drawings import drawing_address, drawing_colour, drawing_size
from content.listings import ContentListing, WorksListing
from content.models import ContentItem, ContentType
from content.querysets import OPENING_LENGTH
from content.shapes import ratio_of, shape_class, shape_number
from content.templatetags.works import web_address
from content.thumbnails import thumbnail_of
from genonaut.http.addresses import address_of
from genonaut.pagination.page import Page
from media.models import MediaFile
from media.thumbnails import GRID, thumbnail_size

# Of rows in a usual window, in CSS pixels: which thumbnail a browser loads that does not know the width yet.
USUAL_HEIGHT = 240
# A picture that its card would cut to less than half is shown whole, on its colour.
CUT_LIMIT = 2.0

# Shapes of works whose files have none.
UNKNOWN = {"text": (4, 5), "image": (1, 1), "audio": (1, 1), "video": (16, 9)}

_MONTHS = {number: str(name).title() for number, name in MONTHS_3.items()}
_HUNDREDTH = Decimal("0.01")


class Image(NamedTuple):
    """What an img element needs; the numbers are texts, so that no template puts commas into them."""

    src: str
    srcset: str
    sizes: str
    width: str
    height: str


class Frame(NamedTuple):
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


class Card(NamedTuple):
    """A work in a list: all that its card shows. `created_at` is in the time zone of the site."""

    item: ContentItem
    frame: Frame
    address: str
    created_at: datetime

    @property
    def day(self) -> str:
        """The day that it was made, as `date:"j M Y"` has it in twenty times the time."""
        return f"{self.created_at.day} {_MONTHS[self.created_at.month]} {self.created_at.year:04}"

    @property
    def score(self) -> str:
        """Its quality score, empty without one; rounded as `floatformat:2` does."""
        quality = self.item.quality_score
        return "" if quality is None else str(abs(Decimal(repr(quality)).quantize(_HUNDREDTH, ROUND_HALF_UP)))


class Month(NamedTuple):
    """Cards of one month in a row, with their indexes on the page. `start` is None in lists that are not by date."""

    start: date | None
    cards: list[tuple[int, Card]]


def cards_of(items: Iterable[ContentItem]) -> list[Card]:
    """Return the cards of works, which `for_cards` loaded. No queries."""
    # Asked once for all: each of them takes as long as the rest of a card does.
    root, zone = get_script_prefix(), get_current_timezone()
    return [
        Card(
            item,
            frame_of(item, root),
            address_of("content:detail", item.pk, root),
            item.created_at.astimezone(zone),
        )
        for item in items
    ]


def months(listing: ContentListing | WorksListing, page: Page) -> list[Month]:
    """Return the cards of a page, divided by month if the list is sorted by date."""
    numbered = list(enumerate(cards_of(page.items)))
    if listing.sort != listing.time_sort:
        return [Month(None, numbered)]
    zone, is_of_rows = get_current_timezone(), bool(listing.reference)

    def month_of(pair: tuple[int, Card]) -> tuple[int, int]:
        card = pair[1]
        # Rows that refer to works are divided by when they came, as likes by when they were given.
        moment = card.item.listed_at.astimezone(zone) if is_of_rows else card.created_at
        return moment.year, moment.month

    by_month = groupby(numbered, month_of)
    return [Month(date(year, month, 1), list(cards)) for (year, month), cards in by_month]


def frame_of(item: ContentItem, root: str | None = None) -> Frame:
    """Return how a work looks in a list. No queries."""
    file = item.media_file
    if file is None:
        return _drawing(item, root) if item.is_synthetic else _record(item)
    length = "" if file.duration is None else _clock(file.duration)
    has_size = file.width is not None and file.height is not None
    if item.is_pictured and has_size:
        look = _cut(file)
        # Around a picture that is whole its colour shows.
        thumbhash = b64encode(file.thumbhash).decode() if file.thumbhash and look == "picture" else ""
        shape = shape_class(file.width, file.height)
        return Frame(look, shape, _thumbnails(item, root), file.colour, length, thumbhash)
    if item.content_type in (ContentType.TEXT, ContentType.AUDIO):
        return _record(item, length)
    look = "waiting" if file.pictured_at is None else "bare"
    size = (file.width, file.height) if has_size else UNKNOWN[item.content_type]
    return Frame(look, shape_class(*size), None, file.colour, length)


def _drawing(item: ContentItem, root: str | None) -> Frame:
    """Return how a synthetic work looks: its drawing in the two widths of the grid."""
    shape, sizes, sides = _drawn(*drawing_size(item.content_type, item.seed))
    addresses = [drawing_address(item.content_type, item.seed, width, root) for width in GRID]
    srcset = ", ".join(f"{address} {wide}w" for address, (wide, _) in zip(addresses, sides, strict=True))
    return Frame("picture", shape, Image(addresses[0], srcset, sizes, *sides[0]), drawing_colour(item.seed), "")


@cache
def _drawn(width: int, height: int) -> tuple[str, str, list[tuple[str, str]]]:
    """Return shape, `sizes` and the sides of the grid's thumbnails of drawings of one size, of which there are few."""
    sides = [thumbnail_size(width, height, nominal) for nominal in GRID]
    return shape_class(width, height), _sizes(width, height), [(str(wide), str(high)) for wide, high in sides]


def _record(item: ContentItem, length: str = "") -> Frame:
    """Return how a work looks that has no picture: a text by its beginning, a sound by a wave."""
    look = str(item.content_type) if item.content_type in (ContentType.TEXT, ContentType.AUDIO) else "bare"
    opening = item.data[:OPENING_LENGTH] if "data" in item.__dict__ else item.opening
    is_text = item.content_type == ContentType.TEXT and not web_address(opening)
    return Frame(look, shape_class(*UNKNOWN[item.content_type]), None, "", length, opening=opening if is_text else "")


def _sizes(width: int, height: int) -> str:
    """Return `sizes`: as wide as the card is, once a browser knows; until then, as in a usual row."""
    return f"auto, {round(USUAL_HEIGHT * ratio_of(shape_number(width, height)))}px"


def _thumbnails(item: ContentItem, root: str | None) -> Image:
    """Return the thumbnails of the grid; those that are wider than the picture have the picture's width."""
    file = item.media_file
    widths = {min(width, file.width): width for width in reversed(GRID)}
    addresses = {width: thumbnail_of(item, named, root) for width, named in sorted(widths.items())}
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
