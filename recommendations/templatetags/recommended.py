"""Why the works of a page are recommended."""

from django import template

from content.models import ContentItem
from recommendations.showing import Why, reasons_of
from users.models import User

register = template.Library()


@register.simple_tag
def reasons_for(user: User, works: list[ContentItem]) -> list[Why]:
    """Return why works are recommended to a user. Two queries."""
    return reasons_of(user, works)
