"""Sessions in the database, by keys that a cookie may hold (SESSION_ENGINE)."""

import re

from django.contrib.sessions.backends import db

# What Django makes is 32 long; the column holds 40.
KEY = re.compile("[a-z0-9]{8,40}")


class SessionStore(db.SessionStore):
    """Django's, which asks the database for any key: PostgreSQL takes no NUL, which a quoted cookie can hold."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(KEY.fullmatch(key or ""))
