"""The page of the trash, and its plain forms: restore some works, delete them for good, empty it."""

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from content.listings import TrashListing
from content.models import ContentItem
from content.owner_views import own_item, tell_of_trash
from content.trash import begin_to_empty, count_going, delete_some, expire, move_to_trash, restore
from genonaut.counted import things_text
from genonaut.http import queries
from genonaut.http.form_values import names_none, wanted_ids
from genonaut.http.redirects import SeeOther, after_form, to_sign_in
from users.querysets import is_staff

# Works of one form.
MOST_WORKS = 1_000
# Works that a request deletes for good; more are left to the worker.
MOST_DELETED = 20
# Works that are about to go are counted up to here.
MOST_COUNTED = 10_000


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move one of the viewer's works to the trash and show where they came from, with a way back."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("content:detail", args=[pk]))
    item = own_item(request, pk)
    move_to_trash(ContentItem.objects.filter(pk=pk))
    tell_of_trash(request, item)
    return after_form(request, reverse("content:gallery"))


@require_safe
@cache_control(private=True, no_store=True)
def trash(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the viewer's trash, and how many works are about to go."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    listing, _ = queries.read_list(request, TrashListing)
    going = count_going(request.user, MOST_COUNTED)
    text = things_text(going, "work", most=MOST_COUNTED) if going else ""
    shown = {"listing": listing, "page": listing.page(), "days": settings.TRASH_DAYS, "going": text}
    return render(request, "content/trash.html", shown)


@require_POST
def restore_works(request: HttpRequest) -> HttpResponse:
    """Take works out of the trash."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("content:trash"))
    if names_none(request.POST, "work"):
        return _none_ticked(request)
    pks = wanted_ids(request.POST, "work", MOST_WORKS)
    restored = restore(_in_trash(request, pks))
    is_one = restored == 1 == len(pks)
    messages.success(
        request, f"Restored {things_text(restored, 'work')}.", extra_tags=f"content-{pks[0]}" if is_one else ""
    )
    return after_form(request, reverse("content:detail", args=pks) if is_one else reverse("content:trash"))


@require_POST
def delete_works(request: HttpRequest) -> HttpResponse:
    """Delete works in the trash for good: some at once, the rest by the worker."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("content:trash"))
    if names_none(request.POST, "work"):
        return _none_ticked(request)
    works = _in_trash(request, wanted_ids(request.POST, "work", MOST_WORKS))
    pks = list(works.values_list("pk", flat=True))
    due = expire(ContentItem.objects.filter(pk__in=pks)).filter(pk__in=pks)
    return _deleted(request, delete_some(due, MOST_DELETED), is_all=not due.exists())


@require_POST
def empty(request: HttpRequest) -> HttpResponse:
    """Delete all works in the viewer's trash for good: some at once, the rest by the worker."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("content:trash"))
    deleted, is_all = begin_to_empty(request.user, MOST_DELETED)
    return _deleted(request, deleted, is_all=is_all)


def _none_ticked(request: HttpRequest) -> HttpResponse:
    messages.error(request, "Tick works first.")
    return after_form(request, reverse("content:trash"))


def _in_trash(request: HttpRequest, pks: list[int]) -> QuerySet:
    """Return the works of these ids in the viewer's trash; staff reach into every trash."""
    works = ContentItem.objects
    trashed = works.filter(trashed_at__isnull=False) if is_staff(request.user) else works.in_trash_of(request.user)
    return trashed.filter(pk__in=pks)


def _deleted(request: HttpRequest, count: int, *, is_all: bool) -> HttpResponse:
    said = f"Deleted {things_text(count, 'work')} for good." if is_all else "These works are being deleted for good."
    messages.success(request, said)
    return SeeOther(reverse("content:trash"))
