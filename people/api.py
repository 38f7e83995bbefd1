"""The endpoints of following: whom the viewer follows, and a switch for each account."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from genonaut.api.fields import StrictSerializer
from genonaut.api.tunnels import TakesForms
from genonaut.api.viewsets import ListingViewSet
from people.follows import UnknownPersonError, following_of, set_follow
from people.listings import FollowListing
from people.models import Follow
from users.models import User


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


class FollowView(TakesForms, APIView):
    """Whether the viewer follows an account: read by all, set and ended by who is signed in."""

    @extend_schema(operation_id="users_follow_retrieve", responses={200: FollowingSerializer})
    def get(self, request: Request, pk: int) -> Response:
        """Return how many follow an account, and whether the viewer does."""
        return self._state(request, pk)

    @extend_schema(operation_id="users_follow_update", request=None, responses={200: FollowingSerializer})
    def put(self, request: Request, pk: int) -> Response:
        """Follow an account, which is told. Sent twice it is done once; one's own account cannot be followed."""
        self._set(request, pk, is_on=True)
        return self._state(request, pk)

    @extend_schema(operation_id="users_follow_destroy", responses={204: None})
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
