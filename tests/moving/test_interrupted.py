"""A move whose process was killed goes on with the same command."""

import pytest

from genonaut.moving import replication, schema, steps
from genonaut.moving.errors import MoveError
from genonaut.moving.servers import Server


class Killed(BaseException):
    """Ends a step where a test wants it, as nothing in the program expects."""


def test_prepare_goes_on_before_the_target_subscribed(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = servers
    slots = "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')"

    def begin(publisher: Server, *_rest: object, **_options: object) -> None:
        publisher.rows(slots, [replication.NAME])
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(replication, "begin", begin)
        steps.prepare(old, new, [].append, is_shown=False)
    new.run("INSERT INTO counted VALUES (7, 7)")
    with pytest.raises(MoveError, match="The target database is not empty"):
        steps.prepare(old, new, [].append, is_shown=False)
    new.run("TRUNCATE counted")
    steps.prepare(old, new, [].append, is_shown=False)
    assert new.value("SELECT count(*) FROM work") == 100
    assert schema.differences(old, new) == []
