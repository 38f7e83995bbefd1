"""The page that takes files by a plain form, says of each what became of it, and takes titles and tags for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from content.hidden_prompts import values_of_hidden
from content.models import ContentItem
from content.thumbnails import thumbnail_of
from content.uploading import Offer, RefusedFileError, file_name, take_file
from genonaut.large_bodies import FILE_PART
from genonaut.queries import reads_only
from genonaut.redirects import SeeOther, to_sign_in
from media.thumbnails import GRID
from users.models import User

UNNAMED = "A file without a name"
MOST_TAGS, LONGEST_TAG = 100, 100


class SharedFieldsForm(forms.Form):
    """What is said of all files of a form."""

    is_private = forms.BooleanField(required=False)
    hides_prompt = forms.BooleanField(required=False)


class WorkForm(forms.Form):
    """Title, tags and switches of one of several works."""

    title = forms.CharField(max_length=300)
    tags = forms.CharField(required=False, max_length=MOST_TAGS * (LONGEST_TAG + 2), label="Tags, with commas between")
    is_private = forms.BooleanField(required=False, label="Private")
    hides_prompt = forms.BooleanField(required=False, label="Hide the prompt")

    def clean_tags(self) -> list[str]:
        """Return each tag once. Raises ValidationError for too many, and for one that is too long."""
        tags = list(dict.fromkeys(tag for tag in map(str.strip, self.cleaned_data["tags"].split(",")) if tag))
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            raise forms.ValidationError(f"At most {MOST_TAGS} tags, of {LONGEST_TAG} characters each.")
        return tags


@dataclass
class Result:
    """What became of one file: its work with the form to change it, or why it was refused."""

    name: str
    item_id: int | None = None
    is_new: bool = False
    error: str = ""
    item: ContentItem | None = None
    form: WorkForm | None = None

    @property
    def thumbnail(self) -> str | None:
        """The address of its picture; None if it has none."""
        return thumbnail_of(self.item, GRID[0]) if self.item and self.item.is_pictured else None


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def upload(request: HttpRequest) -> HttpResponse:
    """Show the form; once it is sent make works of its files and say what became of each."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("uploads:upload"))
    context = {"most_bytes": settings.MAX_UPLOAD_BYTES, "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES}
    if request.method != "POST":
        return render(request, "uploads/upload.html", context)
    files = request.FILES.getlist(FILE_PART)
    if not files:
        return render(request, "uploads/upload.html", {**context, "error": "Choose one file at least."}, status=400)
    form = SharedFieldsForm(request.POST)
    form.is_valid()
    return results_page(request, [take(file, request.user, **form.cleaned_data) for file in files])


@require_POST
def details(request: HttpRequest) -> HttpResponse:
    """Change titles, tags and switches of several works of the viewer's own; all of them, or none if one is wrong."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("uploads:upload"))
    ids = {int(text) for text in request.POST.getlist("item") if text.isdecimal() and len(text) < 19}
    own = ContentItem.objects.filter(creator=request.user).for_details().in_bulk(ids)
    forms_by_id = {pk: WorkForm(request.POST, prefix=str(pk)) for pk in own}
    # Each is asked, so that each says what is wrong with it.
    if not all([form.is_valid() for form in forms_by_id.values()]):  # noqa: C419
        results = [Result(item.title, pk, item=item, form=forms_by_id[pk]) for pk, item in own.items()]
        return results_page(request, results, status=400)
    for pk, form in forms_by_id.items():
        values = values_of_hidden(own[pk], form.cleaned_data)
        ContentItem.objects.filter(pk=pk).update(**values, updated_at=timezone.now())
    messages.success(request, f"Saved {len(own)} work{'' if len(own) == 1 else 's'}.")
    return SeeOther(request.user.get_absolute_url())


def take(file: UploadedFile, user: User, **switches: bool) -> Result:
    """Make a work of one file; return what became of it."""
    name = file_name(file.name) or UNNAMED
    try:
        taken = take_file(Offer(file.file, Path(file.file.name), file.name, user, **switches))
    except RefusedFileError as error:
        return Result(name, error=str(error))
    return Result(name, taken.item_id, taken.is_new)


def results_page(request: HttpRequest, results: Sequence[Result], status: int = 200) -> HttpResponse:
    """Return the page that shows works with forms to change them, and refused files."""
    ids = {result.item_id for result in results}
    items = ContentItem.objects.filter(creator=request.user).for_details().in_bulk(ids)
    for result in results:
        result.item = items.get(result.item_id)
        if result.item and result.form is None:
            result.form = form_of(result.item)
    context = {
        "results": [result for result in results if result.item],
        "refused": [result for result in results if result.error],
        "added": sum(result.is_new for result in results),
        "is_wrong": status != 200,
    }
    return render(request, "uploads/results.html", context, status=status)


def form_of(item: ContentItem) -> WorkForm:
    """Return the form of a work as it is."""
    values = {name: getattr(item, name) for name in ("title", "is_private", "hides_prompt")}
    return WorkForm(initial={**values, "tags": ", ".join(item.tags)}, prefix=str(item.pk))
