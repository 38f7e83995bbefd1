"""What a page says to load its script."""

from functools import lru_cache
from uuid import UUID

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from genonaut.assets.import_map import ENTRY, import_map, needed_at_once
from genonaut.http.addresses import KEPT_ROOTS, below_root

register = template.Library()

# By the name that static/js/site/addresses.js knows them by.
SITE_ADDRESSES = {
    "root": ("content:gallery",),
    "work": ("content:detail", 0),
    "work-fragment": ("content:detail_fragment", 0),
    "views": ("interactions:views", 0),
    "like": ("interactions:like_fragment", 0),
    "marks": ("interactions:marks",),
    "names": ("catalog:names",),
    "uploads": ("api:uploads",),
    "uploads-known": ("api:uploads-known",),
    "content": ("api:content-list",),
    "act": ("culling:act",),
    "bar": ("culling:bar",),
    "sign-in": ("users:login",),
    "zip": ("uploads:zip", UUID(int=0)),
}


@register.simple_tag
def scripts() -> SafeString:
    """Return the import map, hints to load at once all modules that the entry needs, and the entry."""
    return _scripts(get_script_prefix())


@lru_cache(KEPT_ROOTS)
def _scripts(_root: str) -> SafeString:
    """Return the same for a site that begins at a root; `static` reads it itself."""
    hints = format_html_join("", '<link rel="modulepreload" href="{}">\n', ((address,) for address in needed_at_once()))
    # JSON of our own file names: nothing in it could end the element.
    text = mark_safe(import_map())  # noqa: S308
    entry = static(f"js/{ENTRY}.js")
    return format_html(
        '<script type="importmap">{}</script>\n{}<script type="module" src="{}"></script>', text, hints, entry
    )


@register.simple_tag
def unhashed(name: str) -> str:
    """Return the address of a static file under its own name, for pages that must not need the manifest."""
    return below_root(settings.STATIC_URL + name)


@register.simple_tag
def site_addresses() -> SafeString:
    """Return the addresses that script asks for as data attributes of the body; where an id belongs they have a 0,
    or a UUID of zeros."""
    return _site_addresses(get_script_prefix(), has_counts=settings.CLIENT_COUNTS)


@lru_cache(2 * KEPT_ROOTS)
def _site_addresses(_root: str, *, has_counts: bool) -> SafeString:
    """Return the same for a site that begins at a root; `reverse` reads it itself."""
    found = {name: reverse(pattern, args=arguments) for name, (pattern, *arguments) in SITE_ADDRESSES.items()}
    if has_counts:
        found["counts"] = reverse("monitoring:page-cache")
    return format_html_join(" ", 'data-{}="{}"', found.items())
