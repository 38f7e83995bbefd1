#!/usr/bin/env bash
# Django: `await sync_to_async(connection.close)()` does not close the connection that sync_to_async's code has used.
#
# One would guess that the call closes the connection of the thread in which it runs, as `connection.cursor()` in a
# function that is run so uses that thread's own.
# But `connection` is a proxy: `connection.close` is looked up before the call, in the thread of the event loop, and is
# the method of that thread's connection. In the other thread it raises DatabaseError, "DatabaseWrapper objects created
# in a thread can only be used in that same thread", and the connection that was meant stays open. A function that names
# `connection` in its body closes it.
# Seen on 2026-11-30 with Django 5.2.19 and asgiref 3.13.0.
# It matters for code in an event loop that drops a dead connection: the error looks as if closing had failed, and where
# errors of the database are expected there it is passed over, and the dead connection is used again.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq Django==5.2.19 asgiref==3.13.0

cat > check.py <<'PY'
import asyncio
import sys
from importlib.metadata import version

import django
from asgiref.sync import sync_to_async
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}})
django.setup()

from django.db import DatabaseError, connection


def query():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def is_open():
    return connection.connection is not None


def close():
    connection.close()


async def seen():
    await sync_to_async(query)()
    try:
        await sync_to_async(connection.close)()
        error = "no error"
    except DatabaseError as raised:
        error = type(raised).__name__
    after_method = await sync_to_async(is_open)()
    await sync_to_async(close)()
    return error, after_method, await sync_to_async(is_open)()


error, after_method, after_function = asyncio.run(seen())
print("Django", version("django"), "asgiref", version("asgiref"))
print(f"sync_to_async(connection.close): {error}, the connection is {'open' if after_method else 'closed'}")
print(f"a function that calls connection.close(): the connection is {'open' if after_function else 'closed'}")
if (error, after_method, after_function) != ("DatabaseError", True, False):
    sys.exit("CHANGED: sync_to_async(connection.close) closes what the thread of its code has used")
PY
python check.py
