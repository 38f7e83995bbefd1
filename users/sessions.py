"""Where an account is signed in: a row for each session, written at sign-in and once an hour while it is used."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from genonaut.replicas.routing import on_primary
from users.models import User, UserSession

SEEN_EVERY = timedelta(hours=1)
# Sessions of which a process remembers that it has noted them.
MOST_REMEMBERED = 10_000
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)

logger = logging.getLogger(__name__)
_noted: OrderedDict[str, float] = OrderedDict()
_guard = Lock()


class NoteSessions:
    """Notes that a session was used, at most once an hour in each process: else it costs a request nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        session = request.session
        if session.accessed and session.session_key and SESSION_KEY in session and _is_due(session.session_key):
            try:
                with on_primary():
                    note(request)
            except Error as error:  # the answer is worth more
                logger.warning("A session could not be noted: %s", error)
        return response


def note(request: HttpRequest) -> None:
    """Write that the request's session was used now. One query, or two for one that is not known."""
    session = request.session
    known = UserSession.objects.filter(session_key=session.session_key, user_id=session[SESSION_KEY])
    if not known.update(seen_at=timezone.now()):
        _add(request, session[SESSION_KEY])


def note_sign_in(sender: object, request: HttpRequest, user: User, **_kwargs: Any) -> None:  # noqa: ANN401 - the signal's
    """Note a new session (Django's signal `user_logged_in`: each door has its own view). One query."""
    if request.session.session_key:
        _is_due(request.session.session_key)
        _add(request, user.pk)


def live_sessions(account: User) -> list[UserSession]:
    """Return the sessions that an account is signed in with, the last used first. Two queries."""
    rows = list(UserSession.objects.filter(user=account).order_by("-seen_at", "-pk"))
    live = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    keys = set(live.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in keys]


def end_sessions(account: User, *, pk: int | None = None, but: str | None = None) -> int:
    """End one session of an account, or all but the one of a key; return how many. Three queries."""
    rows = UserSession.objects.filter(user=account).exclude(session_key=but or "")
    rows = rows if pk is None else rows.filter(pk=pk)
    with transaction.atomic():
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def device_name(agent: str) -> str:
    """Return what a browser calls itself in words, as "Firefox on Linux"."""
    browser = next((name for sign, name in BROWSERS if re.search(rf"\b{sign}\w*/", agent)), "A program")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def _add(request: HttpRequest, user_id: int | str) -> None:
    device = request.META.get("HTTP_USER_AGENT", "").replace("\0", "")[:300]
    row = UserSession(user_id=user_id, session_key=request.session.session_key, device=device)
    UserSession.objects.bulk_create([row], ignore_conflicts=True)


def _is_due(key: str) -> bool:
    """Return whether this process has not noted a session for an hour, and remember that it does now."""
    now = monotonic()
    with _guard:
        is_due = now - _noted.get(key, -SEEN_EVERY.total_seconds()) >= SEEN_EVERY.total_seconds()
        if is_due:
            _noted[key] = now
            _noted.move_to_end(key)
        while len(_noted) > MOST_REMEMBERED:
            _noted.popitem(last=False)
    return is_due
