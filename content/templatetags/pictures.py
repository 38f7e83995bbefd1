"""Pictures in templates: their addresses and sizes."""

from typing import NamedTuple

from django import template

from content import stages
from content.models import ContentItem
from content.pictures import CARD, DETAIL, picture_url

register = template.Library()

_SIZES = {"card": CARD, "detail": DETAIL}


class Picture(NamedTuple):
    """What an img element needs; the numbers are texts, so that no template puts commas into them."""

    url: str
    width: str
    height: str


@register.simple_tag
def picture(seed: int, size_name: str) -> Picture:
    """Return the picture of a seed, for a card or for the page of one work."""
    size = _SIZES[size_name]
    return Picture(picture_url(seed, size), str(size.width), str(size.height))


@register.simple_tag
def large_picture(item: ContentItem) -> Picture:
    """Return what stands for a work on other sites: its large thumbnail, else the picture of its seed."""
    thumbnail = stages.large_picture(item)
    return picture(item.seed, "detail") if thumbnail is None else Picture(*thumbnail)
