"""The page that takes files by a plain form, says of each what became of it, and takes titles and tags for all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from content.models import ContentItem
from content.refusals import RefusedFileError, file_name
from content.thumbnails import thumbnail_of
from content.uploading import Offer, take_file
from genonaut.http.form_values import wanted_ids
from genonaut.http.large_bodies import FILE_PART
from genonaut.http.queries import reads_only
from genonaut.http.redirects import NOT_SAVED, SeeOther, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from media.thumbnails import GRID
from uploads.describing import counts_of
from uploads.forms import kept_zip, offers_of
from uploads.models import Outcome, Upload
from uploads.work_forms import WorkForm, form_of, save
from users.levels import LEVEL_NAMES, NAMED_LEVELS
from users.preferences import NEW_LEVEL, preference

UNNAMED = "A file without a name"
# Files of a zip that its page shows, the last ones; the API has all.
MOST_SHOWN = 200
# Works of a form: with more it would have more fields than a request may have.
MOST_OF_FORM = 100
# Works of a zip that its page has forms for at a time.
MOST_LINKED = 10 * MOST_OF_FORM
REFRESH_SECONDS = 3


class SharedFieldsForm(forms.Form):
    """What is said of all files of a form."""

    level = forms.TypedChoiceField(choices=NAMED_LEVELS, coerce=LEVEL_NAMES.index, required=False, empty_value=None)
    is_private = forms.BooleanField(required=False)
    hides_prompt = forms.BooleanField(required=False)
    # Private works, until their titles and tags are saved.
    looks_first = forms.BooleanField(required=False)


@dataclass
class Result:
    """What became of one file: its work with the form to change it, where a zip is told of, or why it was refused."""

    name: str
    item_id: int | None = None
    is_new: bool = False
    error: str = ""
    # Whether others see it once its form is saved.
    publishes: bool = False
    zip_address: str = ""
    item: ContentItem | None = None
    form: WorkForm | None = None

    @property
    def thumbnail(self) -> str | None:
        """The address of its picture; None if it has none."""
        return thumbnail_of(self.item, GRID[0]) if self.item and self.item.is_pictured else None


class OtherWorks(NamedTuple):
    """The address of a form of works, and which of those that were sent they are, from 1 on."""

    address: str
    first: int
    last: int


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def upload(request: HttpRequest) -> HttpResponse:
    """Show the form; once it is sent make works of its files and say what became of each."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("uploads:upload"))
    context = {
        "most_bytes": settings.MAX_UPLOAD_BYTES,
        "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "levels": NAMED_LEVELS,
        "new_level": preference(request.user, NEW_LEVEL),
    }
    if request.method != "POST":
        return render(request, "uploads/upload.html", context)
    files = request.FILES.getlist(FILE_PART)
    if not files:
        return render(request, "uploads/upload.html", {**context, "error": "Choose one file at least."}, status=400)
    form = SharedFieldsForm(request.POST)
    if not form.is_valid():
        return render(request, "uploads/upload.html", {**context, "error": "Choose a level of the list."}, status=400)
    said = form.cleaned_data
    looks_first = said.pop("looks_first")
    publishes = looks_first and not said["is_private"]
    said["is_private"] |= looks_first
    results = [take(offer, looks_first=publishes) for offer in offers_of(files, request.user, **said)]
    if len(results) == 1 and results[0].zip_address:
        return SeeOther(results[0].zip_address)
    publishing = {result.item_id for result in results if publishes and result.is_new}
    return results_page(request, results, publishing=publishing)


