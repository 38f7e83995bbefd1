"""The forms that people sign in with: guessing is limited there as it is at the token endpoint."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm

from genonaut.http.limits import check_sign_in, remember_sign_in


class SignInForm(AuthenticationForm):
    """Signs in, unless it was tried too often. Tries here and for tokens are counted together.

    Only what is sent counts, right or wrong: opening the page does not.
    """

    def clean(self) -> dict[str, Any]:
        """Check username and password. Raises ValidationError, and TooManyTriesError, which is answered with 429."""
        username = self.cleaned_data.get("username", "")
        check_sign_in(self.request, username)
        cleaned = super().clean()
        if self.get_user() is not None:
            remember_sign_in(self.request, username)
        return cleaned


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """Signs in to the admin, which only staff may enter."""
