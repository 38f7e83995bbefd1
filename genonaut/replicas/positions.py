"""Positions in the primary's log: where a viewer's last change is, and whether a replica has come so far.

A browser carries its position in a signed cookie; programs that a token let in share a row of their account. A
position belongs to an era of the primary (genonaut/database/starts.py): after a failover the log's numbers may mean
other changes.
"""

import logging
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.models import CharField, Subquery
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse

from genonaut.api.authentication import accounts_of
from genonaut.models import WriteMark
from genonaut.replicas.cluster import WATCH

COOKIE = "position"
SIGNER = Signer(salt="genonaut.replicas.positions")
# Where a viewer's change is known to be everywhere: replicas further behind than the limit are not read.
LASTING = timedelta(seconds=60 + 2 * settings.REPLICA_LAG_SECONDS)

# Where the last record ends. At the end of a page the next one would begin behind the header of the next: 24 bytes,
# or 40 in a new file, which no replica reaches before that record is written. A record may also end 40 bytes into
# another page, with the last 16 of its own.
END = """(SELECT CASE WHEN mod(at, pg_size_bytes(current_setting('wal_segment_size'))) = 40 THEN at - 40
        WHEN mod(at, current_setting('wal_block_size')::bigint) = 24 THEN at - 24 ELSE at END
    FROM (SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS at) AS log)"""
POSITION = f"SELECT number, {END} FROM genonaut_primarystart"  # noqa: S608 - of what stands above
# It need not outlive a crash of the server: no fsync.
KEEP = f"""WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO genonaut_writemark (key, number, position, noted_at)
    SELECT %s, number, {END}, statement_timestamp()
        FROM genonaut_primarystart, quick
    ON CONFLICT (key) DO UPDATE
        SET (number, position, noted_at) = (excluded.number, excluded.position, excluded.noted_at)
"""  # noqa: S608 - of what stands above
# A later era has come over all that was left of the earlier ones.
REACHED = """SELECT pg_is_in_recovery() AND (number > %(number)s OR number = %(number)s
    AND pg_last_wal_replay_lsn() - '0/0'::pg_lsn >= %(position)s) FROM genonaut_primarystart"""

logger = logging.getLogger(__name__)


class Position(NamedTuple):
    """A place in the log of an era, in bytes."""

    number: int
    position: int

    def is_reached(self, replica: str) -> bool:
        """Return whether a replica, by its alias, has come so far. Raises django.db.Error.

        No query if it was there at the last look at it; else one of it.
        """
        if WATCH.has_passed(replica, *self):
            return True
        with connections[replica].cursor() as cursor:
            cursor.execute(REACHED, self._asdict())
            row = cursor.fetchone()
        return bool(row and row[0])


def position_of(request: HttpRequest) -> Position | None:
    """Return where the viewer's last change is; None if they changed nothing lately.

    No query for a browser; of a client with a token one of the primary. Raises django.db.Error.
    """
    positions = [_read(request.COOKIES.get(COOKIE, ""))]
    if accounts := accounts_of(request):
        marks = WriteMark.objects.filter(key=Cast(Subquery(accounts), CharField()))
        positions += [Position(*row) for row in marks.values_list("number", "position")]
    return max(filter(None, positions), default=None)


def note(request: HttpRequest, response: HttpResponse) -> None:
    """Note that the viewer changed something by now. One query of the primary; if it fails, nothing is noted.

    Only a token that let the client in has a row: strangers can send any number of others.
    """
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            if getattr(request, "auth", None) is not None:  # set by Django REST framework
                cursor.execute(KEEP, [str(request.user.pk)])
                return
            cursor.execute(POSITION)
            row = cursor.fetchone()
    except Error as error:
        logger.debug("Where a change is could not be noted: %s", error)
        return
    if row is not None:
        _hand_over(Position(*row), response)


def _hand_over(position: Position, response: HttpResponse) -> None:
    response.set_cookie(
        COOKIE,
        SIGNER.sign(f"{position.number}-{position.position}"),
        max_age=LASTING,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(text: str) -> Position | None:
    try:
        number, position = SIGNER.unsign(text).split("-")
        return Position(int(number), int(position))
    except (BadSignature, ValueError):
        return None