@require_http_methods(["GET", "HEAD"])
@cache_control(private=True, no_store=True)
@reads_only()
def unpacked(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what became of the files of a zip; while it is unpacked, the page is asked for again every few seconds."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    upload = get_object_or_404(Upload, pk=pk, owner=request.user)
    if not upload.is_archive:
        raise Http404
    others = upload.entries.exclude(outcome=Outcome.REFUSED).filter(item__isnull=False).select_related("item")
    context = {
        "upload": upload,
        "counts": counts_of(upload),
        "refused": upload.entries.filter(outcome=Outcome.REFUSED).order_by("-number")[:MOST_SHOWN],
        "works": others.order_by("-number")[:MOST_SHOWN],
        "most_shown": MOST_SHOWN,
        "forms": [] if upload.finished_at is None else forms_of(upload),
    }
    response = render(request, "uploads/zip.html", context)
    if upload.finished_at is None:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only("item", "publish")
def details(request: HttpRequest) -> HttpResponse:
    """Show titles, tags and switches of several works of the viewer's own; once the form is sent change all of them, or
    none if one is wrong.

    Works that are named as `publish` are no longer private once it is saved, unless it says so.
    """
    ids, publishing = _sent_ids(request, "item"), _sent_ids(request, "publish")
    if not request.user.is_authenticated:
        return _to_sign_in_again(request, sorted(ids), publishing)
    if request.method != "POST":
        return _details_page(request)
    own = ContentItem.objects.owned_by(request.user).for_details().in_bulk(ids)
    forms_by_id = {pk: WorkForm(own[pk], request.POST) for pk in sorted(own)}
    # Each is asked, so that each says what is wrong with it.
    is_valid = all([form.is_valid() for form in forms_by_id.values()])  # noqa: C419
    if any("updated_at" in form.errors for form in forms_by_id.values()):
        raise InvalidParametersError({"updated_at": ["Must be the moments that the form came with."]})
    if not is_valid or not save(forms_by_id):
        results = [Result(item.title, pk, item=item, form=forms_by_id[pk]) for pk, item in own.items()]
        return results_page(request, results, status=409 if is_valid else 400, publishing=publishing & own.keys())
    messages.success(request, f"Saved {len(own)} work{'' if len(own) == 1 else 's'}.")
    return SeeOther(request.user.get_absolute_url())


def _sent_ids(request: HttpRequest, name: str) -> set[int]:
    """Return the works that a form names so."""
    return {int(text) for text in request.POST.getlist(name) if text.isdecimal() and len(text) < 19}


def _to_sign_in_again(request: HttpRequest, ids: Sequence[int], publishing: Collection[int]) -> HttpResponse:
    """Lead to sign-in, and from there to the form of works that was asked for or sent: none of them is changed."""
    if request.method != "POST":
        return to_sign_in(request.get_full_path())
    messages.warning(request, NOT_SAVED)
    links = links_to(ids[:MOST_OF_FORM], publishing)
    return to_sign_in(links[0].address if links else reverse("uploads:upload"))


def _details_page(request: HttpRequest) -> HttpResponse:
    """Return the form of works that were added before. Raises InvalidParametersError."""
    publishing = wanted_ids(request.GET, "publish", MOST_OF_FORM) if "publish" in request.GET else []
    # Either of the two is there.
    others = wanted_ids(request.GET, "item", MOST_OF_FORM) if "item" in request.GET or not publishing else []
    results = [Result("", pk) for pk in sorted({*publishing, *others})]
    return results_page(request, results, heading="Titles and tags", publishing=publishing)


def take(offer: Offer, *, looks_first: bool = False) -> Result:
    """Make a work of one file, or keep a zip to be unpacked; return what became of it."""
    name = file_name(offer.name) or UNNAMED
    try:
        upload = kept_zip(offer, looks_first=looks_first)
        if upload is not None:
            return Result(name, zip_address=reverse("uploads:zip", args=[upload.pk]))
        taken = take_file(offer)
    except RefusedFileError as error:
        return Result(name, error=str(error))
    return Result(name, taken.item_id, taken.is_new)


def results_page(
    request: HttpRequest,
    results: Sequence[Result],
    status: int = 200,
    *,
    heading: str = "",
    publishing: Collection[int] = (),
) -> HttpResponse:
    """Return the page that shows works with forms to change them, and refused files; two queries.

    The forms of works in `publishing` make them public. Works for which its form has no room have pages of their own.
    Without a heading it says how many were added.
    """
    works = one_each(results)
    ids = list(works)
    items = ContentItem.objects.owned_by(request.user).for_details().in_bulk(ids[:MOST_OF_FORM])
    shown = [result for pk, result in works.items() if pk in items]
    for result in shown:
        result.item = items[result.item_id]
        result.publishes = result.item_id in publishing
        result.form = result.form or form_of(result.item, publishes=result.publishes)
    context = {
        "results": shown,
        "others": links_to(ids, publishing, behind=MOST_OF_FORM),
        "zips": [result for result in results if result.zip_address],
        "refused": [result for result in results if result.error],
        "added": sum(result.is_new for result in results),
        "is_wrong": status != 200,
        "heading": heading,
        "publishes": any(items[pk].is_private and not items[pk].kept_private for pk in publishing if pk in items),
    }
    return render(request, "uploads/results.html", context, status=status)


def one_each(results: Sequence[Result]) -> dict[int, Result]:
    """Return a result for each work, by its id; of a content that came as several files with all of their names."""
    works: dict[int, Result] = {}
    for result in results:
        if result.item_id in works:
            works[result.item_id].name += f", {result.name}"
        elif result.item_id is not None:
            works[result.item_id] = result
    return works


def forms_of(upload: Upload) -> list[OtherWorks]:
    """Return where the forms are that show works of a zip to all, of the first that are private still. One query."""
    rows = upload.entries.filter(publishes=True, outcome=Outcome.ADDED, item__creator=upload.owner_id)
    private = rows.filter(item__is_private=True, item__held_at=None, item__trashed_at=None)
    ids = list(private.order_by("number").values_list("item", flat=True)[:MOST_LINKED])
    return links_to(ids, ids)


def links_to(ids: Sequence[int], publishing: Collection[int], *, behind: int = 0) -> list[OtherWorks]:
    """Return where the forms of works are, but for the first of them that have one on their page."""
    links = []
    for start in range(behind, len(ids), MOST_OF_FORM):
        some = ids[start : start + MOST_OF_FORM]
        query = urlencode([("publish" if pk in publishing else "item", pk) for pk in some])
        links.append(OtherWorks(f"{reverse('uploads:details')}?{query}", start + 1, start + len(some)))
    return links
