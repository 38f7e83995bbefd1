"""The forms of likes and bookmarks in the page of a work."""

from typing import Any

from django import template
from django.template import Context

from content.models import ContentItem
from interactions.likes import marks_on

register = template.Library()


@register.inclusion_tag("interactions/marks.html", takes_context=True)
def like_form(context: Context, item: ContentItem) -> dict[str, Any]:
    """Show how many like an item, which the reader may see, and the forms of who is signed in. One query or two."""
    user = context["request"].user
    return {"item": item, "pk": item.pk, "user": user, "marks": marks_on(user, item.pk)}
