"""Mistakes in settings that `manage.py check` reports beside Django's own."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

# The defaults of DRF that genonaut/api/anonymous_lists.py skips: none names an anonymous reader, or refuses one.
SKIPPED_DEFAULTS = {
    "DEFAULT_AUTHENTICATION_CLASSES": {
        "genonaut.api.authentication.EndingTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    },
    "DEFAULT_PERMISSION_CLASSES": {"rest_framework.permissions.IsAuthenticatedOrReadOnly"},
    "DEFAULT_THROTTLE_CLASSES": set(),
}


def check_proxies(**_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - of Django
    """Refuse a proxy that is announced and not counted: every client would be limited as one."""
    if settings.SECURE_PROXY_SSL_HEADER is None or settings.REST_FRAMEWORK["NUM_PROXIES"] > 0:
        return []
    return [
        Error(
            "TRUST_X_FORWARDED_PROTO announces a proxy, and NUM_PROXIES is 0.",
            hint="Set NUM_PROXIES to the number of proxies that write X-Forwarded-For; else the limits of sign-in and "
            "registration take all clients for one.",
            id="genonaut.E001",
        )
    ]


def check_anonymous_lists(**_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - of Django
    """Refuse a default of DRF that public lists would be answered without."""
    return [
        Error(
            f"{name} has {path}, which public lists for anonymous users skip.",
            hint="Let genonaut/api/anonymous_lists.py ask it, or leave it to view sets: their lists go through DRF.",
            id="genonaut.E002",
        )
        for name, skipped in SKIPPED_DEFAULTS.items()
        for path in settings.REST_FRAMEWORK.get(name, ())
        if path not in skipped
    ]
