"""The addresses of uploads: tus 1.0, and the question which files the viewer has already."""

import logging
import os
from types import MappingProxyType
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from content.file_serializers import FileFieldsSerializer
from content.refusals import RefusedFileError, check_quota, file_name
from content.uploading import own_works
from genonaut.api.fields import ReadsAllFields
from genonaut.api.schema import ListingSchema
from genonaut.api.tunnels import TakesForms
from genonaut.http.large_bodies import PIECE_TYPE
from genonaut.http.problems import MEDIA_TYPE, problem
from uploads.describing import described, item_url
from uploads.finishing import finish_at_once
from uploads.forms import MOST_OPEN, open_uploads
from uploads.models import Upload, expiry
from uploads.serializers import UploadSerializer
from uploads.tus import EXTENSIONS, VERSION, TusError, checksum_of, metadata_of, number_of

READ_BYTES = 1_048_576
MOST_HASHES = 1_000
# What the metadata of an upload say of its work, beside tags.
SWITCHES = {"is_private", "hides_prompt"}
FIELDS = ("title", "prompt", "level", *sorted(SWITCHES))
BOOLEANS = {"true": True, "1": True, "on": True, "false": False, "0": False, "null": False}

AFTER = OpenApiParameter("after", {"type": "integer", "minimum": 0}, description="A `number` of a file of a zip.")
TUS_RESUMABLE = OpenApiParameter(
    "Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=[VERSION], description="The version of tus."
)

logger = logging.getLogger(__name__)


class PieceParser(BaseParser):
    """Leaves a piece of a file unread: its view writes it to a file."""

    media_type = PIECE_TYPE

    def parse(self, stream: BinaryIO, *_args: Any, **_kwargs: Any) -> BinaryIO:  # noqa: ANN401 - of DRF
        """Return the stream."""
        return stream


