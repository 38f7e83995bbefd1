"""What stands between the site and the test's server: a PgBouncer, a proxy."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from psycopg.conninfo import conninfo_to_dict

from tests import pgbouncer
from tests.database.proxy import Proxy
from tests.pgbouncer import PgBouncer
from tests.processes import database_url


@pytest.fixture(scope="module")
def pooler(django_db_setup: None) -> Iterator[PgBouncer]:
    """A PgBouncer in transaction mode: 4 server connections with a limit of 25 s, whatever clients ask for."""
    if pgbouncer.find() is None:
        pytest.fail(pgbouncer.MISSING, pytrace=False)
    limits = {"default_pool_size": 4, "ignore_startup_parameters": "options"}
    with PgBouncer(database_url(), connect_query="SET statement_timeout=25000", **limits) as running:
        yield running


@contextmanager
def connecting_through(port: int) -> Iterator[None]:
    """Let the site connect to a port of loopback."""
    place = connections.settings["default"]
    before = {name: place[name] for name in ("HOST", "PORT", "OPTIONS")}
    connection.close()
    connection.close_pool()
    options = {**place["OPTIONS"], "sslmode": "disable", "gssencmode": "disable", "connect_timeout": 20}
    place.update({"HOST": "127.0.0.1", "PORT": str(port), "OPTIONS": options})
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        place.update(before)


@contextmanager
def connecting_to(url: str) -> Iterator[None]:
    """Let the site connect to the address of a URL: hosts, ports, role and database."""
    place = connections.settings["default"]
    known = conninfo_to_dict(url)
    options = {**place["OPTIONS"], "sslmode": known["sslmode"], "gssencmode": "disable", "connect_timeout": 20}
    values = {
        **{"HOST": known["host"], "PORT": known["port"], "NAME": known["dbname"]},
        **{"USER": known["user"], "PASSWORD": known["password"], "OPTIONS": options},
    }
    before = {name: place[name] for name in values}
    connection.close()
    connection.close_pool()
    place.update(values)
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        place.update(before)


@pytest.fixture
def through_pooler(transactional_db: None, pooler: PgBouncer) -> Iterator[None]:
    """Let the site connect through the pooler."""
    with connecting_through(pooler.port):
        yield


@pytest.fixture
def proxy(transactional_db: None) -> Iterator[Proxy]:
    """A proxy that the site connects through."""
    proxy = Proxy(database_url())
    with connecting_through(proxy.port):
        yield proxy
        proxy.thaw()
    proxy.stop()
