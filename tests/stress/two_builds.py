"""Serves two builds of the site at once, as while it is upgraded, and walks both on the database of the newer one.

    .venv/bin/python -m tests.stress.two_builds --commit HEAD~30 --rows 5000

The older one is checked out into a folder of its own. A client then goes from each to the other by cursor, ETag,
session, form, token and upload. Exit status 1: an answer was wrong.
"""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.auth import get_user_model

from tests.stress.command import prepared
from tests.stress.databases import INTERRUPTED, connected_to, scratch_copy
from tests.stress.report import ROOT
from tests.stress.servers import serving
from tests.stress.systems import OUR_SERVER
from tests.uploads.files import picture
from tests.walk import FULL, SMALL, Plan, walk
from tests.walk.account import staff_token
from tests.walk.machines import cross

USERNAME, PASSWORD = "member-of-two-builds", "of both builds, for a test"
OLD, NEW = "the older build", "the newer build"


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Check out a commit into a folder with the packages and settings of this checkout; remove it at the end."""
    with TemporaryDirectory(prefix="build", dir="/tmp") as top:
        folder = Path(top) / "site"
        subprocess.run(["git", "worktree", "add", "--detach", folder, commit], cwd=ROOT, check=True)
        try:
            for name in (".venv", ".env"):
                (folder / name).symlink_to((ROOT / name).resolve())
            collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(collect, cwd=folder, check=True)
            yield folder
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=ROOT, check=True)


def shared_folders(files: Path) -> dict[str, str]:
    """Return the environment of builds that share their folders, those too that know no setting for them."""
    lines = [f"{name} = {str(files / name)!r}" for name in ("MEDIA_ROOT", "THUMBNAILS_DIR", "UPLOADS_DIR")]
    (files / "shared_folders.py").write_text("\n".join(["from genonaut.settings import *", *lines]))
    return {"PYTHONPATH": str(files), "DJANGO_SETTINGS_MODULE": "shared_folders"}


def make_member(url: str) -> None:
    """Make the account that goes from one build to the other."""
    with connected_to(url):
        get_user_model().objects.create_user(USERNAME, password=PASSWORD)


def faults(source: str, commit: str, plan: Plan) -> list[str]:
    """Serve both builds on a copy of a database; return all that is wrong."""
    with (
        TemporaryDirectory(prefix="files", dir="/tmp") as files,
        checkout(commit) as folder,
        scratch_copy(source) as url,
    ):
        make_member(url)
        token = staff_token(url)
        own = shared_folders(Path(files))
        with serving(url, OUR_SERVER, own, folder=folder) as old, serving(url, OUR_SERVER, own) as new:
            urls = {name: f"http://127.0.0.1:{server.port}" for name, server in ((OLD, old), (NEW, new))}
            found = cross(urls[OLD], urls[NEW], USERNAME, PASSWORD, (picture(1), picture(2)))
            for name, address in urls.items():
                report = walk(address, url, token, plan)
                print(f"{name}: {report}", flush=True)
                found += [*report.wrong, *report.errors]
    return found


def main() -> None:
    """Walk both and print what is wrong."""
    parser = ArgumentParser(prog="python -m tests.stress.two_builds", description=__doc__.split("\n")[0])
    parser.add_argument("--commit", default="HEAD~30", help="the older build (default: HEAD~30)")
    parser.add_argument("--rows", type=int, default=5_000, help="items (default: 5,000)")
    parser.add_argument("--full", action="store_true", help="ten times as many requests")
    options = parser.parse_args()
    try:
        found = faults(prepared(options.rows), options.commit, FULL if options.full else SMALL)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print("\n".join(found) or "Nothing was wrong.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
