"""Partitioned tables move with their keys, what refers to them, and the indexes of all parts."""

from genonaut.moving import schema, steps
from genonaut.moving.servers import Server
from tests.moving.following import wait_until_followed
from tests.processes import WAIT_SECONDS

PARTITIONED = """
CREATE TABLE item (id bigint PRIMARY KEY, title text NOT NULL) PARTITION BY HASH (id);
CREATE TABLE item_0 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE item_1 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX item_title ON item (title, id);
CREATE TABLE item_like (id int PRIMARY KEY, item_id bigint NOT NULL REFERENCES item (id));
INSERT INTO item SELECT number, 'Item ' || number FROM generate_series(1, 10) AS number;
INSERT INTO item_like VALUES (1, 10);
"""
# Of an index that lacks a part this is false.
VALID = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indrelid IN ('item'::regclass, 'item_0'::regclass, 'item_1'::regclass) AND indisvalid ORDER BY 1
"""


def test_a_partitioned_table_moves_with_its_keys_and_indexes(servers: tuple[Server, Server]) -> None:
    old, new = servers
    old.connection.execute(PARTITIONED)
    steps.prepare(old, new, [].append, is_shown=False)
    assert new.rows(VALID) == old.rows(VALID)
    steps.prepare(old, new, [].append, is_shown=False)  # as after an interruption
    assert schema.differences(old, new) == []
    steps.switch(old, new, [].append, patience=WAIT_SECONDS, compares=True)
    new.run("INSERT INTO item VALUES (11, 'Item 11')")
    new.run("INSERT INTO item_like VALUES (2, 11)")
    wait_until_followed(new, old)
    steps.switch(new, old, [].append, patience=WAIT_SECONDS, compares=True)
    assert old.rows("SELECT item_id, title FROM item_like JOIN item ON item.id = item_id ORDER BY 1") == [
        (10, "Item 10"),
        (11, "Item 11"),
    ]
