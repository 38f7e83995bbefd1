"""What the owner of an album, and staff, do with it: make it, change it, share it, delete it. Plain forms."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from albums.forms import AlbumForm
from albums.items import AlbumError, add_works
from albums.making import make_once
from albums.models import Album
from albums.sharing import delete_album, end_sharing, share
from content.models import ContentItem
from genonaut.database.saving import save_fields
from genonaut.http.form_values import wanted_ids, wanted_state
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther, to_sign_in
from genonaut.sentences import with_names
from users.models import User

# Smart albums of one's own that are offered beside a new one.
OFFERED_ALBUMS = 20
View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Lead who is not signed in to where one signs in, and from there to the page of the form."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - of the route
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        is_page = request.method in ("GET", "HEAD")
        return to_sign_in(request.get_full_path() if is_page else reverse("albums:albums"))

    return guarded


def own_album(request: HttpRequest, pk: int) -> Album:
    """Return an album that a member is about to change: 404 where they do not see it, 403 if not theirs."""
    album = get_object_or_404(Album.objects.visible_to(request.user).select_related("owner"), pk=pk)
    if not album.may_be_changed_by(request.user):
        raise PermissionDenied
    return album


def a_form(view: View) -> View:
    """Make a view the page of a form, which no cache keeps."""
    methods = require_http_methods(["GET", "HEAD", "POST"])
    return methods(cache_control(private=True, no_store=True)(signed_in(view)))


@a_form
@reads_only("query", "work")
def new(request: HttpRequest) -> HttpResponse:
    """Show the form of a new album, by hand or of a `query`; once it is sent make it, and add the `work` named."""
    query = request.GET.get("query", "")
    work = _work(request)
    sent = request.POST if request.method == "POST" else None
    form = AlbumForm(request.user, sent, is_smart=query != "" and work is None, initial={"query": query})
    if sent is None or not form.is_valid():
        others = smart_albums_of(request.user) if query and work is None else []
        return render(request, "albums/new.html", {"form": form, "work": work, "query": query, "others": others})
    form.instance.owner = request.user
    album, _is_new = make_once(form.save(commit=False))
    if work is not None:
        with suppress(AlbumError):  # the work is gone: the album is there all the same
            add_works(album, request.user, [work.pk])
    messages.success(request, with_names("Made the album “{}”.", album.title))
    return SeeOther(album.get_absolute_url())


def smart_albums_of(owner: User) -> QuerySet:
    """Return the newest smart albums of an owner, whose search another may replace. One query."""
    newest = Album.objects.of_owner(owner).order_by("-created_at", "-pk")
    return newest.exclude(query="").only("title")[:OFFERED_ALBUMS]


def _work(request: HttpRequest) -> ContentItem | None:
    """Return the work that an address names to be added. Raises InvalidParametersError, Http404."""
    if "work" not in request.GET:
        return None
    [pk] = wanted_ids(request.GET, "work", 1)
    return get_object_or_404(ContentItem.objects.visible_to(request.user).only("title"), pk=pk)


@a_form
@reads_only("query")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of an album and its link; once the form is sent save it and show the album.

    A `query` is written into the form of a smart album, in place of its own.
    """
    album = own_album(request, pk)
    title, sent = album.title, request.POST if request.method == "POST" else None
    replaced = {"query": request.GET["query"]} if "query" in request.GET else {}
    form = AlbumForm(request.user, sent, is_smart=album.is_smart, instance=album, initial=replaced)
    if sent is None or not form.is_valid():
        link = album.share_token and request.build_absolute_uri(reverse("albums:shared", args=[album.share_token]))
        return render(request, "albums/edit.html", {"album": album, "title": title, "form": form, "link": link})
    try:
        save_fields(form.save(commit=False), form.cleaned_data)
    except Album.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, with_names("Saved “{}”.", album.title))
    return SeeOther(album.get_absolute_url())


@require_POST
@signed_in
def sharing(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an album a new link, or end the one it has, and show its form again."""
    album = own_album(request, pk)
    if wanted_state(request):
        share(album)
        messages.success(request, "All who have the link see this album now.")
    else:
        end_sharing(album)
        messages.success(request, "The link is ended.")
    return SeeOther(reverse("albums:edit", args=[pk]))


@a_form
@reads_only()
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether an album is to be deleted; once the form is sent delete it. Its works stay."""
    album = own_album(request, pk)
    if request.method != "POST":
        return render(request, "albums/delete.html", {"album": album})
    delete_album(album)
    messages.success(request, with_names("Deleted the album “{}”.", album.title))
    return SeeOther(reverse("albums:albums"))
