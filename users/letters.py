"""Letters to accounts: what they say, and to whom. Workers write and send them (users/worker_tasks.py).

A page only says which address a letter is for: it takes as long, and says the same, whether an account has it or not.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django import app

from genonaut.http.limits import check, network_of
from genonaut.worker_tasks import QUEUE
from users.email_addresses import CONFIRM_DAYS, is_taken, key_of_link
from users.models import PendingEmail, User

TASK = "send_letter"
# So often a letter that could not be sent is tried again.
RETRIES = 4


def check_letter(request: HttpRequest, email: str) -> None:
    """Count a letter to an address. Raises TooManyTriesError. Two queries, whether the address is known or not."""
    check("letter_network", network_of(request))
    check("letter", email)


def post(request: HttpRequest, kind: str, email: str, **about: object) -> None:
    """Leave a letter to the workers, in the caller's transaction; it does not wait for users' jobs. One query."""
    root = request.build_absolute_uri(get_script_prefix())
    app.configure_task(TASK, queue=QUEUE).defer(kind=kind, email=email, root=root, about=about)


def post_of_password(request: HttpRequest, account: User, email: str, *, is_by_staff: bool = False) -> None:
    """Leave a letter about a new password to the workers, if the account had an address before. One query.

    It names the network that the password came from, but not that of staff.
    """
    if email and settings.SENDS_MAIL:
        network = "" if is_by_staff else network_of(request)
        post(request, "password", email, user_id=account.pk, at=timezone.now().isoformat(), network=network)


def post_of_address(request: HttpRequest, account: User, before: str) -> None:
    """Leave a letter about another address, or none, to the workers, if the account had one before. One query."""
    if before and settings.SENDS_MAIL:
        post(request, "changed", before, user_id=account.pk)


def post_of_closing(request: HttpRequest, account: User) -> None:
    """Leave a letter about the end of an account to the workers, if it has an address. One query."""
    if account.email and settings.SENDS_MAIL:
        post(request, "closed", account.email, username=account.username)


def send(kind: str, email: str, root: str, about: dict[str, object]) -> bool:
    """Write and send a letter; return whether there was one to write. Raises OSError and SMTPException."""
    written = KINDS[kind](email, root, **about)
    if written is None:
        return False
    template, context = written
    text = render_to_string(f"users/letters/{template}.txt", {**context, "email": email, "site": root})
    subject, _, body = text.partition("\n")
    send_mail(subject.strip(), body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [email])
    return True


Written = tuple[str, dict[str, object]] | None


def _confirmation(email: str, root: str, user_id: int) -> Written:
    pending = PendingEmail.objects.select_related("user").filter(user_id=user_id, email=email).first()
    if pending is None:
        return None
    owner = User.objects.filter(email=email).exclude(pk=user_id).first()
    if owner is not None:
        return _taken(email, root, owner.pk)
    # The link's days begin now: the address must wait as long, however long the letter did.
    if not PendingEmail.objects.filter(pk=user_id, email=email).update(created_at=timezone.now()):
        return None
    link = _link(root, "users:confirm-email", key_of_link(pending))
    return "confirm", {"account": pending.user, "link": link, "days": CONFIRM_DAYS}


def _taken(email: str, root: str, user_id: int) -> Written:
    owner = User.objects.filter(pk=user_id, email=email).first()
    return owner and ("taken", {"account": owner, "link": _link(root, "users:reset")})


def _reset(email: str, root: str) -> Written:
    account = User.objects.filter(email=email, is_active=True).first()
    if account is not None:
        if not account.has_usable_password():
            return None
        uid = urlsafe_base64_encode(force_bytes(account.pk))
        link = _link(root, "users:reset-confirm", uid, default_token_generator.make_token(account))
        return "reset", {"account": account, "link": link}
    waiting = PendingEmail.objects.filter(email=email, activates=True).order_by("-created_at").first()
    return _confirmation(email, root, waiting.user_id) if waiting and not is_taken(email) else None


def _changed(email: str, root: str, user_id: int) -> Written:
    account = User.objects.filter(pk=user_id, is_active=True).first()
    return account and ("changed", {"account": account})


def _password(email: str, root: str, user_id: int, at: str, network: str) -> Written:
    account = User.objects.filter(pk=user_id, is_active=True).first()
    # Without a password, which staff took away, no link would set another.
    if account is None or not account.has_usable_password():
        return None
    context = {"account": account, "at": datetime.fromisoformat(at), "network": network}
    # A link is asked for by the account's address.
    return "password", {**context, "link": _link(root, "users:reset") if email == account.email else ""}


def _closed(email: str, root: str, username: str) -> Written:
    return "closed", {"username": username}


KINDS: dict[str, Callable[..., Written]] = {
    "confirm": _confirmation,
    "taken": _taken,
    "reset": _reset,
    "changed": _changed,
    "password": _password,
    "closed": _closed,
}


def _link(root: str, name: str, *args: str) -> str:
    return root + reverse(name, args=args).removeprefix(get_script_prefix())
