"""`manage.py staff NAME`: makes an account an administrator, who may do everything; `--off` takes that back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.models import User


class Command(BaseCommand):
    """Gives or takes an account's rights."""

    help = "Make an account an administrator, who sees and may do everything; --off makes it a member again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the username."""
        parser.add_argument("username")
        parser.add_argument("--off", action="store_true", help="take the rights back")

    def handle(self, *, username: str, off: bool, **options: Any) -> None:  # noqa: ANN401 - of every command
        """Change the account. Raises CommandError if there is none of this name, in any case."""
        account = User.objects.named(username).first()
        if account is None:
            raise CommandError(
                f"There is no account {username!r}. Make one at /accounts/signup/, or by createsuperuser."
            )
        account.is_staff = account.is_superuser = not off
        account.save(update_fields=["is_staff", "is_superuser"])
        self.stdout.write(f"{account.username} is {'a member' if off else 'an administrator'}.")
