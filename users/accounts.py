"""Accounts: which usernames may be taken, who may change whose account, what ends with a password, and their end."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authtoken.models import Token

from genonaut import deletions
from genonaut.models import Deletion
from users.letters import post_of_closing
from users.levels import Level
from users.models import ApiToken, PendingEmail, User, UserSession
from users.querysets import is_account_id
from users.sessions import end_sessions

# As a part of an address, browsers take these for directories: such a profile could not be reached.
UNREACHABLE = (".", "..")
# What apps hide in the transaction that closes an account, by what it is; the rest of the account goes in batches.
CLOSINGS: dict[str, Callable[[User], object]] = {}


def check_username(username: str, account: User | None) -> None:
    """Refuse a username that the account may not take; None is a new account. One query. Raises ValidationError."""
    # The digits of the constraint user_username_not_digits: what int() reads besides them is no id in an address.
    if is_account_id(username):
        raise ValidationError("A username must not consist of digits alone.")
    if username in UNREACHABLE:
        raise ValidationError("A username must not consist of one or two dots.")
    others = User.objects.all() if account is None else User.objects.exclude(pk=account.pk)
    if others.named(username).exists():
        raise ValidationError("A user with that username already exists.")


def may_change(viewer: User, account: User) -> bool:
    """Return whether a member of staff may change or delete an account: others of staff are for superusers alone.

    With a new password or address they could act as them.
    """
    is_above = account.is_staff or account.is_superuser
    return viewer.is_superuser or viewer == account or not is_above


class TokensEndWithPassword:
    """A password validator for its hook alone: Django tells it of every password that was set, by a user or by staff.

    So the API, the admin's two pages and `manage.py changepassword` need not each remember it. A password that is
    taken away goes unsaid: see the admin's form.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse nothing."""

    def get_help_text(self) -> str:
        """Return what forms say of it."""
        return "A new password ends the account’s API tokens."

    def password_changed(self, password: str, user: User) -> None:
        """End what opens an account that was given a password. Four queries."""
        end_access(user)


@transaction.atomic
def prefer(account: User, *, columns: Mapping[str, object] = MappingProxyType({}), **preferences: object) -> None:
    """Save preferences, beside those that are not named; None forgets one. And columns of the account. Two queries."""
    stored = User.objects.select_for_update(no_key=True).only("preferences", *columns).get(pk=account.pk)
    for column, value in columns.items():
        setattr(stored, column, value)
    # Of the row as it is now: another request may have changed another preference.
    kept = stored.preferences if isinstance(stored.preferences, dict) else {}
    changed = {**kept, **preferences}
    stored.preferences = {key: value for key, value in changed.items() if value is not None}
    stored.save(update_fields=["preferences", *columns])
    account.preferences = stored.preferences


def end_access(account: User) -> None:
    """Delete the tokens of an account whose password changed, the address that it was to have, and what is known of its
    sessions, which end by themselves. Four queries."""
    end_tokens(account)
    # A thief who asked for another address would have new passwords sent there.
    PendingEmail.objects.filter(user=account, activates=False).delete()
    UserSession.objects.filter(user=account).delete()


def end_tokens(account: User) -> None:
    """Delete all API tokens of the account. Two queries."""
    end_token(account)
    ApiToken.objects.filter(user=account).delete()


def end_token(account: User) -> None:
    """Delete the token that the account got for its username and password. One query."""
    Token.objects.filter(user=account).delete()


@transaction.atomic
def token_of(account: User) -> Token:
    """Return the account's API token; made if it has none, or one that has ended. Two or three queries."""
    Token.objects.filter(user=account, created__lte=timezone.now() - timedelta(days=settings.TOKEN_DAYS)).delete()
    token, _ = Token.objects.get_or_create(user=account)
    return token


@transaction.atomic
def close_account(account: User, request: HttpRequest | None = None) -> Deletion:
    """Close an account for good and ask for its deletion: some ten rows and its albums, however many works it has.

    From the commit on it cannot sign in, its sessions and tokens are ended, and what it says of a person is gone:
    name, username (free again), e-mail addresses, devices, preferences, levels, rights. Apps hide what of it lists show
    (CLOSINGS). What belongs to it goes in batches. A letter tells its address, if a request asks for it.
    """
    if request is not None:
        post_of_closing(request, account)
    User.objects.filter(pk=account.pk).update(
        username=f"closed-{uuid4().hex}",
        name="",
        email="",
        preferences={},
        shown_level=Level.GENERAL,
        blurred_level=Level.SENSITIVE,
        # Sessions are signed with the password.
        password=make_password(None),
        is_active=False,
        is_staff=False,
        is_superuser=False,
    )
    end_tokens(account)
    # Its link would make the account active again.
    PendingEmail.objects.filter(user=account).delete()
    end_sessions(account)
    for hide in CLOSINGS.values():
        hide(account)
    return deletions.ask(account)


def delete_account(account: User, request: HttpRequest | None = None) -> None:
    """Close an account and delete it, with what decisions/0004 says: at once if it has little, in batches if much."""
    deletions.begin([close_account(account, request)])
