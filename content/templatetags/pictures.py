"""Pictures in templates: their addresses and sizes."""

from typing import NamedTuple

from django import template

from content import stages
from content.cards import frame_of
from content.drawings import PERSON, SQUARE, drawing_address, portrait_seed
from content.models import ContentItem
from media.thumbnails import GRID, thumbnail_size

register = template.Library()
register.simple_tag(frame_of)


class Picture(NamedTuple):
    """What an img element needs; the numbers are texts, so that no template puts commas into them."""

    url: str
    width: str
    height: str


@register.simple_tag
def portrait(user_id: int | None) -> Picture:
    """Return the portrait of an account: drawn from its id."""
    width, height = thumbnail_size(*SQUARE, GRID[0])
    return Picture(drawing_address(PERSON, portrait_seed(user_id), width), str(width), str(height))


@register.simple_tag
def large_picture(item: ContentItem) -> Picture | None:
    """Return what stands for a work on other sites: its large thumbnail or drawing; None if it has no picture."""
    picture = stages.large_picture(item)
    return None if picture is None else Picture(*picture)
