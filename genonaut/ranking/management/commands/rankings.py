"""`manage.py rankings verify | rebuild | compact | status | attach | detach`: look after rankings, on a live database.

The bar is tqdm's own and no other module's of the project, so that this package stands by itself.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from time import sleep

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections, router
from tqdm import tqdm

from genonaut.ranking.attaching import PartitionError, attach, detach
from genonaut.ranking.background import MANY_DELTAS
from genonaut.ranking.building import expected_rows, pending_deltas, rebuild, recount_partitions, vacuum
from genonaut.ranking.compaction import compact
from genonaut.ranking.declaration import Rankings
from genonaut.ranking.partitions import troubled
from genonaut.ranking.status import UnknownRankingError, Wanted, built, find_orders, status
from genonaut.ranking.verifying import verify

SHOWN = 20
ACTIONS = ("verify", "rebuild", "compact", "status", "attach", "detach")
# What attach and detach take.
ARGUMENTS = {"attach": "app.Model TABLE 'FOR VALUES ...'", "detach": "app.Model TABLE"}
# By their present names: scripts and services of operators may name them.
FORMER_ACTIONS = {"fold": "compact"}
INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C ended


class Command(BaseCommand):
    """Verifies, rebuilds, compacts and shows rankings; neither writers nor readers wait for any of it."""

    help = (
        "verify: recount all rows and compare, exit code 1 on drift; rebuild: recount and correct; compact or fold: "
        "move deltas into the leaves; status: print the sizes; attach app.Model TABLE BOUND and detach app.Model "
        "TABLE: a partition together with its counts. Interrupted (Ctrl-C), a ranking is as it was before, or "
        "compacted in part, and every count is right."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do and with which rankings."""
        parser.add_argument("action", choices=[*ACTIONS, *FORMER_ACTIONS])
        parser.add_argument(
            "names", nargs="*", metavar="app.Model[.order]", help="all if none is named; compact takes whole models"
        )
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="compact: again and again, until interrupted"
        )
        parser.add_argument(
            "--show",
            type=int,
            default=SHOWN,
            metavar="N",
            help=f"verify: print at most N differences (default: {SHOWN})",
        )

    def handle(self, *, action: str, names: list[str], **options: object) -> None:
        """Do one of the six. Raises CommandError for an unknown name, drift, and an interruption."""
        action = FORMER_ACTIONS.get(action, action)
        if action in ARGUMENTS:
            self.change_partition(action, names, options)
            return
        wanted = chosen(names)
        if options["every"] is not None and (action != "compact" or not options["every"] > 0):
            raise CommandError("--every takes a number of seconds, for compact.")
        actions: dict[str, Callable[[Wanted, dict[str, object]], None]] = {
            "verify": self.verify,
            "rebuild": self.rebuild,
            "compact": self.compact,
            "status": self.status,
        }
        try:
            actions[action](wanted, options)
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. The ranking at hand is as it was, or compacted in part; those before it are done.",
                returncode=INTERRUPTED,
            ) from None

    def change_partition(self, action: str, names: list[str], options: dict[str, object]) -> None:
        """Attach or detach a partition. Raises CommandError, and then nothing has changed."""
        if len(names) != len(ARGUMENTS[action].split(maxsplit=2)):
            raise CommandError(f"rankings {action} {ARGUMENTS[action]}")
        (rankings,) = chosen(names[:1])
        try:
            {"attach": attach, "detach": detach}[action](rankings, *names[1:])
        except (PartitionError, DatabaseError) as error:
            raise CommandError(f"{names[1]} is not {action}ed: {error}") from error
        self.write_line(f"{rankings.label}: {names[1]} {action}ed", options)

    def verify(self, wanted: Wanted, options: dict[str, object]) -> None:
        """Recount; raise CommandError for drift, and for rankings that are not built."""
        wrong = []
        for rankings, orders in wanted.items():
            wrong += [f"{rankings.label}: {found.name} {found.trouble}" for found in troubled(rankings)]
            rows, there = expected_rows(rankings), built(rankings)
            for order in orders:
                if order not in there:
                    wrong.append(f"{rankings[order]} is not built: manage.py rankings rebuild {rankings[order]}")
                    continue
                with bar(f"{rankings[order]}", rows, options) as progress:
                    drifts = verify(rankings[order], advance=progress.update)
                for drift in drifts[: options["show"]]:
                    self.stdout.write(str(drift))
                if drifts:
                    wrong.append(f"{rankings[order]}: {len(drifts):,} counts differ: manage.py rankings rebuild")
                else:
                    self.write_line(f"{rankings[order]}: every count is right", options)
        if wrong:
            raise CommandError("\n".join(wrong))

    def rebuild(self, wanted: Wanted, options: dict[str, object]) -> None:
        """Recount, one model after the other."""
        for rankings, orders in wanted.items():
            rows = expected_rows(rankings)
            with bar(rankings.label, rows and rows * len(orders), options) as progress:
                rebuild(rankings, orders, advance=progress.update)
            vacuum(rankings)
            self.write_line(f"{rankings.label}: {', '.join(orders)} rebuilt", options)

    def compact(self, wanted: Wanted, options: dict[str, object]) -> None:
        """Compact once, or regularly."""
        if options["every"] is None:
            for rankings in wanted:
                if built(rankings):
                    self.recount(rankings)
                    with bar(rankings.label, pending_deltas(rankings), options, unit=" deltas") as progress:
                        compacted = compact(rankings, everywhere=True, advance=progress.update)
                    vacuum(rankings)
                    self.write_line(f"{rankings.label}: {compacted.deltas:,} deltas", options)
                else:
                    self.write_line(f"{rankings.label}: not built", options)
            return
        unswept: dict[Rankings, int | None] = dict.fromkeys(wanted)
        try:
            while True:
                for rankings in wanted:
                    unswept[rankings] = self.compact_again(rankings, unswept[rankings])
                sleep(options["every"])
        except KeyboardInterrupt:  # the way that a worker ends
            return

    def recount(self, rankings: Rankings) -> None:
        """Rebuild if a partition came or went without being counted."""
        for partition in recount_partitions(rankings):
            self.stderr.write(f"{rankings.label}: {partition.name} {partition.trouble}: rebuilt")

    def compact_again(self, rankings: Rankings, unswept: int | None) -> int | None:
        """Compact one model if no other process does; return the deltas moved since its tables were last vacuumed.

        None before the first compaction, which also splits the leaves that an interrupted one left.

        A server that is away is tried again next time.
        """
        try:
            if not built(rankings):
                return unswept
            self.recount(rankings)
            compacted = compact(rankings, wait=False, everywhere=unswept is None)
            if compacted is None:
                return unswept
            unswept = (unswept or 0) + compacted.deltas
            if unswept >= MANY_DELTAS:
                vacuum(rankings)
                unswept = 0
        except DatabaseError as error:
            self.stderr.write(f"{rankings.label}: {error}")
            connections[router.db_for_write(rankings.model)].close()
        return unswept

    def status(self, wanted: Wanted, options: dict[str, object]) -> None:
        """Print one line for each ranking."""
        line = "{:<40} {:>20} {:>14} {:>8} {:>7} {:>9}".format
        self.stdout.write(line("ranking", "generation", "rows", "leaves", "inner", "pending"))
        for rankings, orders in wanted.items():
            for found in status(rankings):
                if found.ranking.name in orders:
                    generation = "not built" if found.generation is None else str(found.generation)
                    sizes = (f"{size:,}" for size in (found.rows, found.leaves, found.inner_nodes, found.pending))
                    self.stdout.write(line(str(found.ranking), generation, *sizes))

    def write_line(self, line: str, options: dict[str, object]) -> None:
        """Write a line unless the verbosity is 0."""
        if options["verbosity"] > 0:
            self.stdout.write(line)


def chosen(names: Iterable[str]) -> Wanted:
    """Return the orders of some names, or of all. Raises CommandError for an unknown name."""
    try:
        return find_orders(names)
    except UnknownRankingError as error:
        raise CommandError(str(error)) from error


def bar(label: str, rows: int | None, options: dict[str, object], unit: str = " rows") -> tqdm:
    """Return a progress bar of rows or deltas, with rate and time left; silent if stderr is no terminal."""
    is_silent = True if options["verbosity"] == 0 else None
    return tqdm(desc=label, total=rows, unit=unit, unit_scale=True, dynamic_ncols=True, disable=is_silent)
