"""Pages about people: the public profile."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from content.listings import ContentListing
from users.models import User


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person and one page of their works."""
    person = get_object_or_404(User.objects.visible_to(request.user), username=username)
    listing = ContentListing(request.user, request.GET, fixed={"creator": str(person.pk)})
    return render(request, "users/profile.html", {"person": person, "listing": listing, "page": listing.page()})
