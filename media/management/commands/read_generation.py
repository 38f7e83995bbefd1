"""`manage.py read_generation FILE...`: what generators wrote into files, one JSON object a line, without a database."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from media.generation_data.carriers import DamagedFileError, UnknownFormatError
from media.generation_data.reading import read_path


class Command(BaseCommand):
    """Prints generation data of files."""

    help = "Print what generators wrote into files, one JSON object a line. Exit status 1: some could not be read."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the files."""
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)

    def handle(self, *, files: list[Path], **_options: object) -> None:
        """Print a line for each file, in their order."""
        failed = 0
        for path in files:
            line = {"file": str(path), **read(path)}
            failed += "error" in line
            # In ASCII: a name may hold what no terminal can be told.
            self.stdout.write(json.dumps(line))
        if failed:
            raise CommandError(f"Files that could not be read: {failed:,}", returncode=1)


def read(path: Path) -> dict[str, object]:
    """Return what is read of a file, or its error."""
    try:
        if not path.exists():
            return {"error": "There is no such file."}
        if not path.is_file():  # opening a pipe would wait
            return {"error": "It is a folder, a pipe or a device."}
        return read_path(path).as_json()
    except OSError as error:
        return {"error": f"It cannot be opened: {error.strerror or error}."}
    except (UnknownFormatError, DamagedFileError) as error:
        return {"error": str(error)}
    except Exception as error:  # a file that finds a fault in a reader keeps no other from being read
        return {"error": f"It cannot be read: {error!r}."}
