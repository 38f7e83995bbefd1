"""Addresses of what has no view, such as static files: they begin where the site does, at a host's root or below it.

The web server says where that is for each request (SCRIPT_NAME), or the setting FORCE_SCRIPT_NAME. `reverse` knows too.
"""

from django.urls import get_script_prefix

# Of what depends on it, this many are kept: a site has one, seldom two.
KEPT_ROOTS = 8


def below_root(path: str) -> str:
    """Return the address of a path of the site: /gallery/pictures/1 for pictures/1 of a site at /gallery."""
    return get_script_prefix() + path.removeprefix("/")
