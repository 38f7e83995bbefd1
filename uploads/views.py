"""The page that takes files by a plain form, and says of each what became of it."""

from dataclasses import dataclass, field
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from content.models import ContentItem
from content.uploading import Offer, RefusedFileError, file_name, take_file
from genonaut.large_bodies import FILE_PART
from genonaut.queries import reads_only
from genonaut.redirects import to_sign_in
from users.models import User

UNNAMED = "A file without a name"


class SharedFieldsForm(forms.Form):
    """What is said of all files of a form."""

    is_private = forms.BooleanField(required=False)


@dataclass
class Result:
    """What became of one file: its work, or why it was refused."""

    name: str
    item_id: int | None = None
    is_new: bool = False
    error: str = ""
    item: ContentItem | None = field(default=None)


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
    results = [take(file, request.user, is_private=form.cleaned_data["is_private"]) for file in files]
    items = ContentItem.objects.visible_to(request.user).for_cards().in_bulk({result.item_id for result in results})
    for result in results:
        result.item = items.get(result.item_id)
    counts = {
        "added": sum(result.is_new for result in results),
        "refused": sum(bool(result.error) for result in results),
    }
    return render(request, "uploads/results.html", {"results": results, **counts})


def take(file: UploadedFile, user: User, *, is_private: bool) -> Result:
    """Make a work of one file; return what became of it."""
    name = file_name(file.name) or UNNAMED
    try:
        taken = take_file(Offer(file.file, Path(file.file.name), file.name, user, is_private=is_private))
    except RefusedFileError as error:
        return Result(name, error=str(error))
    return Result(name, taken.item_id, taken.is_new)
