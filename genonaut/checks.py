"""What `manage.py check --deploy` finds wrong beside what Django finds."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


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
