"""What the owner of a work, and staff, do on its page: make it private or public, delete it. Plain forms."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from content.models import ContentItem
from content.owners import delete_item, may_change, set_privacy
from genonaut.pagination.errors import InvalidParametersError
from genonaut.queries import reads_only
from genonaut.redirects import SeeOther, to_sign_in

STATES = {"1": True, "0": False}


def own_item(request: HttpRequest, pk: int) -> ContentItem:
    """Return the item that somebody signed in is about to change: 404 where they do not see it, 403 if not theirs."""
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    if not may_change(request.user, item):
        raise PermissionDenied
    return item


def tell(request: HttpRequest, text: str, item_id: int) -> None:
    """Say on the next page what was done. Script reads there which item changed (templates/_messages.html)."""
    messages.success(request, text, extra_tags=f"content-{item_id}")


@require_POST
def privacy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a work private or public, and show it again."""
    page = reverse("content:detail", args=[pk])
    if not request.user.is_authenticated:
        return to_sign_in(page)
    item = own_item(request, pk)
    values = request.POST.getlist("is_private")
    if len(values) != 1 or values[0] not in STATES:
        raise InvalidParametersError({"is_private": ["Must be 1 or 0."]})
    is_private = STATES[values[0]]
    set_privacy(item, is_private=is_private)
    tell(request, f"“{item.title}” is {'private' if is_private else 'public'} now.", pk)
    return SeeOther(page)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a work is to be deleted; once the form is sent delete it and show the gallery."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("content:detail", args=[pk]))
    item = own_item(request, pk)
    if request.method != "POST":
        return render(request, "content/delete.html", {"item": item})
    delete_item(item)
    tell(request, f"Deleted “{item.title}”.", pk)
    return SeeOther(reverse("content:gallery"))
