"""Puts a Jinja template into one of Django's."""

from typing import Any

from django.template import Context, Library, engines
from django.utils.safestring import SafeString, mark_safe

register = Library()


@register.simple_tag(takes_context=True)
def jinja(context: Context, name: str, **values: Any) -> SafeString:  # noqa: ANN401 - of every type
    """Return a template of templates/jinja, which sees these values and the request, nothing else of the context."""
    template = engines["jinja2"].get_template(name)
    return mark_safe(template.render(values, context.get("request")))  # noqa: S308 - it escapes what it is given
