"""What the compiled templates of lists may call (templates/jinja): names that are missing raise, text is escaped."""

from typing import Any
from urllib.parse import quote

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import date
from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import template_localtime
from jinja2 import Environment, StrictUndefined

from content import cards
from content.querysets import MOST_STACKED
from content.selecting import selectable_of
from content.templatetags import gallery
from content.templatetags.pictures import portrait_of, small_portrait
from genonaut.pagination.templatetags import pagination
from users.levels import LEVEL_NAMES


def environment(**options: Any) -> Environment:  # noqa: ANN401 - Jinja's own
    """Return the environment of the compiled templates."""
    compiled = Environment(**{**options, "undefined": StrictUndefined})  # noqa: S701 - Django's engine turns it on
    compiled.globals |= {
        "cards_of": cards.cards_of,
        "chips": gallery.chips,
        "first_row": gallery.FIRST_ROW,
        "has_parameters": gallery.has_parameters,
        "heading_of": gallery.heading_of,
        "hidden_parameters": pagination.hidden_parameters,
        "hints": gallery.hints,
        "histogram_query": gallery.histogram_query,
        "months": cards.months,
        "most_stacked": MOST_STACKED,
        "page_sizes": gallery.page_sizes,
        "portrait_of": portrait_of,
        "small_portrait": small_portrait,
        "range_of": gallery.range_of,
        "selectable_of": selectable_of,
        "sort_choices": gallery.sort_choices,
        "stacks_choice": gallery.stacks_choice,
        "static": static,
        "title_of": gallery.title_of,
        "type_tabs": gallery.type_tabs,
        "url": reverse,
        "layout_choices": gallery.layout_choices,
        "level_names": LEVEL_NAMES,
        "without_filters": gallery.without_filters,
    }
    compiled.filters |= {
        "date": _date,
        "intcomma": intcomma,
        "query_value": _query_value,
        "version_mark": pagination.version_mark,
    }
    return compiled


def _date(value: Any, form: str) -> str:  # noqa: ANN401 - a date or a moment
    """Return a date or moment in a format of Django's, as its filter does."""
    return date(template_localtime(value), form)


def _query_value(text: str) -> str:
    """Return a text as the value of a parameter of an address."""
    return quote(text, safe="")
