"""A form that asks for the account's own password before something is changed for good."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from genonaut.http.limits import check_sign_in


class PasswordCheckedForm(forms.Form):
    """Asks for the password; guesses of it are limited as signing in is."""

    password = forms.CharField(
        max_length=128, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Check the password. Raises ValidationError, and TooManyTriesError, which is answered with 429."""
        check_sign_in(self.request, self.request.user.get_username())
        if not self.request.user.check_password(self.cleaned_data["password"]):
            raise ValidationError("This is not the account’s password.")
        return self.cleaned_data["password"]
