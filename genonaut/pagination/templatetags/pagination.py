"""What templates say of a page: its total in words, and the parameters that a form has to keep."""

from django import template
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from genonaut.pagination.totals import Total
from genonaut.pagination.wording import total_text

register = template.Library()


@register.filter("total_text")
def total_with_noun(total: Total | None, nouns: str) -> str:
    """Return a total in words, as "about 8,001,000 works"; `nouns` is "work,works", and an unknown total is empty."""
    if total is None or total.count is None:
        return ""
    singular, plural = nouns.split(",")
    return f"{total_text(total)} {singular if total.count == 1 else plural}"


@register.simple_tag
def hidden_parameters(query: str) -> SafeString:
    """Return the parameters of a query string as hidden inputs, all but the page, for a form that names the page."""
    parameters = [
        (name, value)
        for name, values in QueryDict(query.removeprefix("?")).lists()
        for value in values
        if name != "page"
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', parameters)
