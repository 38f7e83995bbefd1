"""Template tags about accounts that every page may need."""

from django.conf import settings
from django.template import Library

register = Library()


@register.simple_tag
def is_sign_up_open() -> bool:
    """Return whether visitors may make accounts. It runs no query: the header of every page asks it."""
    return settings.SIGN_UP
