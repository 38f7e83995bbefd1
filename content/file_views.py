"""The files of works and their thumbnails, for viewers who may see a work that has them."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from content.models import ContentItem
from content.stages import is_played
from genonaut.api.authentication import viewer_of
from media.blocks import DamagedBlocksError, unpack
from media.file_answers import answer_file, file_name, not_modified, suffix_of
from media.files import FileGoneError, Original, open_original
from media.generation_data.generators import workflow_text
from media.making import BusyError, NoPictureError, kept_copy, make_thumbnail, stripped_copy
from media.models import MediaFile, MetadataBlocks
from media.pictures.limits import PassingError
from media.thumbnails import WIDTHS, thumbnail_path

# The columns of a file and of its work that are read to send it.
FILE_COLUMNS = ("sha256", "format", "mime", "size", "stored_as", "picture_error", "frames")
COLUMNS = ("title", "hides_prompt", "creator", "generation", *(f"media_file__{name}" for name in FILE_COLUMNS))
NOTHING = "There is no such file, or you may not see it."
# What a hash stands for never changes; who may see it does.
FOR_GOOD = f"private, max-age={365 * 24 * 3600}, immutable"
# A work may be given another file (imports).
FOR_MINUTES = "private, max-age=600"
RETRY_SECONDS = 2


@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a work's file byte for byte, or a range of it; `?download=1` as an attachment."""
    item = _original_work(request, pk)
    if item is None:
        return _told(404, NOTHING)
    file = item.media_file
    name = file_name(item.title, suffix_of(file))
    is_attachment = request.GET.get("download") == "1"
    return _sent(request, file, open_original, etag=f'"{file.hex}"', name=name, is_attachment=is_attachment)


@require_safe
def stripped(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a copy of a work's file without metadata, or a range of it, as an attachment.

    Of a work that hides its prompt it is what pages play: a copy of it is kept.
    """
    item = _work(request, pk)
    if item is None:
        return _told(404, NOTHING)
    file = item.media_file
    name = file_name(item.title, suffix_of(file))
    opened = kept_copy if item.hides_prompt and is_played(file) else stripped_copy
    return _sent(request, file, opened, etag=_etag(item, "stripped"), name=name, is_attachment=True)


@require_safe
def workflow(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the workflow in a work's file, or its API graph, as the file holds it. Two queries beside who asks.

    The blocks of a content may hold what lay beside another owner's copy: they are for works that share its generation
    data (media/shared_generations.py).
    """
    item = _original_work(request, pk)
    is_shared = item is not None and item.generation_id is not None
    blocks = MetadataBlocks.objects.filter(media_file=item.media_file_id).first() if is_shared else None
    try:
        text = workflow_text(unpack(blocks.packed)) if blocks else None
    except DamagedBlocksError:
        text = None
    if text is None:
        return _told(404, "This work has no workflow, or you may not see it.")
    answer = HttpResponse(text.encode(errors="replace"), content_type="application/json")
    answer.headers["Content-Disposition"] = content_disposition_header(True, file_name(item.title, "workflow.json"))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache"
    return _varied(answer)


@require_safe
def thumbnail(request: HttpRequest, sha256: str, width: str) -> HttpResponseBase:
    """Send a thumbnail of a content to a viewer who sees a work that has it; make it if it is not there.

    One query for a public work; for others one more, beside who asks.
    """
    file = _shown_file(request, bytes.fromhex(sha256)) if int(width) in WIDTHS else None
    return _told(404, NOTHING) if file is None else _sent_thumbnail(request, file, width, f'"{sha256}-{width}"')


@require_safe
def thumbnail_of_work(request: HttpRequest, pk: int, width: str) -> HttpResponseBase:
    """Send a thumbnail of a work whose page does not tell the hash of its content. One query beside who asks.

    Owners see those of their trash.
    """
    works = ContentItem.objects.with_pictures_for(viewer_of(request))
    item = _with_file(works, pk) if int(width) in WIDTHS else None
    if item is None:
        return _told(404, NOTHING)
    return _sent_thumbnail(request, item.media_file, width, _etag(item, width), FOR_MINUTES)


def _sent_thumbnail(
    request: HttpRequest, file: MediaFile, width: str, etag: str, caching: str = FOR_GOOD
) -> HttpResponseBase:
    answer = not_modified(request, etag) or _thumbnail(file, int(width))
    if answer.status_code < 400:
        answer.headers["ETag"] = etag
        answer.headers["Cache-Control"] = caching
    return _varied(answer)


def _etag(item: ContentItem, name: str) -> str:
    """Return what changes with a work's content and tells neither its hash nor which other works have it."""
    return f'"{salted_hmac("content.file_views", f"{item.pk}-{item.media_file.hex}-{name}").hexdigest()}"'


def _thumbnail(file: MediaFile, width: int) -> HttpResponse:
    path = thumbnail_path(file.hex, width)
    try:
        image = (path if path.exists() else make_thumbnail(file, width)).read_bytes()
    except (FileGoneError, NoPictureError) as error:
        return _told(404, str(error))
    except BusyError:
        return _busy()
    headers = {"Content-Length": str(len(image)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(image, content_type="image/webp", headers=headers)


def _sent(
    request: HttpRequest, file: MediaFile, opened: Callable[[MediaFile], Original], *, etag: str, **options: object
) -> HttpResponseBase:
    """Send what `opened` makes of a file, unless the client has it."""
    answer = not_modified(request, etag)
    if answer is not None:
        return _varied(answer)
    try:
        return _varied(answer_file(request, opened(file), mime=file.mime, etag=etag, **options))
    except (FileGoneError, NoPictureError) as error:
        return _told(404, str(error))
    except BusyError:
        return _busy()
    except PassingError as error:
        return _busy(f"The file {error}.")


def _work(request: HttpRequest, pk: int) -> ContentItem | None:
    """Return a work that the viewer may see, with its file. One query beside who asks."""
    return _with_file(ContentItem.objects.visible_to(viewer_of(request)), pk)


def _with_file(works: QuerySet[ContentItem], pk: int) -> ContentItem | None:
    """Return one of some works with its file, if it has one. One query."""
    return works.exclude(media_file=None).select_related("media_file").only(*COLUMNS).filter(pk=pk).first()


def _original_work(request: HttpRequest, pk: int) -> ContentItem | None:
    """Return a work whose original file the viewer may have. One query beside who asks."""
    item = _work(request, pk)
    return item if item is not None and item.shows_prompt_to(viewer_of(request)) else None


def _shown_file(request: HttpRequest, sha256: bytes) -> MediaFile | None:
    """Return a content that some work has which the viewer may see: one that all see, before asking who asks.

    It shows its prompt: a client that knows the hash of another's file is not told that it is here.
    """
    file = _file_seen_by(AnonymousUser(), sha256)
    if file is None and (settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers):
        file = _file_seen_by(viewer_of(request), sha256)
    return file


def _file_seen_by(viewer: AbstractBaseUser | AnonymousUser, sha256: bytes) -> MediaFile | None:
    works = ContentItem.objects.with_thumbnails_for(viewer).filter(media_file=OuterRef("pk"))
    return next(iter(MediaFile.objects.filter(Exists(works), sha256=sha256).only(*FILE_COLUMNS)), None)


def _varied(answer: HttpResponseBase) -> HttpResponseBase:
    patch_vary_headers(answer, ("Cookie", "Authorization"))
    return answer


def _told(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


def _busy(sentence: str = "Too many pictures are being made at the moment.") -> HttpResponse:
    answer = _told(503, sentence)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    answer.cause = "pictures"
    return answer
