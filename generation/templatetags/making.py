"""What the page of a work says of making more: the buttons that lead to Create, and its kin."""

from typing import Any

from django import template
from django.template import Context

from content.models import ContentItem, ContentType
from generation.kin import job_of, kin_of

register = template.Library()


@register.inclusion_tag("generation/buttons.html", takes_context=True)
def making_buttons(context: Context, item: ContentItem) -> dict[str, Any]:
    """Show the links that begin with a work: with what it was made with, if the viewer may know it, or its picture."""
    has_prompt = bool(item.prompt or (item.generation is not None and item.generation.prompt))
    return {
        "item": item,
        "can_remix": has_prompt and item.shows_prompt_to(context["request"].user),
        "can_begin": item.media_file is not None and item.content_type == ContentType.IMAGE,
    }


@register.inclusion_tag("generation/kin.html", takes_context=True)
def made_here(context: Context, item: ContentItem) -> dict[str, Any]:
    """Show which work this was made from here, variants of it, and its job. Two queries at most."""
    viewer = context["request"].user
    return {**kin_of(item, viewer)._asdict(), "job": job_of(item, viewer)}
