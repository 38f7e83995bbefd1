"""The forms that people sign in with: guessing is limited there as it is at the token endpoint."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from genonaut.api.throttles import TokenThrottle


class SignInForm(AuthenticationForm):
    """Signs in, unless its address tried too often. Tries here and for tokens are counted together.

    Only what is sent counts, right or wrong: opening the page does not.
    """

    def clean(self) -> dict[str, Any]:
        """Check username and password. Raises ValidationError."""
        throttle = TokenThrottle()
        if not throttle.allow_request(self.request, view=None):
            minutes = -(-int(throttle.wait() or 0) // 60)
            raise ValidationError(f"Too many tries from your address. Try again in {max(minutes, 1)} min.")
        return super().clean()


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """Signs in to the admin, which only staff may enter."""
