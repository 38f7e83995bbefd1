"""`manage.py seed --rows N`: fill every domain's tables with synthetic rows."""

from argparse import ArgumentParser
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from genonaut.database.copy import catch_up_rankings, refresh_statistics
from genonaut.postponed_indexes import GivingWay, build_postponed, postpone
from genonaut.progress import Progress
from genonaut.seeding import Dataset, NumberedTable, declared_tables, expected_rows, finish, load

FEWEST, MOST = 1_000, 10_000_000
WORKERS = 2


class Command(BaseCommand):
    """Loads a synthetic data set.

    The same --rows and --seed are the same rows. Run again, it goes on where it was interrupted, and does nothing when
    everything is there; another --rows or --seed is another data set, which is added to what there is.
    """

    help = (
        "Fill the tables with synthetic rows: N items, and creators, interactions, recommendations and jobs in "
        "proportion. Interrupted (Ctrl-C), it keeps what is loaded; run again with the same options, it goes on. "
        "Empty tables get their indexes after their rows, unless the site or anything else is connected."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the size, the seed and the ways to run."""
        parser.add_argument("--rows", type=int, required=True, metavar="N", help=f"items: {FEWEST:,} to {MOST:,}")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another data set (default: 1)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there is any content")
        parser.add_argument(
            "--workers", type=int, default=WORKERS, choices=range(1, 9), help=f"connections (default: {WORKERS})"
        )

    def handle(self, *, rows: int, seed: int, if_empty: bool, workers: int, verbosity: int, **options: object) -> None:
        """Load the data set, then refresh the statistics and rankings of its tables, also when it ends early."""
        if not FEWEST <= rows <= MOST:
            raise CommandError(f"--rows must be from {FEWEST:,} to {MOST:,}.")
        if if_empty and has_content():
            return
        models = [table.model for table in declared_tables()]
        build(self.stderr.write, is_shown=verbosity > 0)
        with Progress(rows, " items", self.stderr.write, is_shown=verbosity > 0) as progress:
            try:
                self.load(Dataset(seed, rows), workers, progress)
            except CommandError:
                build(progress.say, is_shown=verbosity > 0)
                # Without VACUUM, which may take minutes, and Ctrl-C would wait for it.
                refresh_statistics(models, is_big_load=False)
                catch_up_rankings(models, progress.say, is_shown=verbosity > 0)
                finish()
                raise
        build(self.stderr.write, is_shown=verbosity > 0)
        if progress.done > progress.skipped:
            refresh_statistics(models, is_big_load=True)
            catch_up_rankings(models, self.stderr.write, is_shown=verbosity > 0)
            finish()
        self.stdout.write(f"{progress.done - progress.skipped:,} items loaded, {progress.skipped:,} were there before")

    def load(self, dataset: Dataset, workers: int, progress: Progress) -> None:
        """Load what is missing, into tables without indexes if they are empty and only the load is connected.

        Raises CommandError when interrupted, or when its rows were changed by hand.
        """
        readers = GivingWay(progress.say)

        def advance(rows: int) -> None:
            progress.advance(rows)
            readers.look()

        try:
            postpone(expected_rows(dataset))
            load(dataset, workers=workers, skip=progress.skip, advance=advance)
        except KeyboardInterrupt:
            raise CommandError("Interrupted; run it again with the same options to go on.", returncode=130) from None
        except IntegrityError as error:
            raise CommandError(f"This data set was loaded before and then changed by hand: {error}") from None


def build(say: Callable[[str], object], *, is_shown: bool) -> None:
    """Build the indexes that a load left out. Raises CommandError when interrupted."""
    try:
        build_postponed(say, is_shown=is_shown)
    except KeyboardInterrupt:
        message = "Interrupted before all indexes were built; `seed`, `migrate` and the site go on with them."
        raise CommandError(message, returncode=130) from None


def has_content() -> bool:
    """Return whether the leading table (the last numbered one) has any row."""
    leading = [table for table in declared_tables() if isinstance(table, NumberedTable)][-1]
    return leading.model._base_manager.exists()
