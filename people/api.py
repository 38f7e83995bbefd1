"""The endpoints of following and of pictures: whom the viewer follows, and for each account a switch and a picture."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from genonaut.api.fields import ReadsAllFields, StrictSerializer
from genonaut.api.router import AccountConverter
from genonaut.api.tunnels import TakesForms
from genonaut.api.viewsets import ListingViewSet, check_has_body
from genonaut.http.large_bodies import FILE_PART
from media.making import BusyError
from people.follows import UnknownPersonError, following_of, set_follow
from people.listings import FollowListing
from people.models import Follow
from people.pictures import BUSY, RefusedPictureError, end_picture, sent_file, set_picture
from users.accounts import may_change
from users.api import PublicUserSerializer
from users.models import User
from users.querysets import is_staff


class FollowSerializer(StrictSerializer):
    """An account that the viewer follows, and since when."""

    username = serializers.CharField(source="person.username", read_only=True)
    name = serializers.CharField(source="person.name", read_only=True)

    class Meta:
        model = Follow
        fields = ("id", "person", "username", "name", "created_at")
        read_only_fields = fields


class FollowViewSet(ListingViewSet):
    """Whom the viewer follows, the last first; staff too see their own alone."""

    listing = FollowListing
    serializer_class = list_serializer_class = FollowSerializer
    permission_classes = (IsAuthenticated,)


class FollowingSerializer(serializers.Serializer):
    """How many follow an account, counted up to 9,999, and whether the viewer does."""

    followers = serializers.IntegerField()
    is_following = serializers.BooleanField()


class BusyProblem(APIException):
    """Too many pictures are being made."""

    status_code = 503
    default_detail = BUSY
    # Seconds, for Retry-After.
    wait = 3
    unavailable_cause = "pictures"


class FileSerializer(ReadsAllFields):
    """A form with a picture."""

    file = serializers.FileField(allow_empty_file=True, error_messages={"required": "Choose one picture."})


class NothingSerializer(ReadsAllFields):
    """No field: what a request says beside its address is refused."""


class AccountView(TakesForms, APIView):
    """Something of the account that an address names by its id, or one's own by `me`."""

    # As the route has it, for the schema.
    lookup_value_regex = AccountConverter.regex

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of the route
        """Put one's own id in the place of `me`. Raises NotAuthenticated for visitors."""
        super().initial(request, *args, **kwargs)
        if self.kwargs["pk"] == "me":
            if not request.user.is_authenticated:
                self.permission_denied(request)
            self.kwargs["pk"] = request.user.pk


class PictureView(AccountView):
    """The picture of an account, uploaded or drawn again by its owner and staff."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="users_picture_update",
        summary="Set a picture",
        request={"multipart/form-data": FileSerializer},
        responses={200: PublicUserSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        """Make a picture the account's; its middle is shown, as a square, without what else the file says."""
        check_has_body(request)
        FileSerializer(data=request.data).is_valid(raise_exception=True)
        account = self._account(request, pk)
        try:
            set_picture(account, sent_file(request))
        except RefusedPictureError as error:
            raise ValidationError({FILE_PART: [str(error)]}) from error
        except BusyError as error:
            raise BusyProblem from error
        return Response(PublicUserSerializer(account, context={"request": request}).data)

    @extend_schema(operation_id="users_picture_destroy", summary="Remove a picture", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Have the account's picture drawn again; an uploaded one is deleted."""
        end_picture(self._account(request, pk))
        return Response(status=204)

    def _account(self, request: Request, pk: int) -> User:
        account = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        is_own = account.pk == request.user.pk
        if not is_own and not (is_staff(request.user) and may_change(request.user, account)):
            raise PermissionDenied
        return account


class FollowView(AccountView):
    """Whether the viewer follows an account: read by all, set and ended by who is signed in."""

    @extend_schema(operation_id="users_follow_retrieve", summary="Show followers", responses={200: FollowingSerializer})
    def get(self, request: Request, pk: int) -> Response:
        """Return how many follow an account, and whether the viewer does."""
        return self._state(request, pk)

    @extend_schema(
        operation_id="users_follow_update",
        summary="Follow an account",
        request=None,
        responses={200: FollowingSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        """Follow an account, which is told. Sent twice it is done once; one's own account cannot be followed."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        self._set(request, pk, is_on=True)
        return self._state(request, pk)

    @extend_schema(operation_id="users_follow_destroy", summary="Unfollow an account", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Follow an account no longer; if the viewer does not there is nothing to do."""
        self._set(request, pk, is_on=False)
        return Response(status=204)

    def _state(self, request: Request, pk: int) -> Response:
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        following = following_of(request.user, person)
        state: dict[str, Any] = {"followers": following.count, "is_following": following.is_following}
        return Response(state)

    def _set(self, request: Request, pk: int, *, is_on: bool) -> None:
        try:
            set_follow(request.user, pk, is_on=is_on)
        except UnknownPersonError as error:
            raise Http404 from error
