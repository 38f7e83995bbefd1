"""Who is asking the API."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class CookieAuthentication(SessionAuthentication):
    """DRF's by session, which does not look for one where no cookie names it: to find that out takes longer."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, None] | None:
        """Return who is signed in; None if nobody is. Raises PermissionDenied if a form's token is missing."""
        return super().authenticate(request) if settings.SESSION_COOKIE_NAME in request._request.COOKIES else None
