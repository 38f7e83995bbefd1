"""API tokens that end: after TOKEN_DAYS, with a new password, or when their owner says so."""

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import Error
from django.db.models import Manager, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

from genonaut.replicas.routing import on_primary

# The keys of named tokens begin so: no other key does.
PREFIX = "gn_"
# The last use of a named token is kept to the hour.
USED_EVERY = timedelta(hours=1)


def expires_at(token: Token) -> datetime:
    """Return when a token ends by itself."""
    return token.created + timedelta(days=settings.TOKEN_DAYS)


def digest_of(key: str) -> str:
    """Return what is kept of a named token's key."""
    return sha256(key.encode()).hexdigest()


def accounts_of(request: HttpRequest) -> QuerySet | None:
    """Return a query of the id of the account whose token a request sends, good or ended; None if it sends none."""
    word, _, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if word.lower() != EndingTokenAuthentication.keyword.lower():
        return None
    if key.startswith(PREFIX):
        return _named_tokens().filter(digest=digest_of(key)).values("user_id")
    return Token.objects.filter(key=key).values("user_id")


class EndingTokenAuthentication(TokenAuthentication):
    """Knows a client by `Authorization: Token ...`, until the token ends."""

    def authenticate_credentials(self, key: str) -> tuple[AbstractBaseUser, Model]:
        """Return the account and the token of a key. One query, once an hour two. Raises AuthenticationFailed."""
        if key.startswith(PREFIX):
            return _named(key)
        user, token = super().authenticate_credentials(key)
        if expires_at(token) <= timezone.now():
            raise AuthenticationFailed("This token has ended; ask for another.")
        return user, token


def _named_tokens() -> Manager:
    return get_user_model()._meta.get_field("api_tokens").related_model.objects


def _named(key: str) -> tuple[AbstractBaseUser, Model]:
    tokens = _named_tokens()
    token = tokens.select_related("user").filter(digest=digest_of(key)).first()
    now = timezone.now()
    if token is None or not token.user.is_active:
        raise AuthenticationFailed("Invalid token.")
    if token.expires_at <= now:
        raise AuthenticationFailed("This token has ended; make another.")
    if token.used_at is None or now - token.used_at > USED_EVERY:
        with suppress(Error), on_primary():  # a database that only reads still knows the account
            tokens.filter(pk=token.pk).update(used_at=now)
    return token.user, token


def viewer_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return who asks for a page that clients of the API ask for as well: by token, if they send a good one.

    Two queries for a session, one for a token.
    """
    with suppress(AuthenticationFailed):
        found = EndingTokenAuthentication().authenticate(request)
        if found is not None:
            return found[0]
    return request.user
