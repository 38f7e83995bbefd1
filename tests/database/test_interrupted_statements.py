"""Ctrl-C between the sending of a statement and its answer, which psycopg leaves unread."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from django.db import connection, transaction

from tests.factories import UserFactory
from users.models import User


@contextmanager
def interrupted_in(name: str) -> Iterator[None]:
    """Raise KeyboardInterrupt where a signal may: once a function of psycopg's has sent something."""

    def trace(frame: FrameType, event: str, _value: object) -> object:
        if frame.f_code.co_name != name:
            return None
        if event == "return":
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        sys.settrace(before)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_the_connection_of_an_interrupted_statement_can_be_used(transactional_db: None) -> None:
    before = backend()
    with interrupted_in("_execute_send"):
        backend()
    assert backend() == before


def test_an_interrupted_transaction_is_rolled_back(transactional_db: None) -> None:
    before = backend()
    with interrupted_in("_execute_send"), transaction.atomic():
        UserFactory()
    assert backend() == before
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["_commit_gen", "_rollback_gen"])
def test_the_connection_of_an_interrupted_end_can_be_used(transactional_db: None, name: str) -> None:
    before = backend()
    with interrupted_in(name), transaction.atomic():
        UserFactory()
        transaction.set_rollback(name == "_rollback_gen")
    assert backend() == before
    assert not connection.in_atomic_block
