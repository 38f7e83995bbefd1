"""What templates say of a page: its total in words, and the parameters that a form has to keep."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from genonaut.pagination.totals import Total, TotalKind

register = template.Library()

_WORDS = {TotalKind.EXACT: "", TotalKind.ESTIMATE: "about ", TotalKind.AT_LEAST: "more than "}
# Digits of an estimate that mean something.
_SIGNIFICANT = 4


@register.filter
def total_text(total: Total | None, nouns: str) -> str:
    """Return a total in words, as "about 8,001,000 works"; `nouns` is "work,works", and an unknown total is empty."""
    if total is None or total.count is None:
        return ""
    singular, plural = nouns.split(",")
    count = _rounded(total.count) if total.kind == TotalKind.ESTIMATE else total.count
    return f"{_WORDS[total.kind]}{intcomma(count)} {singular if count == 1 else plural}"


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


def _rounded(count: int) -> int:
    """Return the count to as many digits as an estimate deserves."""
    return round(count, _SIGNIFICANT - len(str(count)))
