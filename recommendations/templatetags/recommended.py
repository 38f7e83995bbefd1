"""Why the works of a page are recommended, and whether any are left out."""

from django import template

from content.models import ContentItem
from recommendations.models import Dismissal
from recommendations.showing import Why, reasons_of
from users.models import User

register = template.Library()


@register.simple_tag
def reasons_for(user: User, works: list[ContentItem]) -> list[Why]:
    """Return why works are recommended to a user. Two queries."""
    return reasons_of(user, works)


@register.simple_tag
def has_dismissed(user: User) -> bool:
    """Return whether a user dismissed any work. One query."""
    return Dismissal.objects.filter(user=user).exists()
