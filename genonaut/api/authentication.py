"""API tokens that end: after TOKEN_DAYS, with a new password, or when their owner says so."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
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
