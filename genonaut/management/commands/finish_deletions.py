"""`manage.py finish_deletions`: delete in batches what is still to be deleted, where no process of the site does."""

from time import sleep

from django.core.management.base import BaseCommand, CommandError

from genonaut.database.removal import count
from genonaut.deletions import Worker, rows_of, unfinished
from genonaut.progress import Progress

# Another process does a batch in less.
WAIT_SECONDS = 0.2
INTERRUPTED = 130


class Command(BaseCommand):
    """Finishes all deletions that were asked for; the site goes on meanwhile."""

    help = (
        "Finish the deletions of accounts and of all works of an account, in short transactions beside the site. "
        "Interrupted (Ctrl-C) or killed it may be run again: what is done is done."
    )

    def handle(self, **options: object) -> None:
        """Work until none is left. Raises CommandError if interrupted."""
        deletions = list(unfinished())
        total = sum(count(rows_of(deletion)) for deletion in deletions)
        self.stdout.write(f"{len(deletions):,} deletions, {total:,} rows.")
        worker = Worker()
        try:
            with Progress(total, " rows", self.stderr.write) as progress:
                while not worker.work(advance=progress.advance):
                    sleep(WAIT_SECONDS)
        except KeyboardInterrupt:
            raise CommandError("Interrupted: run again, or let the site finish it.", returncode=INTERRUPTED) from None
