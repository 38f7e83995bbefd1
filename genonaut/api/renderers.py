"""The browsable API's HTML, fit for our Content-Security-Policy, for any table and for browsers without script."""

from typing import Any

from django.db.models import Model
from django.http import Http404
from django.template import loader
from django.views import View
from rest_framework.exceptions import APIException
from rest_framework.renderers import BrowsableAPIRenderer, HTMLFormRenderer
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.serializer_helpers import BoundField, ReturnDict

from genonaut.api.fields import TextsField, TrueFalseField

# Answers to those who see nothing.
HIDDEN = (401, 403, 404)


class FormRenderer(HTMLFormRenderer):
    """DRF's forms; a number stands in its input as it is sent, without the site's thousands separators.

    A boolean is the option of its select, where DRF would make an empty text of false; texts stand one in each line.
    """

    def render_field(self, field: BoundField, parent_style: dict[str, Any]) -> str:
        """Return a field as HTML."""
        if isinstance(field.value, int | float) and not isinstance(field.value, bool):
            field.value = str(field.value)
        if isinstance(field._field, TrueFalseField):
            field.value = str(field.value).lower()
        if isinstance(field._field, TextsField) and isinstance(field.value, list | tuple):
            field.value = "\n".join(map(str, field.value))
        return super().render_field(field, parent_style)


def may_offer(view: View, method: str, row: Model) -> bool:
    """Return whether a row is in a state in which a method can do something, as far as the view says."""
    return not hasattr(view, "offers") or view.offers(method, row)


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's pages with our filters and forms above the answer, without dialogs that need script and inline styles."""

    form_renderer_class = FormRenderer
    template = "rest_framework/api.html"

    def get_context(self, data: Any, accepted_media_type: str, renderer_context: dict) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Return DRF's context; the code styles are a file of ours, the filters are where the template puts them."""
        context = super().get_context(data, accepted_media_type, renderer_context)
        context["code_style"] = ""
        context["listing_filters"] = context.pop("filter_form")
        context["refused_method"] = self._refused_method(renderer_context["request"])
        return context

    def _refused_method(self, request: Request) -> str | None:
        """Return the method whose form was refused, None if none was: it is shown open, as it was filled in."""
        return request.method if self.renderer_context["response"].status_code == 400 else None

    def show_form_for_method(self, view: View, method: str, request: Request, obj: Model | None) -> bool | None:
        """Return whether a form is shown: none where there is nothing to see, nor one that the row's state forbids."""
        if self.renderer_context["response"].status_code in HIDDEN or (obj and not may_offer(view, method, obj)):
            return False
        return super().show_form_for_method(view, method, request, obj)

    def get_rendered_html_form(self, data: Any, view: View, method: str, request: Request) -> str | bool | None:  # noqa: ANN401 - any JSON
        """Return a form; one that was refused keeps what was filled in, with what is wrong beside each field."""
        if method == self._refused_method(request) and method in ("POST", "PUT"):
            serializer = self._refused_serializer(view, method, request)
            data = data if serializer is None else ReturnDict({}, serializer=serializer)
        return super().get_rendered_html_form(data, view, method, request)

    def _refused_serializer(self, view: View, method: str, request: Request) -> BaseSerializer | None:
        try:
            row = {} if method == "POST" else {"instance": view.get_object()}
            serializer = view.get_serializer(data=request.data, **row) if request.data else None
        except (APIException, Http404):
            return None
        if serializer is not None:
            # As the answer says: to validate again would count another guess of a password.
            serializer._validated_data, serializer._errors = {}, self._errors_by_field()
        return serializer

    def _errors_by_field(self) -> dict[str, list[str]]:
        """Return what is wrong by the field of the form; what is inside a field ("tags.0") is the field's."""
        problem = self.renderer_context["response"].data
        errors: dict[str, list[str]] = {}
        for name, messages in (problem.get("errors") or {"non_field_errors": [problem["detail"]]}).items():
            errors.setdefault(name.partition(".")[0], []).extend(messages)
        return errors

    def get_extra_actions(self, view: View, status_code: int) -> None:
        """Return none: DRF's menu of them has inline styles. docs/api.md names them."""

    def get_filter_form(self, data: Any, view: View, request: Request) -> str | None:  # noqa: ANN401 - any JSON
        """Return the filters of a list as HTML; None on everything else. Runs no query."""
        listing = getattr(view, "shown_listing", None)
        if listing is None or not isinstance(data, dict) or "items" not in data:
            return None
        return loader.get_template("rest_framework/listing_filters.html").render({"listing": listing}, request._request)
