"""The files of works and their thumbnails, for viewers who may see a work that has them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from content.models import ContentItem
from genonaut.api.authentication import viewer_of
from media.file_answers import answer_file, file_name, not_modified, suffix_of
from media.files import FileGoneError, open_original

# What answers of this module depend on.
VARY = ("Cookie", "Authorization")


@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a work's file byte for byte, or a range of it; `?download=1` as an attachment."""
    item = _work_with_file(request, pk)
    media_file = item.media_file
    etag = f'"{media_file.hex}"'
    answer = not_modified(request, etag)
    if answer is None:
        try:
            opened = open_original(media_file)
        except FileGoneError as error:
            return _absent(str(error))
        answer = answer_file(
            request,
            opened,
            mime=media_file.mime,
            etag=etag,
            name=file_name(item.title, suffix_of(media_file)),
            is_attachment=request.GET.get("download") == "1",
        )
    patch_vary_headers(answer, VARY)
    return answer


def _work_with_file(request: HttpRequest, pk: int) -> ContentItem:
    """Return a work that the viewer may see, with its file. One query beside who asks. Raises Http404."""
    works = ContentItem.objects.visible_to(viewer_of(request)).exclude(media_file=None).select_related("media_file")
    item = works.only("title", "generation_id", *(f"media_file__{name}" for name in SERVED)).filter(pk=pk).first()
    if item is None:
        raise Http404
    return item


# The columns of a file that are read to send it.
SERVED = ("sha256", "format", "mime", "size", "width", "height", "stored_as", "picture_error")


def _absent(reason: str) -> HttpResponse:
    return HttpResponse(f"{reason}\n", status=404, content_type="text/plain; charset=utf-8")
