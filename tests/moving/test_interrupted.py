"""A move whose process was killed goes on with the same command."""

import pytest

from genonaut.moving import replication, schema, steps
from genonaut.moving.errors import MoveError
from genonaut.moving.servers import Server
from tests.moving.following import wait_until_followed
from tests.processes import WAIT_SECONDS

SLOT = "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')"


class Killed(BaseException):
    """Ends a step where a test wants it, as nothing in the program expects."""


def test_prepare_goes_on_before_the_target_subscribed(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = servers

    def begin(publisher: Server, *_rest: object, **_options: object) -> None:
        publisher.rows(SLOT, [replication.NAME])
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


@pytest.mark.parametrize("part", ["before", "subscription", "slot"])
def test_a_switch_goes_on_that_was_killed_as_it_turned_around(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    old, new = servers
    steps.prepare(old, new, [].append, is_shown=False)

    def turn_around(source: Server, target: Server) -> None:
        """Do a part of it, and none of the mending that a killed process cannot do."""
        source.set_read_only(is_on=True)
        if part == "subscription":
            target.run("DROP SUBSCRIPTION {}", replication.NAME)
        elif part != "before":
            replication.end(source, target)
            target.rows(SLOT, [replication.NAME])
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(steps, "_turn_around", turn_around)
        steps.switch(old, new, [].append, patience=WAIT_SECONDS, compares=False)
    assert old.is_held()  # else sessions that began as writers would go on
    with pytest.raises(MoveError, match="Both databases are read-only"):
        steps.finish(old, new, [].append)
    steps.switch(old, new, [].append, patience=WAIT_SECONDS, compares=True)
    assert (old.is_read_only(), new.is_read_only()) == (True, False)
    new.run("INSERT INTO work (title) VALUES ('New')")
    wait_until_followed(new, old)
    steps.switch(new, old, [].append, patience=WAIT_SECONDS, compares=True)
    assert old.value("SELECT count(*) FROM work") == 101


def test_a_switch_does_not_go_on_from_a_preparation(servers: tuple[Server, Server]) -> None:
    old, new = servers
    old.set_read_only(is_on=True)
    new.set_read_only(is_on=True)
    with pytest.raises(MoveError, match="does not follow"):
        steps.switch(old, new, [].append, patience=WAIT_SECONDS, compares=False)
