"""The password so far, which the API asks for before it gives an account away or closes it."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from genonaut.api.fields import ReadsAllFields
from genonaut.http.limits import check_sign_in
from users.models import User


class CurrentPasswordField(serializers.CharField):
    """The password so far; only ever written."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        style = {"input_type": "password"}
        options = {"write_only": True, "required": False, "max_length": 128, "trim_whitespace": False, "style": style}
        super().__init__(**{**options, **kwargs})


class ClosingSerializer(ReadsAllFields):
    """What closes an account: its password, if it is one's own. Staff close others' without one."""

    current_password = CurrentPasswordField(help_text="The password so far; needed to delete one's own account.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the password. Raises ValidationError and TooManyTriesError."""
        check_current_password(
            self.context["request"], self.instance, attrs.get("current_password"), "delete the account"
        )
        return attrs


def check_current_password(request: Request, account: User, current: str | None, purpose: str) -> None:
    """Ask for the password so far of one's own account: a token or a session that was stolen does not suffice.

    Guesses are counted as signing in is. Raises ValidationError and TooManyTriesError.
    """
    if account != request.user:
        return
    if current is None:
        raise serializers.ValidationError({"current_password": [f"Needed to {purpose}."]})
    check_sign_in(request, account.username)
    if not account.check_password(current):
        raise serializers.ValidationError({"current_password": ["This is not the password so far."]})
