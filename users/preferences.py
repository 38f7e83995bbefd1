"""What an account's owner prefers, read out of `User.preferences`: clients of the API may write anything there."""

import re
from collections.abc import Mapping
from typing import Any

from users.levels import LEVEL_NAMES

# The first of each is what holds without a preference.
THEMES = ("auto", "light", "dark")
PAGE_SIZES = (50, 100, 200)
LAYOUTS = ("numbers", "scroll")
# The level of new works, by name.
NEW_LEVEL = "new_level"
CHOICES: dict[str, tuple[Any, ...]] = {
    "theme": THEMES,
    "page_size": PAGE_SIZES,
    "view": LAYOUTS,
    NEW_LEVEL: LEVEL_NAMES,
}
PRIVATE = "private_by_default"
# The id of a work, or the version of an uploaded picture.
PICTURE = "picture"
VERSION_LENGTH = 16
VERSION = f"[0-9a-f]{{{VERSION_LENGTH}}}"
# Pixels of an uploaded picture beside a name, and in a profile.
PORTRAIT_WIDTHS = (96, 320)


def preference(viewer: object, name: str) -> Any:  # noqa: ANN401 - as CHOICES
    """Return what a viewer prefers, a value of CHOICES; the first if they are anonymous or wrote anything else."""
    preferences = getattr(viewer, "preferences", None)
    value = preferences.get(name) if isinstance(preferences, Mapping) else None
    allowed = CHOICES[name]
    return value if type(value) is type(allowed[0]) and value in allowed else allowed[0]


def keeps_private(viewer: object) -> bool:
    """Return whether a viewer's new works are private unless they say otherwise."""
    return is_set(viewer, PRIVATE)


def is_set(viewer: object, name: str) -> bool:
    """Return whether a viewer set a preference that is on or off; without it, it is off."""
    preferences = getattr(viewer, "preferences", None)
    return isinstance(preferences, Mapping) and preferences.get(name) is True


def chosen_picture(account: object) -> int | None:
    """Return the id of the work that an account chose for its picture; whether it may be shown is for others to say."""
    preferences = getattr(account, "preferences", None)
    value = preferences.get(PICTURE) if isinstance(preferences, Mapping) else None
    return value if type(value) is int and 0 < value < 2**63 else None


def uploaded_picture(account: object) -> str | None:
    """Return the version of the picture that an account uploaded; None without one."""
    preferences = getattr(account, "preferences", None)
    value = preferences.get(PICTURE) if isinstance(preferences, Mapping) else None
    return value if isinstance(value, str) and re.fullmatch(VERSION, value) else None


def list_defaults(viewer: object) -> dict[str, str]:
    """Return the parameters that a list's address is to have if it says nothing of them; none without a preference.

    All or none: an address that names one of them was made of a page, whose reader chose.
    """
    preferred = {name: preference(viewer, name) for name in ("page_size", "view")}
    is_default = all(CHOICES[name][0] == value for name, value in preferred.items())
    return {} if is_default else {name: str(value) for name, value in preferred.items()}
