"""What makes a process one of the site, and not a command: its settings, before they are read."""

import os

# In milliseconds; a page that takes longer is of no use.
STATEMENT_TIMEOUT_MS = 10_000


def prepare() -> None:
    """Let the settings be those of the site.

    What takes longer than its statements may is answered with 503. Its connections are those of DATABASE_URL; commands
    use those of DATABASE_DIRECT_URL, if there is one.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    os.environ.setdefault("STATEMENT_TIMEOUT_MS", str(STATEMENT_TIMEOUT_MS))
    os.environ["SERVES_WEB"] = "on"
