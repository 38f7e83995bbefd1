"""The panels of the machine and the build: room on disks, versions, and what `check` says."""

import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.db import DEFAULT_DB_ALIAS
from django.template.defaultfilters import filesizeformat

from genonaut.assets.build_id import build
from genonaut.status.panels import Contents, Fact, Table

# Of a disk.
LEAST_FREE, LEAST_FREE_BYTES = 0.05, 2 * 1024**3
PACKAGES = ("Django", "djangorestframework", "gunicorn", "pillow", "procrastinate", "psycopg", "waitress")


def disks_panel() -> Contents:
    """Return the room on the disks of the site's own folders. No query, no file is read."""
    folders: dict[int, list[Path]] = {}
    for folder in _folders():
        folders.setdefault(os.stat(folder).st_dev, []).append(folder)
    return Contents([_disk_fact(on_disk) for on_disk in folders.values()])


def _folders() -> list[Path]:
    """Return the folders that the site writes to, as far as they are there."""
    wanted = (settings.VAR_DIR, settings.MEDIA_ROOT, settings.THUMBNAILS_DIR, settings.UPLOADS_DIR)
    return [folder for folder in map(Path, wanted) if folder.is_dir()]


def _disk_fact(folders: list[Path]) -> Fact:
    usage = shutil.disk_usage(folders[0])
    value = f"{filesizeformat(usage.free)} free of {filesizeformat(usage.total)}"
    is_full = usage.free < LEAST_FREE * usage.total or usage.free < LEAST_FREE_BYTES
    return Fact("Disk of " + ", ".join(folder.name for folder in folders), value, is_warning=is_full)


def versions_panel() -> Contents:
    """Return versions and the switches of a deployment. No query."""
    facts = [
        Fact("Build", build()),
        Fact("Python", platform.python_version()),
        *(Fact(name, version(name)) for name in PACKAGES),
        Fact("DEBUG", "on" if settings.DEBUG else "off", is_warning=settings.DEBUG),
        Fact("Mail server", "set" if settings.SENDS_MAIL else "none: letters go to the log"),
        Fact("Sign-up", "open" if settings.SIGN_UP else "closed"),
    ]
    return Contents(facts)


def checks_panel() -> Contents:
    """Return what `check --deploy --database default` says. Its queries are those of the checks."""
    messages = run_checks(include_deployment_checks=not settings.DEBUG, databases=[DEFAULT_DB_ALIAS])
    shown = [message for message in messages if not message.is_silenced()]
    facts = [Fact("Messages", f"{len(shown)}", is_warning=any(message.is_serious() for message in shown))]
    rows = [(message.id, message.msg, message.hint or "–") for message in shown]
    return Contents(facts, [Table("Checks", ("Check", "Message", "Hint"), rows)] if rows else ())
