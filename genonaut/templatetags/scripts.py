"""What a page says to load its script."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from genonaut.scripts import ENTRY, import_map, needed_at_once

register = template.Library()


@register.simple_tag
def scripts() -> SafeString:
    """Return the import map, hints to load at once all modules that the entry needs, and the entry."""
    hints = format_html_join("", '<link rel="modulepreload" href="{}">\n', ((address,) for address in needed_at_once()))
    # JSON of our own file names: nothing in it could end the element.
    text = mark_safe(import_map())  # noqa: S308
    entry = static(f"js/{ENTRY}.js")
    return format_html(
        '<script type="importmap">{}</script>\n{}<script type="module" src="{}"></script>', text, hints, entry
    )
