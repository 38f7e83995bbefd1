"""What SQL says of the lists, straight from the table of works."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import psycopg

from tests.walk.lists import WalkedList

TABLE = "content_contentitem"
ACCOUNT = """
    SELECT account.id, account.shown_level FROM users_user AS account
    JOIN authtoken_token AS token ON token.user_id = account.id WHERE token.key = %s AND account.is_staff
"""
COMMON_TAG = f"""
    SELECT tag FROM {TABLE}, unnest(tags) AS tag WHERE NOT is_private AND level = 0
    GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 1
"""


class NoStaffError(Exception):
    """The token is not of an account of staff in this database."""


@dataclass(frozen=True)
class Truth:
    """Asks a database, over a connection of its own each time: a server may go and another come."""

    url: str
    account: int
    level: int

    @classmethod
    def of(cls, url: str, token: str) -> "Truth":
        """Return the truth as staff with this token may see it. Raises NoStaffError."""
        with psycopg.connect(url) as connection:
            row = connection.execute(ACCOUNT, [token]).fetchone()
        if row is None:
            raise NoStaffError("The token is not of a member of staff in this database.")
        return cls(url, *row)

    def ids(self, walked: WalkedList) -> list[int]:
        """Return the ids of a list in its order."""
        return [row[0] for row in self._rows(f"SELECT id FROM {TABLE} WHERE {{}} ORDER BY {walked.order}", walked)]

    def days(self, walked: WalkedList) -> Counter[date]:
        """Return how many works of a list each day in UTC has."""
        statement = f"SELECT (created_at AT TIME ZONE 'UTC')::date, count(*) FROM {TABLE} WHERE {{}} GROUP BY 1"
        return Counter(dict(self._rows(statement, walked)))

    def newer(self, walked: WalkedList, moment: str) -> int:
        """Return how many works of a list came after a moment, up to now."""
        statement = f"SELECT count(*) FROM {TABLE} WHERE {{}} AND created_at > %(moment)s AND created_at <= now()"
        return self._rows(statement, walked, moment=moment)[0][0]

    def common_tag(self) -> str | None:
        """Return the tag that most public works have; None if none has a tag."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(COMMON_TAG).fetchone()
        return row and row[0]

    def _rows(self, statement: str, walked: WalkedList, **values: object) -> list[tuple]:
        values |= {"account": self.account, "level": self.level}
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.format(walked.condition), values).fetchall()
