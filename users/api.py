"""The users endpoint: public profiles, and everything of one's own account."""

from typing import Any

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as PasswordError
from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from genonaut.api.authentication import expires_at
from genonaut.api.fields import JSONObjectField, ReadsAllFields, StrictSerializer
from genonaut.api.throttles import RegistrationThrottle, TokenThrottle
from genonaut.api.tunnels import TakesForms
from genonaut.api.viewsets import ListingViewSet
from genonaut.http.limits import check_sign_in, remember_sign_in
from users.accounts import check_username, delete_account, end_token, may_change, token_of
from users.current_password import ClosingSerializer, CurrentPasswordField, check_current_password
from users.email_addresses import is_taken, withdraw
from users.letters import post_of_address, post_of_password
from users.level_fields import BlurField, LevelField
from users.listings import UserListing
from users.models import User
from users.pictures import PictureField
from users.querysets import is_staff
from users.sign_up import register

# What is not changed without the password so far, in words. By another address a new password could be asked for, and
# without the address or the name so far its owner would not find in again.
ASKED_FOR = {"password": "password", "email": "e-mail address", "username": "username"}


class UsernameField(serializers.CharField):
    """A username as Django stores it, by which its pages look for it: NFKC, which makes ﬁsh fish."""

    def to_internal_value(self, data: object) -> str:
        """Return the username in its normal form, which is then checked. Raises ValidationError."""
        return User.normalize_username(super().to_internal_value(data))


class UserCardSerializer(StrictSerializer):
    """What the list shows. Its version knows nothing of pictures."""

    class Meta:
        model = User
        fields = ("id", "username", "name", "created_at")
        read_only_fields = ("created_at",)


class PublicUserSerializer(UserCardSerializer):
    """What every viewer may know of an account."""

    picture = PictureField()

    class Meta(UserCardSerializer.Meta):
        fields = (*UserCardSerializer.Meta.fields, "picture")


class AccountSerializer(PublicUserSerializer):
    """What its owner and staff know of an account. The password is only ever written."""

    # Declared, so that DRF adds no check of its own that the name is free: check_username says it in our words.
    username = UsernameField(max_length=150, validators=[User.username_validator])
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    password = serializers.CharField(write_only=True, max_length=128, style={"input_type": "password"})
    current_password = CurrentPasswordField(
        help_text="The password so far; needed to change one's own password, e-mail address or username."
    )
    preferences = JSONObjectField(required=False)
    shown_level = LevelField(required=False, help_text="The highest level of works that lists show.")
    blurred_level = BlurField(required=False, help_text="The level from which on works are blurred.")

    class Meta(PublicUserSerializer.Meta):
        fields = (
            *PublicUserSerializer.Meta.fields,
            "email",
            "password",
            "current_password",
            "preferences",
            "shown_level",
            "blurred_level",
            "is_active",
        )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; only staff may write whether an account is active."""
        fields = super().get_fields()
        fields["is_active"].read_only = not is_staff(self.context["request"].user)
        # An account keeps its password unless it is given another.
        fields["password"].required = self.instance is None
        fields["email"].required = self.instance is None and settings.EMAIL_VERIFICATION == "mandatory"
        fields["email"].allow_blank = not fields["email"].required
        return fields

    def validate_username(self, value: str) -> str:
        """Return a username that may be taken."""
        check_username(value, self.instance)
        return value

    def validate_email(self, value: str) -> str:
        """Return the address as it is stored. An address belongs to one account; where a letter confirms it, the letter
        tells.
        """
        email = User.objects.normalize_email(value)
        is_confirmed = settings.EMAIL_VERIFICATION != "none" and not is_staff(self.context["request"].user)
        is_changed = self.instance is not None and email != self.instance.email
        if is_confirmed and is_changed and (email or settings.EMAIL_VERIFICATION == "mandatory"):
            raise serializers.ValidationError("Change it at /accounts/me/email/, which confirms it by a letter.")
        if email and not is_confirmed and is_taken(email, self.instance):
            raise serializers.ValidationError("An account with this e-mail address exists.")
        return email

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check a new password against the rules of the site, as this account's, and who changes it."""
        current = attrs.pop("current_password", None)
        changed = [label for name, label in ASKED_FOR.items() if self._is_changed(name, attrs)]
        if changed:
            check_current_password(self.context["request"], self.instance, current, f"change the {changed[0]}")
        if "password" in attrs:
            known = {name: value for name, value in attrs.items() if name in ("username", "email", "name")}
            try:
                validate_password(attrs["password"], user=self.instance or User(**known))
            except PasswordError as error:
                raise serializers.ValidationError({"password": error.messages}) from error
        return attrs

    def _is_changed(self, name: str, attrs: dict[str, Any]) -> bool:
        if self.instance is None or name not in attrs:
            return False
        return name == "password" or attrs[name] != getattr(self.instance, name)

    def create(self, validated_data: dict[str, Any]) -> User:
        """Create the account with a hashed password; its address may need a letter first, unless staff give it."""
        request = self.context["request"]
        if is_staff(request.user):
            return User.objects.create_user(**validated_data)
        return register(request, **validated_data)

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Change the account; a password is hashed."""
        password = validated_data.pop("password", None)
        if password is not None:
            instance.set_password(password)
            validated_data["password"] = instance.password
        return super().update(instance, validated_data)


# An account is all that a public profile is, and more: both fit it.
SHOWN_SCHEMA = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Account", "PublicUser")]}


@extend_schema_view(retrieve=extend_schema(responses={200: SHOWN_SCHEMA}))
class UserViewSet(ListingViewSet):
    """Accounts. Public profiles are for all; anyone may register. Owners and staff read and change all but passwords.

    `me` stands for one's own id.
    """

    listing = UserListing
    serializer_class = AccountSerializer
    list_serializer_class = UserCardSerializer
    owner_field = "pk"
    lookup_value_regex = "[0-9]+|me"
    throttle_classes = (RegistrationThrottle,)
    # These ask for the password so far, which is not to be guessed.
    limited_actions = ("update", "partial_update", "destroy")
    destroy_serializer_class = ClosingSerializer

    def get_permissions(self) -> list[Any]:
        """Return the permissions: everyone may register."""
        return [AllowAny()] if self.action == "create" else super().get_permissions()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Register an account, if sign-up is open. Raises PermissionDenied."""
        if not (settings.SIGN_UP or is_staff(request.user)):
            raise PermissionDenied("Sign-up is closed.")
        return super().create(request, *args, **kwargs)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Return the account's serializer for its owner and staff, the public one for others and in lists."""
        if self.action == "list":
            return self.list_serializer_class
        is_known = self.action == "create" or self.is_own or is_staff(self.request.user)
        return AccountSerializer if is_known else PublicUserSerializer

    @property
    def is_own(self) -> bool:
        """Whether the address is of the viewer's own account; its form that deletes asks for the password."""
        # As text, since an address may hold more digits than int() takes; /users/007/ is account 7.
        return str(self.kwargs.get("pk")).lstrip("0") == str(self.request.user.pk)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of the route
        """Put one's own id in the place of `me`."""
        super().initial(request, *args, **kwargs)
        if self.kwargs.get("pk") == "me":
            if not request.user.is_authenticated:
                self.permission_denied(request)
            # As text, as every other id in an address is.
            self.kwargs["pk"] = str(request.user.pk)

    def check_object_permissions(self, request: Request, obj: User) -> None:
        """Let superusers alone change others of staff."""
        super().check_object_permissions(request, obj)
        if request.method not in SAFE_METHODS and not may_change(request.user, obj):
            raise PermissionDenied

    def perform_destroy(self, instance: User) -> None:
        """Close the account at once, one's own if the body has its password; what belongs to it goes in batches, most
        of it before this returns. Raises ValidationError and TooManyTriesError."""
        context = self.get_serializer_context()
        ClosingSerializer(instance, data=self.request.data, context=context).is_valid(raise_exception=True)
        delete_account(instance, self.request)

    @transaction.atomic
    def perform_update(self, serializer: AccountSerializer) -> None:
        """Save the account. A new password ends its tokens and sessions, but for the session that it came from; letters
        tell the address before of it and of another address."""
        before = serializer.instance.email
        account = serializer.save()
        if account.email != before:
            # One that waits for its link would come back.
            withdraw(account)
            post_of_address(self.request, account, before)
        if "password" in serializer.validated_data:
            post_of_password(self.request, account, before, is_by_staff=account != self.request.user)
            is_session = isinstance(self.request.successful_authenticator, SessionAuthentication)
            if is_session and account == self.request.user:
                update_session_auth_hash(self.request, account)


