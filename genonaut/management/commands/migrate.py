"""`manage.py migrate`: Django's own, which first builds the indexes that an interrupted load left out."""

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from genonaut.postponed_indexes import build_postponed


class Command(migrate.Command):
    """Builds them first: a migration may change an index, and a site that is about to start needs all."""

    def handle(self, *args: object, **options: object) -> str | None:
        """Build what is postponed, then migrate."""
        is_only_asked = options["plan"] or options["check_unapplied"]
        if options["database"] == DEFAULT_DB_ALIAS and not is_only_asked:
            build_postponed(self.stderr.write)
        return super().handle(*args, **options)
