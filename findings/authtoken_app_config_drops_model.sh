#!/usr/bin/env bash
# rest_framework.authtoken: naming its AppConfig in INSTALLED_APPS removes the Token model.
#
# One would guess that "rest_framework.authtoken" and "rest_framework.authtoken.apps.AuthTokenConfig" are the
# same entry, as for every other Django app, and that apps.is_installed() settles whether it is there.
# The models test for the literal string in settings.INSTALLED_APPS. With the AppConfig, or a subclass of it,
# Token is abstract: `check` reports nothing, `migrate` still creates the table, the app has no models, and
# `makemigrations` proposes to delete Token. The first query fails with an AttributeError.
# Seen on 2026-11-28 with djangorestframework 3.18.3 and Django 5.2.19.
# It matters to a project that subclasses the AppConfig for another verbose_name or default_auto_field.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq django==5.2.19 djangorestframework==3.18.3

cat > check.py <<'PY'
import io
import sys
from importlib.metadata import version

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", sys.argv[1]],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from rest_framework.authtoken.models import Token

if sys.argv[2] == "concrete":
    print("django", version("django"), "djangorestframework", version("djangorestframework"))
    print("expected: a Token model with either entry")
call_command("check", stdout=io.StringIO())
call_command("migrate", verbosity=0)
output = io.StringIO()
call_command("makemigrations", dry_run=True, stdout=output)
state = {
    "installed": apps.is_installed("rest_framework.authtoken"),
    "table": "authtoken_token" in connection.introspection.table_names(),
    "abstract": Token._meta.abstract,
    "manager": hasattr(Token, "objects"),
    "deletes": "Delete model Token\n" in output.getvalue(),
}
print(f"seen: {sys.argv[1]}: {state}")
abstract = sys.argv[2] == "abstract"
if state != {"installed": True, "table": True, "abstract": abstract, "manager": not abstract, "deletes": abstract}:
    sys.exit(f"CHANGED: {sys.argv[1]} gives another state")
PY
cat > tokens.py <<'PY'
from rest_framework.authtoken.apps import AuthTokenConfig


class TokensConfig(AuthTokenConfig):
    verbose_name = "API keys"
PY
python check.py rest_framework.authtoken concrete
python check.py rest_framework.authtoken.apps.AuthTokenConfig abstract
python check.py tokens.TokensConfig abstract