class TokenSerializer(ReadsAllFields, AuthTokenSerializer):
    """Username and password, for a token."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check username and password, unless they were tried too often. Raises TooManyTriesError."""
        request = self.context["request"]
        # Tries of one network are counted before the body is read (TokenThrottle).
        check_sign_in(request, attrs["username"], counts_network=False)
        checked = super().validate(attrs)
        remember_sign_in(request, attrs["username"])
        return checked


class TokenTimesSerializer(serializers.Serializer):
    """When a token was made and when it ends; null without one."""

    created_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class MadeTokenSerializer(serializers.ModelSerializer):
    """The key of a token, which opens its account."""

    token = serializers.CharField(source="key", read_only=True)

    class Meta:
        model = Token
        fields = ("token",)


class TokenView(TakesForms, ObtainAuthToken):
    """Exchange username and password for an API token, see when one's own ends, or end it."""

    serializer_class = TokenSerializer
    throttle_classes = (TokenThrottle,)
    parser_classes = api_settings.DEFAULT_PARSER_CLASSES

    def get_permissions(self) -> list[Any]:
        """Return the permissions: only who is known has a token to see or to end."""
        return super().get_permissions() if self.request.method == "POST" else [IsAuthenticated()]

    @extend_schema(responses={200: MadeTokenSerializer})
    def post(self, request: Request) -> Response:
        """Exchange username and password for an API token.

        An account has one; one that has ended is replaced.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(MadeTokenSerializer(token_of(serializer.validated_data["user"])).data)

    @extend_schema(responses={200: TokenTimesSerializer})
    def get(self, request: Request) -> Response:
        """Show when one's own API token was made and when it ends.

        Both are null without one.
        """
        token = Token.objects.filter(user=request.user).first()
        times = {"created_at": token and token.created, "expires_at": token and expires_at(token)}
        return Response(TokenTimesSerializer(times).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End one's own API token; without one there is nothing to do."""
        end_token(request.user)
        return Response(status=204)
