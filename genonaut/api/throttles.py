"""Limits on what costs dearly or invites guessing: registration, tokens and histograms. Browsing is not limited."""

from django.views import View
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class PostThrottle(SimpleRateThrottle):
    """Counts POST requests by client address; others pass."""

    def get_cache_key(self, request: Request, view: View) -> str | None:
        """Return the key to count under; None does not count."""
        if request.method != "POST":
            return None
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class RegistrationThrottle(PostThrottle):
    """New accounts from one address."""

    scope = "registration"


class TokenThrottle(PostThrottle):
    """Tries for a token from one address."""

    scope = "token"


class HistogramThrottle(UserRateThrottle):
    """Histograms of one account, or of one address without: each costs as much as a hundred pages."""

    scope = "histogram"
