"""Which works a viewer's pages blur. Lists blur by style sheets alone (static/css/cards.css): cards say their level,
the page of a viewer who chose says from which level on."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.utils.html import format_html
from django.utils.safestring import SafeString

from content.models import ContentItem
from users.levels import LEVEL_NAMES, blurred_level, shown_level
from users.models import User
from users.preferences import NEW_LEVEL, preference


@dataclass(frozen=True)
class Veil:
    """Why the page of a work blurs it: its level is blurred for the viewer, or `is_above` what their lists show."""

    level: str
    is_above: bool


def veil_of(item: ContentItem, viewer: User | AnonymousUser) -> Veil | None:
    """Return why a viewer sees a work blurred; None if they see it as it is. No query."""
    is_above = item.level > shown_level(viewer) and not item.is_of(viewer)
    if not is_above and item.level < blurred_level(viewer):
        return None
    return Veil(item.get_level_display().lower(), is_above)


def level_of_new(creator: User | None) -> int:
    """Return the level that a creator's new works have unless they say otherwise; general for works of the site."""
    return LEVEL_NAMES.index(preference(creator, NEW_LEVEL))


def is_blurred_to_strangers(item: ContentItem) -> bool:
    """Return whether visitors see a work blurred: frames in other sites and previews of links then have no picture."""
    return veil_of(item, AnonymousUser()) is not None


def level_mark(item: ContentItem) -> SafeString:
    """Return the attribute of an element that says the level of a work to style sheets; none for a general one."""
    return format_html(' data-level="{}"', LEVEL_NAMES[item.level]) if item.level else SafeString("")
