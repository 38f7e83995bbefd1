"""The site's settings for the suite, which has a PostgreSQL server of its own unless DATABASE_URL names one."""

import os

from tests.databases import start_server

if not os.environ.get("DATABASE_URL"):
    # Processes that tests start, and the workers of pytest-xdist, use the same one.
    os.environ["DATABASE_URL"] = start_server()

from genonaut.settings import *  # noqa: F403 - all of them
from genonaut.settings import INSTALLED_APPS as APPS_OF_THE_SITE

# Models of the tests alone, so that rankings are tested without the site's own.
INSTALLED_APPS = [*APPS_OF_THE_SITE, "tests.ranking.ranked"]

# On a busy machine any statement is slow: a thread that no test waits for would ask for its plan.
SLOW_STATEMENT_MS = 3_600_000

# Browsers do not ask again for what was refused, and a test that waits for it would wait for ever.
PREFETCHES_AT_ONCE = 100

# The real hash of a password takes half a second, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
