"""The browsable API's HTML, fit for our Content-Security-Policy and for tables of any size."""

from typing import Any

from django.template import loader
from django.views import View
from rest_framework.renderers import BrowsableAPIRenderer, HTMLFormRenderer
from rest_framework.request import Request
from rest_framework.utils.serializer_helpers import BoundField

from genonaut.api.fields import TrueFalseField


class FormRenderer(HTMLFormRenderer):
    """DRF's forms; a number stands in its input as it is sent, without the site's thousands separators.

    A boolean is the option of its select, where DRF would make an empty text of false.
    """

    def render_field(self, field: BoundField, parent_style: dict[str, Any]) -> str:
        """Return a field as HTML."""
        if isinstance(field.value, int | float) and not isinstance(field.value, bool):
            field.value = str(field.value)
        if isinstance(field._field, TrueFalseField):
            field.value = str(field.value).lower()
        return super().render_field(field, parent_style)


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's pages with our filters beside the list, instead of a dialog that needs script and inline styles."""

    form_renderer_class = FormRenderer
    template = "rest_framework/api.html"

    def get_context(self, data: Any, accepted_media_type: str, renderer_context: dict) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return DRF's context; the code styles are a file of ours, the filters are where the template puts them."""
        context = super().get_context(data, accepted_media_type, renderer_context)
        context["code_style"] = ""
        context["listing_filters"] = context.pop("filter_form")
        return context

    def get_extra_actions(self, view: View, status_code: int) -> None:
        """Return none: DRF's menu of them has inline styles. docs/api.md names them."""

    def get_filter_form(self, data: Any, view: View, request: Request) -> str | None:  # noqa: ANN401 - any JSON
        """Return the filters of a list as HTML; None on everything else. Runs no query."""
        listing = getattr(view, "shown_listing", None)
        if listing is None or not isinstance(data, dict) or "items" not in data:
            return None
        return loader.get_template("rest_framework/listing_filters.html").render({"listing": listing}, request._request)
