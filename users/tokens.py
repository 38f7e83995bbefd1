"""Named API tokens: made and ended on a page of the account, each shown once."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from genonaut.api.authentication import PREFIX, digest_of
from users.models import ApiToken, User
from users.own_password import PasswordCheckedForm

MOST = 50
DAYS = (7, 30, 90, 365)


class TokenForm(PasswordCheckedForm):
    """Asks what a new token is for, how long it lasts, and for the password."""

    name = forms.CharField(max_length=100, help_text="What it is for, as “backup script”.")
    days = forms.TypedChoiceField(coerce=int, label="Ends after")
    field_order = ("name", "days", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        days = sorted({*(days for days in DAYS if days < settings.TOKEN_DAYS), settings.TOKEN_DAYS})
        self.fields["days"].choices = [(number, f"{number} days") for number in days]
        self.fields["days"].initial = min(30, settings.TOKEN_DAYS)

    def clean_name(self) -> str:
        """Check that the account has no token of the name, and room for another. Raises ValidationError."""
        tokens = ApiToken.objects.filter(user=self.request.user)
        if tokens.filter(name=self.cleaned_data["name"]).exists():
            raise forms.ValidationError("You have a token of this name.")
        if tokens.count() >= MOST:
            raise forms.ValidationError(f"You have {MOST} tokens: end one first.")
        return self.cleaned_data["name"]


def make_token(account: User, name: str, days: int) -> str:
    """Make a token; return its key, which is not kept. One query. Raises IntegrityError if the name is taken."""
    key = PREFIX + token_hex(20)
    ends = timezone.now() + timedelta(days=days)
    ApiToken.objects.create(user=account, name=name, digest=digest_of(key), expires_at=ends)
    return key
