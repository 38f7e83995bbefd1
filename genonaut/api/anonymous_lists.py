"""Public lists as plain JSON for anonymous users, answered without DRF."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.viewsets import GenericViewSet

from genonaut.api.authentication import EndingTokenAuthentication

# Both know a client by what `asks_for_plain_json` looks for.
SKIPPED_AUTHENTICATION = frozenset({EndingTokenAuthentication, SessionAuthentication})
SKIPPED_PERMISSIONS = [IsAuthenticatedOrReadOnly]
# Most clients that want JSON send one of these, if they send anything.
PLAIN_ACCEPT = ("*/*", JSONRenderer.media_type)


def asks_for_plain_json(request: HttpRequest) -> bool:
    """Return whether a request is for JSON by a client that names no user."""
    return (
        request.method == "GET"
        and request.META.get("HTTP_ACCEPT", "*/*") in PLAIN_ACCEPT
        and "HTTP_AUTHORIZATION" not in request.META
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "format" not in request.GET
        # DRF's test client signs in by this.
        and not hasattr(request, "_force_auth_user")
    )


class AnonymousLists(GenericViewSet):
    """A view set whose public list is answered before DRF is asked, which would take a fifth of the request.

    It skips authentication, permissions, throttles, content negotiation and DRF's own request. The answer is the same:
    tests/api/test_plain_json.py compares both. genonaut/checks.py refuses a default that this module does not know.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of the route
        """Answer a request. What fails here, DRF answers: `list` gets it as `failure`."""
        user = getattr(request, "user", None)
        try:
            if self._is_anonymous_list(request):
                request.user = AnonymousUser()
                response = self.plain_list(request)
                response.headers["Allow"] = ", ".join(self.allowed_methods)
                return response
        except Exception as error:
            request.user = user
            return super().dispatch(request, *args, failure=error, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def _is_anonymous_list(self, request: HttpRequest) -> bool:
        is_list = self.action_map.get("get") == "list"
        return is_list and self.is_public and asks_for_plain_json(request) and self.may_answer_plainly()

    @property
    def is_public(self) -> bool:
        """Whether anonymous users may read the list at any time, and no other authentication could name a user."""
        is_open = self.permission_classes == SKIPPED_PERMISSIONS and not self.throttle_classes
        return is_open and SKIPPED_AUTHENTICATION.issuperset(self.authentication_classes)

    def may_answer_plainly(self) -> bool:
        """Return whether `plain_list` may be asked."""
        raise NotImplementedError

    def plain_list(self, request: HttpRequest) -> HttpResponseBase:
        """Return the list as JSON."""
        raise NotImplementedError
