"""Pictures in templates: their addresses and sizes."""

from typing import NamedTuple

from django import template

from content import stages
from content.blurring import is_blurred_to_strangers, level_mark
from content.cards import frame_of
from content.drawings import SQUARE
from content.models import ContentItem
from content.portraits import drawn_portrait, may_be_portrait, portrait_address
from media.thumbnails import GRID, thumbnail_size
from users.models import User
from users.pictures import uploaded_address
from users.preferences import PORTRAIT_WIDTHS

register = template.Library()
register.simple_tag(frame_of)
register.filter(may_be_portrait)
register.filter(level_mark)
register.filter(is_blurred_to_strangers)


class Picture(NamedTuple):
    """What an img element needs; the numbers are texts, so that no template puts commas into them."""

    url: str
    width: str
    height: str


@register.simple_tag
def small_portrait(person: User) -> Picture:
    """Return the picture of a person in a list of people: the one that they uploaded, else drawn. No query."""
    return _portrait(uploaded_address(person, PORTRAIT_WIDTHS[0]) or drawn_portrait(person.pk))


@register.simple_tag
def portrait_of(person: User) -> Picture:
    """Return the picture of a person: one that they chose, else drawn. One query if they did."""
    return _portrait(portrait_address(person))


def _portrait(address: str) -> Picture:
    width, height = thumbnail_size(*SQUARE, GRID[0])
    return Picture(address, str(width), str(height))


@register.simple_tag
def large_picture(item: ContentItem) -> Picture | None:
    """Return what stands for a work on other sites: its large thumbnail or drawing; None if it has no picture."""
    picture = stages.large_picture(item)
    return None if picture is None else Picture(*picture)
