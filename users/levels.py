"""How explicit works are, and what a viewer's lists show and blur of them."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import IntegerChoices


class Level(IntegerChoices):
    """How explicit a work is."""

    GENERAL = 0
    SENSITIVE = 1
    EXPLICIT = 2


# As the API, addresses and exports write them, by number.
LEVEL_NAMES = tuple(level.name.lower() for level in Level)
NAMED_LEVELS = list(zip(LEVEL_NAMES, Level.labels, strict=True))
# Of `User.blurred_level`: nothing is blurred.
BLUR_NOTHING = 3
# The lowest level that is blurred. General works never are.
BLUR_CHOICES = ((Level.SENSITIVE.value, "Sensitive"), (Level.EXPLICIT.value, "Explicit"), (BLUR_NOTHING, "Never"))
BLUR_NAMES = {value: name.lower() for value, name in BLUR_CHOICES}


def level_named(name: str) -> Level:
    """Return the level of a name in lower case. Raises KeyError."""
    return Level[name.upper()]


def shown_level(viewer: object) -> Level:
    """Return the highest level of others' works that a viewer's lists show. No query.

    It says nothing about who may see a work: that is its privacy.
    """
    return Level(getattr(viewer, "shown_level", level_named(settings.ANONYMOUS_LEVEL)))


def stranger_like(viewer: object) -> AnonymousUser:
    """Return an anonymous viewer whose lists show works up to a viewer's level. No query."""
    stranger = AnonymousUser()
    stranger.shown_level = shown_level(viewer)
    return stranger


def blurred_level(viewer: object) -> int:
    """Return the lowest level that is blurred for a viewer; BLUR_NOTHING if none is. No query."""
    return getattr(viewer, "blurred_level", Level.SENSITIVE.value)


def shown_levels(viewer: object) -> list[Level]:
    """Return the levels of others' works that a viewer's lists show, the lowest first. No query."""
    highest = shown_level(viewer)
    return [level for level in Level if level <= highest]


def hidden_levels(viewer: object) -> list[Level]:
    """Return the levels of others' works that a viewer's lists leave out. No query."""
    highest = shown_level(viewer)
    return [level for level in Level if level > highest]
