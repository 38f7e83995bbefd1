"""API tokens that end: after TOKEN_DAYS, with a new password, or when their owner says so."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed


def expires_at(token: Token) -> datetime:
    """Return when a token ends by itself."""
    return token.created + timedelta(days=settings.TOKEN_DAYS)


class EndingTokenAuthentication(TokenAuthentication):
    """Knows a client by `Authorization: Token ...`, until the token ends."""

    def authenticate_credentials(self, key: str) -> tuple[AbstractBaseUser, Token]:
        """Return the account and the token of a key. One query. Raises AuthenticationFailed."""
        user, token = super().authenticate_credentials(key)
        if expires_at(token) <= timezone.now():
            raise AuthenticationFailed("This token has ended; ask for another.")
        return user, token


def viewer_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return who asks for a page that clients of the API ask for as well: by token, if they send a good one.

    Two queries for a session, one for a token.
    """
    with suppress(AuthenticationFailed):
        found = EndingTokenAuthentication().authenticate(request)
        if found is not None:
            return found[0]
    return request.user
