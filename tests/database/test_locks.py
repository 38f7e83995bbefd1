"""Locks of the whole database are held as long as their block, however long that is."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from genonaut.database.locks import try_lock
from tests.processes import database_url

KIND = 0x74657374


@pytest.fixture
def idle_transactions_end(transactional_db: None) -> Iterator[None]:
    """Have the server end transactions that do nothing for a moment, as operators let it."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    setting = "idle_in_transaction_session_timeout"
    with psycopg.connect(database_url(), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} SET {setting} = '50ms'")
        yield
        server.execute(f"ALTER DATABASE {name} RESET {setting}")


@pytest.mark.usefixtures("idle_transactions_end")
def test_a_lock_outlasts_the_limit_of_idle_transactions() -> None:
    with psycopg.connect(database_url(), autocommit=True) as other, try_lock(KIND) as is_free:
        assert is_free
        other.execute("SELECT pg_sleep(0.3)")
        assert other.execute("SELECT pg_try_advisory_lock(%s, 0)", [KIND]).fetchone() == (False,)
