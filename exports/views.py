"""The page of a member's exports, their files, and the form that asks for one."""

from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exports.choices import CARRIED, LIST, OWN_LISTS, Choice, NoListError, chosen
from exports.models import Export, ExportPart
from exports.parts import NotAskedError, ask, delete, is_shown
from exports.worker_tasks import make_soon
from genonaut import flags
from genonaut.http import queries
from genonaut.http.redirects import SeeOther, to_sign_in
from genonaut.pagination.lenient import LeftOut, own_query, read_leniently
from genonaut.pagination.listing import Listing
from media.file_answers import answer_file
from media.files import Original


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def exports(request: HttpRequest) -> HttpResponse:
    """Show one's own exports and the form for another, of the works that the address asks for; sent, ask for it."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    try:
        choice = chosen(request.user, request.GET)
    except NoListError as error:
        raise Http404(str(error)) from error
    listing, left_out = _read(request, choice)
    if request.method == "POST":
        return _asked(request, listing)
    context = {
        "listing": listing,
        "choice": choice,
        "list_query": listing.query_with(**dict.fromkeys(CARRIED), page_size=None).removeprefix("?"),
        "own_lists": [(name, own.shelf.heading) for name, own in OWN_LISTS.items() if name != request.GET.get(LIST)],
        "total": listing.page().total,
        "names": {"left_out": left_out},
        "exports": Export.objects.filter(user=request.user).prefetch_related("parts").order_by("-created_at"),
    }
    return render(request, "exports/exports.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def part(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """Send a zip to the member who asked for it, or a range of it; 410 once they do not see all that is in it."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("exports:exports"))
    parts = ExportPart.objects.select_related("export")
    found = get_object_or_404(parts, export=pk, export__user=request.user, number=number)
    if not is_shown(found, request.user):
        return render(request, "exports/part_gone.html", {"part": found, "export": found.export}, status=410)
    try:
        file = default_storage.open(found.stored_as)
    except OSError as error:
        raise Http404 from error
    name = f"genonaut-{found.export.created_at:%Y-%m-%d}-{number}.zip"
    etag = f'"{pk}-{number}"'
    return answer_file(request, Original(file, name), mime="application/zip", etag=etag, name=name, is_attachment=True)


@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Delete one's own export with its files."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("exports:exports"))
    delete(get_object_or_404(Export, pk=pk, user=request.user))
    messages.success(request, "The export is deleted.")
    return SeeOther(reverse("exports:exports"))


def _read(request: HttpRequest, choice: Choice) -> tuple[Listing, list[LeftOut]]:
    """Return the list that the request asks for; the request keeps the parameters that were understood."""
    query = own_query(choice.listing, request.GET, CARRIED)
    carried = {name: (query[name],) for name in CARRIED if name in query}
    options = {"fixed": choice.fixed, "carried": carried, **flags.paging()}
    listing, left_out = read_leniently(choice.listing, request.user, query, **options)
    queries.keep(request, listing.query)
    return listing, left_out


def _asked(request: HttpRequest, listing: Listing) -> HttpResponse:
    try:
        ask(request.user, listing)
    except NotAskedError as error:
        messages.error(request, str(error))
    else:
        make_soon()
        messages.success(request, "The export is being made. You need not wait here.")
    query = listing.query.urlencode()
    return SeeOther(reverse("exports:exports") + (f"?{query}" if query else ""))
