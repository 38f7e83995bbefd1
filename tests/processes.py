"""What tests that start processes of their own need."""

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """Return the URL of this test's database, on the server of DATABASE_URL or the embedded one."""
    name = connection.settings_dict["NAME"]
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
