"""Sentences of ours with what people wrote in them."""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def with_names(sentence: str, *names: str) -> SafeString:
    """Return a sentence as HTML, with names in place of its `{}`. Their direction ends with them."""
    return format_html(sentence, *(format_html("<bdi>{}</bdi>", name) for name in names))
