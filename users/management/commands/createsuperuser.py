"""Django's command, which also refuses what the database would: names and addresses that are taken in another case."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import Field

from users.accounts import check_username
from users.email_addresses import is_taken
from users.models import User

TAKEN = "Error: That e-mail address is already taken."


class Command(createsuperuser.Command):
    """Makes an administrator's account. A constraint's own error would print the row, in a traceback."""

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - of every command
        """Make the account. Raises CommandError for a name or an address that it may not have."""
        email = options["email"]
        if not (email or options["interactive"]):
            email = os.environ.get("DJANGO_SUPERUSER_EMAIL")
        if self._is_taken(email):
            raise CommandError(TAKEN)
        super().handle(*args, **options)

    def get_input_data(self, field: Field, message: str, default: str | None = None) -> object:
        """Ask for a value; None if it is refused, so that it is asked for again."""
        value = super().get_input_data(field, message, default)
        if field.name == "email" and self._is_taken(value):
            self.stderr.write(TAKEN)
            return None
        return value

    def _is_taken(self, email: str | None) -> bool:
        address = User.objects.normalize_email(email)
        return bool(address) and is_taken(address)

    def _validate_username(self, username: str, verbose_field_name: str, database: str) -> str | None:
        """Return why a username is refused; None if it may be taken."""
        username = User.normalize_username(username)
        refusal = super()._validate_username(username, verbose_field_name, database)
        if refusal:
            return refusal
        try:
            check_username(username, None)
        except ValidationError as error:
            return f"Error: {error.message}"
        return None
