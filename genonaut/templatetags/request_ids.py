"""The id of the request that a page answers."""

from django import template

from genonaut.monitoring import request_ids

register = template.Library()


@register.simple_tag
def request_id() -> str:
    """Return the id, by which operators find the log's lines of this request; empty outside of requests."""
    return request_ids.request_id.get()
