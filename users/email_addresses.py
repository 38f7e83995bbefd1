"""E-mail addresses: who may have which, and how one becomes an account's by a link in a letter."""

from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from users.models import PendingEmail, User

CONFIRM_DAYS = 3
SALT = "users.confirm_email"


class LinkEndedError(Exception):
    """A link in a letter was used, is too old, or was never right."""


def is_taken(email: str, account: User | None = None) -> bool:
    """Return whether another account has an address; None is a new account. One query."""
    others = User.objects.all() if account is None else User.objects.exclude(pk=account.pk)
    return others.filter(email=email).exists()


def await_address(account: User, email: str, *, activates: bool = False) -> PendingEmail:
    """Remember the address that an account is to have once it is confirmed; an earlier one is forgotten."""
    fields = {"email": email, "activates": activates, "created_at": timezone.now()}
    pending, _ = PendingEmail.objects.update_or_create(user=account, defaults=fields)
    return pending


def withdraw(account: User) -> None:
    """Forget the address that an account is to have, unless the account waits for it. One query."""
    PendingEmail.objects.filter(user=account, activates=False).delete()


@transaction.atomic
def remove_address(account: User) -> str:
    """Take away an account's address and the one that it is to have; return the address that it had. Three queries."""
    # Locked first, as a link that is followed locks them.
    stored = User.objects.select_for_update(no_key=True).only("email").get(pk=account.pk)
    before = stored.email
    withdraw(account)
    stored.email = ""
    stored.save(update_fields=["email"])
    return before


def waits(account: User) -> bool:
    """Return whether an account cannot be used yet; one that was signed in to before was deactivated by staff."""
    return not account.is_active and account.last_login is None


def key_of_link(pending: PendingEmail) -> str:
    """Return what the link of a pending address is known by."""
    return signing.dumps([pending.user_id, pending.email], salt=SALT)


def pending_of(key: str) -> PendingEmail:
    """Return the pending address of a link. One query. Raises LinkEndedError."""
    try:
        user_id, email = signing.loads(key, salt=SALT, max_age=timedelta(days=CONFIRM_DAYS))
        return PendingEmail.objects.select_related("user").get(user_id=user_id, email=email)
    except (signing.BadSignature, PendingEmail.DoesNotExist) as error:
        raise LinkEndedError from error


def confirm(key: str) -> tuple[User, str]:
    """Give an account the address of a link; return the account and the address that it had. Raises LinkEndedError.

    An account that waited for it can be used from now on.
    """
    pending = pending_of(key)
    try:
        with transaction.atomic():
            return _confirmed(pending)
    except IntegrityError as error:  # another account has it meanwhile
        raise LinkEndedError from error


def _confirmed(pending: PendingEmail) -> tuple[User, str]:
    # Locked before the link is used up: an account that is closed meanwhile must not be opened again.
    account = User.objects.select_for_update(no_key=True).filter(pk=pending.user_id).first()
    is_used, _ = PendingEmail.objects.filter(pk=pending.pk, email=pending.email).delete()
    if account is None or not is_used or not (account.is_active or (pending.activates and waits(account))):
        raise LinkEndedError
    before, account.email, account.is_active = account.email, pending.email, True
    account.save(update_fields=["email", "is_active"])
    return account, before
