"""Notices over HTTP: their page, where each leads, marking them as read, what one is told about, and the badge."""

from contextlib import suppress

from django.contrib import messages
from django.db import Error
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from genonaut.http import queries
from genonaut.http.prefetching import is_prefetch
from genonaut.http.redirects import SeeOther, after_form, to_sign_in
from genonaut.replicas.routing import on_primary
from notices import marking, reading
from notices.forms import KindsForm
from notices.listings import NoticeListing, for_reading
from notices.models import Kind, Notice


@require_safe
@cache_control(private=True, no_store=True)
def notices(request: HttpRequest) -> HttpResponse:
    """Show a page of the user's own notices."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    listing, left_out = queries.read_list(request, NoticeListing)
    page = listing.page()
    context = {
        "listing": listing,
        "page": page,
        "names": {"left_out": left_out},
        "cards": [reading.card_of(row) for row in page.items],
        "unread": reading.unread_count(request.user),
    }
    return render(request, "notices/notices.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to what a notice is about, which marks it as read unless a browser only reads ahead."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    row = get_object_or_404(for_reading(seen_by(request)), pk=pk)
    if request.method == "GET" and not is_prefetch(request):
        with suppress(Error), on_primary():  # where it leads is worth more
            reading.mark_read(Notice.objects.filter(pk=pk))
    return SeeOther(reading.card_of(row).address)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read."""
    page = reverse("notices:notices")
    if not request.user.is_authenticated:
        return to_sign_in(page)
    reading.mark_read(Notice.objects.filter(pk=get_object_or_404(seen_by(request), pk=pk).pk))
    return after_form(request, page)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of the user's notices as read."""
    page = reverse("notices:notices")
    if not request.user.is_authenticated:
        return to_sign_in(page)
    if not marking.read_all(request.user).is_done:
        messages.success(request, "Your notifications are being marked as read.")
    return after_form(request, page)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def choices(request: HttpRequest) -> HttpResponse:
    """Let a user choose what they are told about."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    if request.method == "POST":
        form = KindsForm(request.POST)
        if form.is_valid():
            reading.want(request.user, form.cleaned_data["kinds"])
            messages.success(request, "Your choices are kept.")
            return SeeOther(reverse("notices:choices"))
    else:
        muted = reading.muted_kinds(request.user)
        form = KindsForm(initial={"kinds": [kind for kind in Kind.values if kind not in muted]})
    return render(request, "notices/choices.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@cache_control(private=True, no_store=True)
def badge(request: HttpRequest) -> HttpResponse:
    """Show the link to the notices with how many are unread; nothing to those who are not signed in."""
    if not request.user.is_authenticated:
        return HttpResponse()
    return render(request, "notices/badge.html", {"unread": reading.unread_count(request.user)})


def seen_by(request: HttpRequest) -> QuerySet[Notice]:
    """Return the user's own notices."""
    return Notice.objects.visible_to(request.user)
