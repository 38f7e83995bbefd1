"""`manage.py index_progress`: watch index builds, name the indexes that interrupted ones left, and rebuild these."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from genonaut.database.index_builds import InvalidIndex, builds_under_way, invalid_indexes, mend, watch, watched


class Command(BaseCommand):
    """Watches builds until none is under way. Ends with 1 while an index is invalid."""

    help = (
        "Watch index builds until none is under way; then name the indexes that interrupted builds left invalid. "
        "Ends with 1 while there are any. It can be interrupted and run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the ways to run."""
        parser.add_argument("--once", action="store_true", help="print how far builds are now, and end")
        parser.add_argument("--rebuild", action="store_true", help="rebuild invalid indexes, beside reads and writes")

    def handle(self, *, once: bool, rebuild: bool, **options: object) -> None:
        """Show builds, rebuild if asked, name what is invalid. Raises CommandError if anything is."""
        if once:
            builds = builds_under_way()
            self.stdout.writelines(f"{build}\n" for build in builds)
            is_any = bool(builds)
        else:
            is_any = watch(self.say)
        if not is_any:
            self.stdout.write("No index is being built.")
        if rebuild:
            self.rebuild()
        self.name_invalid()

    def say(self, line: str) -> None:
        """Write a line about a build beside its bar, in no color: stderr's is that of errors."""
        self.stderr.write(line, style_func=str)

    def rebuild(self) -> None:
        """Rebuild every invalid index, one after the other; one that fails leaves a copy, which is dropped."""
        for index in invalid_indexes():
            self.mend(index)
        for copy in invalid_indexes():
            if not copy.is_rebuilt:
                self.mend(copy)

    def mend(self, index: InvalidIndex) -> None:
        """Mend one index and say so, or why not. Raises CommandError when interrupted."""
        self.stdout.write(f"{'Rebuilding' if index.is_rebuilt else 'Dropping what is left of'} {index}")
        self.stdout.flush()
        try:
            with watched(self.say):
                mend(index)
        except DatabaseError as error:
            self.stderr.write(f"{index}: {error}")
        except KeyboardInterrupt:
            raise CommandError("Interrupted; run it again to go on.", returncode=130) from None

    def name_invalid(self) -> None:
        """Name the indexes that are not valid. Raises CommandError if there are any."""
        invalid = invalid_indexes()
        for index in invalid:
            self.stdout.write(f"INVALID: {index}")
        if invalid:
            raise CommandError(
                f"Invalid indexes: {len(invalid)}. Every write pays for them, no query uses them; to rebuild them: "
                "manage.py index_progress --rebuild"
            )
