"""`POST /api/v1/content/` with files: one work with its sidecars, or a zip whose files are works of their own."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from content.api import ContentViewSet as ContentItems
from content.refusals import RefusedFileError
from content.uploading import Offer
from genonaut.http.large_bodies import FILE_PART
from uploads.describing import described
from uploads.forms import kept_zip, offers_of
from uploads.models import Upload
from uploads.serializers import UploadSerializer


class ContentViewSet(ContentItems):
    """Items of the gallery. Public ones are for all; members add their own and change them."""

    # Of 202, for the schema.
    accepted_serializer = UploadSerializer

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Add an item: from fields, or from a file with what its generator wrote.

        200 and the item that is there if the viewer has one of that file already; 202 and the upload of a zip.
        """
        if FILE_PART not in request.FILES:
            return super().create(request, *args, **kwargs)
        offer = self.offered(request)
        upload = self.zip_of(offer)
        if upload is None:
            return self.created_from(offer)
        address = reverse("api:upload", args=[upload.pk], request=request)
        return Response(described(upload, request), 202, headers={"Location": address})

    def offered(self, request: Request) -> Offer:
        """Return the work that a form offers, with its sidecars. Raises ValidationError."""
        offers = offers_of(request.FILES.getlist(FILE_PART), request.user, **self.fields_of_file(request))
        if len(offers) != 1:
            raise serializers.ValidationError(
                {FILE_PART: ["One file at a time, with texts of the same name beside it."]}
            )
        return offers[0]

    def zip_of(self, offer: Offer) -> Upload | None:
        """Return the upload of a zip; None for any other file. Raises ValidationError."""
        try:
            return kept_zip(offer)
        except RefusedFileError as error:
            raise serializers.ValidationError({FILE_PART: [str(error)]}) from error
