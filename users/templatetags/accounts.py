"""Template tags about accounts that every page may need."""

from urllib.parse import quote

from django.conf import settings
from django.template import Context, Library
from django.urls import reverse

register = Library()


@register.simple_tag
def is_sign_up_open() -> bool:
    """Return whether visitors may make accounts. It runs no query: the header of every page asks it."""
    return settings.SIGN_UP


@register.simple_tag(takes_context=True)
def back_query(context: Context) -> str:
    """Return the query by which a link to sign in leads back to the page; none on pages about signing in and letters,
    where what the visitor wanted before says where to. It runs no query of the database."""
    request = context.get("request")
    if request is None or request.path.startswith(reverse("users:login").removesuffix("login/")):
        return ""
    return f"?next={quote(request.get_full_path())}"