class TusView(APIView):
    """What all answers of the protocol have in common. The schema leaves out what tus describes."""

    schema = None
    permission_classes = (IsAuthenticated,)
    parser_classes = (PieceParser,)
    renderer_classes = (JSONRenderer,)

    def get_permissions(self) -> list[Any]:
        """Return the permissions: every client may ask what is spoken here."""
        return [AllowAny()] if self.request.method == "OPTIONS" else super().get_permissions()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of the route
        """Check the version. Raises TusError."""
        super().initial(request, *args, **kwargs)
        if request.method not in ("OPTIONS", "GET") and request.headers.get("Tus-Resumable") != VERSION:
            raise TusError(412, f"Tus-Resumable must be {VERSION}.")

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Add what every answer says."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Tus-Resumable", VERSION)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == 412:
            response.headers["Tus-Version"] = VERSION
        return response

    def options(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Return what this server can."""
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
            "Tus-Checksum-Algorithm": "sha1,sha256",
        }
        return Response(status=204, headers=headers)

    def answer(self, upload: Upload, status: int, **headers: str) -> Response:
        """Return an answer about an upload; a refused file is a problem, a work is named."""
        if upload.error:
            body = problem(422, upload.error, errors={"file": [upload.error]})
            return Response(body, 422, headers=headers, content_type=MEDIA_TYPE)
        return Response(status=status, headers={**self.state(upload), **headers})

    def state(self, upload: Upload) -> dict[str, str]:
        """Return the headers that say how far an upload is."""
        headers = {"Upload-Offset": str(upload.offset), "Upload-Expires": http_date(upload.expires_at.timestamp())}
        if upload.item_id is not None:
            headers["Content-Location"] = item_url(upload.item_id, self.request)
            headers["Upload-Item"] = str(upload.item_id)
            headers |= {"Upload-Known": "1"} if upload.is_known else {}
        return headers

    def write(self, pk: UUID, offset: int) -> Upload:
        """Write the request's body at an offset of an upload; make the work if that was the last of it.

        Raises TusError, ValidationError and Http404.
        """
        with transaction.atomic():
            upload = locked(pk, self.request)
            if upload.error:
                raise TusError(410, upload.error)
            if offset != upload.offset:
                raise TusError(409, f"The upload is at {upload.offset}, not at {offset}.")
            size = int(self.request.META.get("CONTENT_LENGTH") or 0)
            if offset + size > upload.length:
                raise TusError(413, f"The upload has {upload.length} bytes, and this would be more.")
            if size:
                upload.offset += write_at(upload, self.request)
                upload.written_at, upload.expires_at = timezone.now(), expiry()
                upload.save(update_fields=["offset", "written_at", "expires_at"])
        if upload.is_whole and upload.finished_at is None:
            upload = finish_at_once(pk) or upload
        return upload


def locked(pk: UUID, request: Request) -> Upload:
    """Return the viewer's upload, locked. Raises Http404, and TusError if another request is at it."""
    own = Upload.objects.filter(pk=pk, owner=request.user)
    upload = own.select_for_update(skip_locked=True).first()
    if upload is None:
        if own.exists():
            raise TusError(423, "Another request writes to this upload.")
        raise Http404
    return upload


def write_at(upload: Upload, request: Request) -> int:
    """Write a body behind what an upload has; return its bytes, which are fewer if the client went away.

    Raises TusError (460) if they are not what the client meant; nothing is written then. So too (503) if the bytes
    before them are not in this machine's folder: another request may reach the machine that has them.
    """
    said = request.headers.get("Upload-Checksum")
    digest, right = checksum_of(said) if said else (None, b"")
    written = 0
    upload.path.touch(mode=0o600)
    with upload.path.open("r+b") as file:
        if file.seek(0, os.SEEK_END) < upload.offset:
            logger.error("%s lacks bytes of an upload: all machines must share UPLOADS_DIR", upload.path.parent)
            raise TusError(503, "The bytes before these are not here. Try again soon.")
        file.seek(upload.offset)
        file.truncate()
        while written < upload.length - upload.offset and (piece := request.stream.read(READ_BYTES)):
            written += file.write(piece)
            if digest is not None:
                digest.update(piece)
        if digest is not None and digest.digest() != right:
            file.truncate(upload.offset)
            raise TusError(460, "The checksum is another one.")
    return written


class UploadsView(TusView):
    """Begins an upload."""

    def post(self, request: Request) -> Response:
        """Add an upload, with its first bytes if the request has any."""
        if "Upload-Defer-Length" in request.headers:
            raise ValidationError({"Upload-Defer-Length": ["Uploads of unknown length are not taken."]})
        length = number_of(request.headers.get("Upload-Length"), "Upload-Length")
        if length > settings.MAX_UPLOAD_BYTES:
            raise TusError(413, f"The file is larger than {settings.MAX_UPLOAD_BYTES:,} bytes.")
        if request.content_type != PIECE_TYPE and request.META.get("CONTENT_LENGTH") not in (None, "", "0"):
            raise TusError(415, f"Pieces are {PIECE_TYPE}.")
        upload = self.new(length, request.headers.get("Upload-Metadata", ""))
        if request.content_type == PIECE_TYPE:
            upload = self.first_piece(upload)
        url = reverse("api:upload", args=[upload.pk], request=request)
        return self.answer(upload, 201, Location=url)

    def first_piece(self, upload: Upload) -> Upload:
        """Write the first bytes. Raises TusError and ValidationError; of the upload nothing is left then: the client
        is not told where it is."""
        try:
            return self.write(upload.pk, 0)
        except (TusError, ValidationError):
            upload.path.unlink(missing_ok=True)
            upload.delete()
            raise

    def new(self, length: int, header: str) -> Upload:
        """Add an upload. Raises ValidationError and TusError."""
        metadata = metadata_of(header)
        fields = FileFieldsSerializer(data=fields_of(metadata))
        fields.is_valid(raise_exception=True)
        count, under_way = open_uploads(self.request.user)
        try:
            if length == 0:
                raise RefusedFileError("The file is empty.")
            check_quota(self.request.user, length, under_way)
        except RefusedFileError as error:
            raise ValidationError({"file": [str(error)]}) from error
        if count >= MOST_OPEN:
            raise TusError(429, f"At most {MOST_OPEN:,} uploads may be open.")
        name = file_name(metadata.get("filename") or metadata.get("name") or "")
        said = {"is_private": self.request.user.keeps_private, **fields.validated_data}
        said |= {"looks_first": True} if BOOLEANS.get(metadata.get("looks_first", "").lower()) else {}
        return Upload.objects.create(owner=self.request.user, name=name, length=length, metadata=header, fields=said)


def fields_of(metadata: dict[str, str]) -> dict[str, Any]:
    """Return the fields of the work in an upload's metadata; other keys are the client's own."""
    fields: dict[str, Any] = {name: metadata[name] for name in FIELDS if metadata.get(name)}
    for name in SWITCHES & fields.keys():
        fields[name] = BOOLEANS.get(fields[name].lower(), fields[name])
    if metadata.get("tags", "").strip():
        fields["tags"] = [tag for tag in map(str.strip, metadata["tags"].splitlines()) if tag]
    return fields


class UploadView(TusView):
    """One upload: only its owner knows of it."""

    schema = ListingSchema()
    more_errors = MappingProxyType({"delete": (412, 423)})

    def head(self, request: Request, pk: UUID) -> Response:
        """Return how far it is."""
        upload = self.own(pk)
        if upload.error:
            raise TusError(410, upload.error)
        headers = {**self.state(upload), "Upload-Length": str(upload.length)}
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Response(status=200, headers=headers)

    @extend_schema(operation_id="uploads_retrieve", parameters=[AFTER], responses={200: UploadSerializer})
    def get(self, request: Request, pk: UUID) -> Response:
        """Show what became of an upload.

        Of a zip with 1,000 of its files, those after a number if it is given.
        """
        after = number_of(request.query_params["after"], "after") if "after" in request.query_params else -1
        return Response(described(self.own(pk), request, after))

    @extend_schema(exclude=True)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Add a piece."""
        if request.content_type != PIECE_TYPE:
            raise TusError(415, f"Pieces are {PIECE_TYPE}.")
        upload = self.write(pk, number_of(request.headers.get("Upload-Offset"), "Upload-Offset"))
        return self.answer(upload, 204)

    @extend_schema(operation_id="uploads_destroy", parameters=[TUS_RESUMABLE], request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """End an upload; items that it became stay."""
        zips = Upload.objects.filter(pk=pk, owner=request.user, entry_count__isnull=False)
        with transaction.atomic():
            # One that is unpacked is free for a moment after each of its files: it is waited for. Not so pieces, which
            # come as slowly as their client likes.
            upload = zips.select_for_update().first() or locked(pk, request)
            path = upload.path
            upload.delete()
        path.unlink(missing_ok=True)
        return Response(status=204)

    def own(self, pk: UUID) -> Upload:
        """Return the viewer's upload. Raises Http404."""
        upload = Upload.objects.filter(pk=pk, owner=self.request.user).first()
        if upload is None:
            raise Http404
        return upload


class KnownSerializer(ReadsAllFields, serializers.Serializer):
    """Hashes of files that a client might send."""

    sha256 = serializers.ListField(
        child=serializers.RegexField("^[0-9a-fA-F]{64}$", max_length=64), max_length=MOST_HASHES
    )


class KnownItemsSerializer(serializers.Serializer):
    """The viewer's items that have these contents, by hash."""

    known = serializers.DictField(child=serializers.IntegerField())


class KnownView(TakesForms, APIView):
    """Says which files the viewer has already, so that they are not sent again. Those of others are not told."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="uploads_known",
        request=KnownSerializer,
        responses={200: KnownItemsSerializer},
        summary="Find own files",
    )
    def post(self, request: Request) -> Response:
        """Find the viewer's own items by the SHA-256 of their files."""
        fields = KnownSerializer(data=request.data, context={"request": request})
        fields.is_valid(raise_exception=True)
        hashes = [bytes.fromhex(text) for text in fields.validated_data["sha256"]]
        known = own_works(request.user, hashes)
        return Response({"known": {sha256.hex(): work.item_id for sha256, work in known.items()}})
