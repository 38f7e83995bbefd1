"""Works in albums: added from their own pages; moved, annotated and taken out where an album is arranged."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import BigIntegerField, DateTimeField, F, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from albums.forms import NoteForm
from albums.items import AlbumError, add_works, annotate, move_work, neighbours, remove_works, set_cover
from albums.listings import fixed_to, items_of, listing_for
from albums.models import Album, AlbumItem
from albums.owner_views import a_form, own_album, signed_in
from content.cards import cards_of
from content.models import ContentItem
from genonaut.http import queries
from genonaut.http.form_values import names_none, wanted_ids, wanted_state
from genonaut.http.queries import reads_only
from genonaut.http.redirects import after_form
from genonaut.pagination.errors import InvalidParametersError, PageNotFoundError
from genonaut.pagination.filters import MAX_ID
from genonaut.pagination.keyset import RowComparison
from genonaut.sentences import with_names

# Albums of a member that are offered where a work is added to one.
MOST_OFFERED = 200
MOST_DIGITS = 9
SMART = "A smart album finds its works by its search."


def number_in(values: Mapping[str, Any], name: str, *, most: int) -> int:
    """Return a whole number from 1 of a form. Raises InvalidParametersError."""
    text = values.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise InvalidParametersError({name: ["Must be a whole number from 1."]})
    return int(text)


@a_form
@reads_only("before")
def of_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the viewer's albums with whether a work is in them; once a form is sent add it to one, or take it out.

    The newest are shown, or those below an album (`before`).
    """
    work = get_object_or_404(ContentItem.objects.visible_to(request.user).only("title"), pk=pk)
    own = Album.objects.of_owner(request.user).filter(query="")
    if request.method == "POST":
        album = get_object_or_404(own, pk=number_in(request.POST, "album", most=MAX_ID))
        try:
            _set_in_album(request, album, work)
        except AlbumError as error:
            messages.error(request, str(error))
        return after_form(request, reverse("albums:of_work", args=[pk]))
    is_first = names_none(request.GET, "before")
    below = own if is_first else _below(own, get_object_or_404(own, pk=wanted_ids(request.GET, "before", 1)[0]))
    offered = list(below.only("title", "is_public").order_by("-created_at", "-pk")[: MOST_OFFERED + 1])
    holding = set(AlbumItem.objects.filter(content=work, album__in=offered).values_list("album", flat=True))
    context = {"work": work, "albums": offered[:MOST_OFFERED], "holding": holding, "is_first": is_first}
    return render(request, "albums/of_work.html", {**context, "has_older": len(offered) > MOST_OFFERED})


def _below(albums: QuerySet, last: Album) -> QuerySet:
    """Return the albums that come after one in a list that has the newest first."""
    keys = (Value(last.created_at, output_field=DateTimeField()), Value(last.pk, output_field=BigIntegerField()))
    return albums.filter(RowComparison(F("created_at"), F("pk"), *keys, operator="<"))


def _set_in_album(request: HttpRequest, album: Album, work: ContentItem) -> None:
    """Add a work to an album or take it out, as the form says. Raises InvalidParametersError."""
    if wanted_state(request):
        add_works(album, request.user, [work.pk])
        messages.success(request, with_names("“{}” is in the album “{}”.", work.title, album.title))
    else:
        remove_works(album, [work.pk])
        messages.success(request, with_names("“{}” is no longer in the album “{}”.", work.title, album.title))


@a_form
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one page of an album as rows that are moved, annotated and taken out."""
    album = own_album(request, pk)
    if album.is_smart:
        raise Http404(SMART)
    listing, _ = queries.read_list(request, listing_for(album, request.user), fixed=fixed_to(album))
    page = listing.page()
    ids = [item.content_id for item in page.items]
    works = {work.pk: work for work in ContentItem.objects.visible_to(request.user).for_cards().filter(pk__in=ids)}
    shown = [item for item in page.items if item.content_id in works]
    cards = cards_of([works[item.content_id] for item in shown])
    rows = [
        {"item": item, "card": card, "number": (page.first_position or 1) + place}
        for place, (item, card) in enumerate(zip(shown, cards, strict=True))
    ]
    return render(request, "albums/arrange.html", {"album": album, "listing": listing, "page": page, "rows": rows})


@require_POST
@signed_in
def item(request: HttpRequest, pk: int, work: int) -> HttpResponse:
    """Move, annotate or take out a work of an album, or make it the cover, and show the page of rows again."""
    album = own_album(request, pk)
    found = get_object_or_404(_visible(request, album), content=work)
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise InvalidParametersError({"deed": [f"Must be one of: {', '.join(DEEDS)}."]})
    try:
        messages.success(request, deed(request, album, found))
    except AlbumError as error:
        messages.error(request, str(error))
    return after_form(request, reverse("albums:arrange", args=[pk]))


def _remove(request: HttpRequest, album: Album, found: AlbumItem) -> str:
    remove_works(album, [found.content_id])
    return "Taken out."


def _make_cover(request: HttpRequest, album: Album, found: AlbumItem) -> str:
    set_cover(album, found.content_id)
    return "It is the cover now."


def _note(request: HttpRequest, album: Album, found: AlbumItem) -> str:
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise AlbumError(" ".join(form.errors["note"]))
    annotate(album, found.content_id, form.cleaned_data["note"])
    return "Saved the note."


def _earlier(request: HttpRequest, album: Album, found: AlbumItem) -> str:
    previous, _, _ = neighbours(_visible(request, album), found)
    if previous is None:
        return "It is the first."
    move_work(album, found.content_id, before=previous)
    return "Moved."


def _later(request: HttpRequest, album: Album, found: AlbumItem) -> str:
    _, following, second = neighbours(_visible(request, album), found)
    if following is None:
        return "It is the last."
    move_work(album, found.content_id, before=second)
    return "Moved."


def _to_place(request: HttpRequest, album: Album, found: AlbumItem) -> str:
    """Move a work so that it is the n-th that the viewer sees; beyond the last it becomes the last."""
    place = number_in(request.POST, "place", most=10**MOST_DIGITS)
    position = items_of(album, request.user, QueryDict()).position(found.pk)
    now = place if position is None else position[0]
    if place != now:
        target = place if place < now else place + 1
        move_work(album, found.content_id, before=_work_at(request, album, target))
    return f"Moved to place {place:,}."


def _work_at(request: HttpRequest, album: Album, place: int) -> int | None:
    """Return the n-th work that the viewer sees; None beyond the last."""
    try:
        page = items_of(album, request.user, QueryDict(f"page={place}&page_size=1")).page()
    except PageNotFoundError:
        return None
    return page.items[0].content_id if page.items else None


def _visible(request: HttpRequest, album: Album) -> QuerySet:
    return AlbumItem.objects.filter(album=album, audience__in=listing_for(album, request.user).audiences(request.user))


DEEDS = {
    "earlier": _earlier,
    "later": _later,
    "place": _to_place,
    "note": _note,
    "cover": _make_cover,
    "remove": _remove,
}
