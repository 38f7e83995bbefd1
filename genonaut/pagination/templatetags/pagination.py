"""What templates say of a page: its total in words, its canonical address, the parameters that a form has to keep."""

from hashlib import sha256

from django import template
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page
from genonaut.pagination.parameters import DEFAULT_PAGE_SIZE, ORDERS
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


@register.filter
def range_text(page: Page, nouns: str) -> str:
    """Return which rows a page shows of how many, as "51-100 of 8,001,012 works"; the total alone of a single page."""
    if page.first_position is None or not (page.has_previous or page.has_next):
        return total_with_noun(page.total, nouns)
    return f"{page.first_position:,}\u2013{page.last_position:,} of {total_with_noun(page.total, nouns)}"


@register.filter
def version_mark(page: Page) -> str:
    """Return a digest of the version of a page's list, for comparison alone; empty if the list has none."""
    return sha256(page.version.encode()).hexdigest()[:16] if page.version else ""


@register.simple_tag
def canonical_query(listing: Listing, page: Page) -> str:
    """Return the one query string of a numbered page, without what goes without saying; the plain first page has none.

    The filter form sends every field: without this its addresses would be copies of the plain ones to a search engine.
    """
    size = listing.parameters.page_size
    query = listing.query_with(
        sort=None if listing.sort == next(iter(listing.sorts)) else listing.sort,
        order=None if listing.order == ORDERS[0] else listing.order,
        page_size=None if size == DEFAULT_PAGE_SIZE else size,
        page=None if page.number == 1 else page.number,
        as_of=None,
        **dict.fromkeys(listing.carried),
    )
    return "" if query == "?" else query


@register.simple_tag
def hidden_parameters(query: str) -> SafeString:
    """Return the parameters of a query string as hidden inputs, all but the page, for a form that names one."""
    parameters = [
        (name, value)
        for name, values in QueryDict(query.removeprefix("?")).lists()
        for value in values
        if name != "page"
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', parameters)
