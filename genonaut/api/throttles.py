"""Limits on what costs dearly or invites guessing: registration and tokens. Browsing is not limited."""

from django.conf import settings
from django.views import View
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from genonaut.http.limits import Rate, key_of, network_of, take


class PostThrottle(BaseThrottle):
    """Counts POST requests by client network, in the database; others pass."""

    scope: str

    def allow_request(self, request: Request, view: View) -> bool:
        """Count a request; return whether it is within the limit."""
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        rate = Rate.read(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope])
        self.seconds = take(rate, key)
        return self.seconds is None

    def get_cache_key(self, request: Request, view: View) -> str | None:
        """Return the key to count under; None does not count (the name is DRF's)."""
        return key_of(self.scope, network_of(request)) if request.method == "POST" else None

    def wait(self) -> int | None:
        """Return the seconds until there is room again."""
        return self.seconds


class RegistrationThrottle(PostThrottle):
    """New accounts from one network."""

    scope = "registration"


class TokenThrottle(PostThrottle):
    """Tries for a token from one network, counted together with tries to sign in."""

    scope = "token"
