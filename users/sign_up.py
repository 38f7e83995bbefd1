"""New accounts that people make for themselves, on the page and by the API."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.password_validation import get_default_password_validators, password_validators_help_text_html
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from genonaut.http.limits import check, network_of
from users.accounts import TokensEndWithPassword, check_username
from users.email_addresses import await_address, is_taken
from users.letters import check_letter, post
from users.models import User


class SignUpForm(BaseUserCreationForm):
    """Asks for a username and a password, and for an e-mail address if letters can be sent."""

    # No field of the model here: Django would say that another account has the address.
    email = forms.EmailField(
        label="E-mail address", max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["email"].required = settings.EMAIL_VERIFICATION == "mandatory"
        # A new account has no tokens that a password could end.
        rules = [rule for rule in get_default_password_validators() if not isinstance(rule, TokensEndWithPassword)]
        self.fields["password1"].help_text = password_validators_help_text_html(rules)
        if not settings.SENDS_MAIL:
            del self.fields["email"]

    def clean_username(self) -> str:
        """Check the username. Raises ValidationError."""
        check_username(self.cleaned_data["username"], None)
        return self.cleaned_data["username"]

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return User.objects.normalize_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Count a try. Raises TooManyTriesError, which is answered with 429."""
        check("registration", network_of(self.request))
        return super().clean()

    def save(self, commit: bool = True) -> User:
        """Make the account."""
        fields = self.cleaned_data
        return register(self.request, fields["username"], fields["password1"], email=fields.get("email", ""))


def register(request: HttpRequest, username: str, password: str, *, email: str = "", **fields: Any) -> User:  # noqa: ANN401 - the model's
    """Make an account, and send the letter that its address needs; return the account.

    Where addresses are confirmed, only the letter tells whether another account has this one. Raises IntegrityError if
    the username was taken meanwhile, TooManyTriesError if too many letters are asked for.
    """
    if email and settings.SENDS_MAIL:
        check_letter(request, email)
    try:
        with transaction.atomic():
            return _register(request, username, password, email, fields)
    except IntegrityError:
        # Another request took the address meanwhile, which the second try sees; or the username, which ends it too.
        with transaction.atomic():
            return _register(request, username, password, email, fields)


def _register(request: HttpRequest, username: str, password: str, email: str, fields: dict[str, Any]) -> User:
    is_stored = settings.EMAIL_VERIFICATION == "none" and not is_taken(email)
    waits = settings.EMAIL_VERIFICATION == "mandatory"
    stored = email if is_stored else ""
    account = User.objects.create_user(username, stored, password, **{**fields, "is_active": not waits})
    if email and not is_stored and settings.SENDS_MAIL:
        await_address(account, email, activates=waits)
        post(request, "confirm", email, user_id=account.pk)
    return account
