"""Settings: secure unless asked otherwise, and clear about what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from genonaut import gunicorn
from genonaut.pagination import passes

ROOT = Path(__file__).resolve().parent.parent


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run manage.py as production would: with this environment and no .env beside it."""
    url = settings.DATABASE_URL
    known = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "IGNORE_DOTENV": "on"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=known | environment, capture_output=True, text=True, check=False)


def test_the_deployment_check_is_clean() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", SECRET_KEY="k" * 40 + "0123456789abcdef")
    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (0 silenced).\n")


def test_without_a_secret_key_nothing_starts_and_the_message_says_how_to_mend_it() -> None:
    checked = manage("check")
    assert checked.returncode == 1
    assert "SECRET_KEY is not set" in checked.stderr
    assert "secrets.token_urlsafe" in checked.stderr


def test_another_database_than_postgresql_is_refused() -> None:
    checked = manage("check", SECRET_KEY="k" * 50, DATABASE_URL="sqlite:///db.sqlite3")
    assert checked.returncode == 1
    assert "must name a PostgreSQL server" in checked.stderr


def test_debug_is_off_unless_asked_for_and_commands_prefer_the_direct_address() -> None:
    code = "from django.conf import settings; place = settings.DATABASES['default'];"
    code += "print(settings.DEBUG, place['HOST'], place['NAME'])"
    direct = "postgresql://u@direct.example/site"
    run = manage("shell", "-v0", "-c", code, SECRET_KEY="k" * 50, DATABASE_DIRECT_URL=direct)
    assert run.stdout == "False direct.example site\n", run.stderr


@pytest.mark.parametrize("entry", ["genonaut.asgi", "genonaut.gunicorn", "genonaut.wsgi"])
def test_every_server_limits_how_long_a_statement_may_take(entry: str) -> None:
    code = (
        f"import {entry}; from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['options'])"
    )
    known = {"PATH": os.environ["PATH"], "DATABASE_URL": settings.DATABASE_URL, "SECRET_KEY": "k" * 50}
    known["DATABASE_DIRECT_URL"] = "postgresql://u@direct.example/site?options=-c%20work_mem%3D1MB"  # for commands only
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=known, capture_output=True, text=True, check=False)
    assert run.stdout == "-c jit=off -c statement_timeout=10000\n", run.stderr


@pytest.mark.django_db
def test_tests_never_touch_the_demo_database() -> None:
    """Trap 25."""
    assert connection.settings_dict["NAME"].startswith("test_")


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_policy_allows_inline_scripts_or_styles() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = {source for sources in directives.values() for source in sources}
    assert not [source for source in allowed if "unsafe" in str(source)]


def test_the_pool_has_a_connection_for_every_thread_and_all_that_runs_behind_their_backs() -> None:
    folds = sum(hasattr(model, "rankings") and not model._meta.proxy for model in apps.get_models())
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]
    assert folds == 5
    assert pool["max_size"] >= gunicorn.threads + passes.MOST_PASSES + folds
