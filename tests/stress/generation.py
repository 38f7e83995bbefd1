"""Asks for many pictures, kills workers and ends the database meanwhile, and counts what became of the jobs.

    .venv/bin/python -m tests.stress.generation --jobs 1000

It has a PostgreSQL server and folders of its own, which are gone afterwards. Goals: each job ends once, none is lost,
no work is doubled, none runs 60 s after the last kill; from Create to the picture p95 under 2 s on an idle machine.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser

# Else the settings would start the server of the site's own data.
os.environ.setdefault("DATABASE_URL", "postgresql://none@/none")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")

from tests.clusters import data_folder, shared


def main() -> None:
    """Make a server, and run on it."""
    parser = ArgumentParser(prog="python -m tests.stress.generation", description=__doc__.split("\n")[0])
    parser.add_argument("--jobs", type=int, default=1_000, help="pictures that are asked for (default: 1,000)")
    parser.add_argument("--side", type=int, default=512, help="their width and height in pixels (default: 512)")
    options = parser.parse_args()
    with data_folder() as data, shared(data) as url:
        environment = {**os.environ, "DATABASE_URL": url}
        code = "from tests.stress.generation_rounds import measure; "
        code += f"measure({options.jobs}, {options.side}, {str(data)!r})"
        for arguments in (["migrate"], ["shell", "-c", code]):
            subprocess.run([sys.executable, "manage.py", *arguments, "-v0"], env=environment, check=True)


if __name__ == "__main__":
    main()
