"""Settings: secure unless asked otherwise, and clear about what is missing."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from genonaut import environment, gunicorn
from genonaut.pagination.anchors import scheduler

ROOT = Path(__file__).resolve().parent.parent


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run manage.py as production would: with this environment and no .env beside it."""
    url = settings.DATABASE_URL
    known = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "IGNORE_DOTENV": "on"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=known | environment, capture_output=True, text=True, check=False)


def check_deployment(**environment: str) -> subprocess.CompletedProcess:
    """Run the deployment check, with a key."""
    key = "k" * 40 + "0123456789abcdef"
    return manage("check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=key, **environment)


def test_the_deployment_check_of_the_example_is_clean() -> None:
    lines = (ROOT / "deploy/systemd/environment.example").read_text().splitlines()
    shown = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert not shown.pop("SECRET_KEY")
    checked = check_deployment(**shown | {"DATABASE_URL": settings.DATABASE_URL})
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


def test_a_setting_that_cannot_be_used_is_refused_by_its_name_without_a_traceback() -> None:
    checked = manage("check", SECRET_KEY="k" * 50, WEB_THREADS="abc")
    assert (checked.returncode, checked.stderr) == (
        1,
        "WEB_THREADS must be a whole number from 1 to 2147483647; it is 'abc'.\n",
    )


def read_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> dict[str, object]:
    """Return the settings that an environment makes. Raises ImproperlyConfigured."""
    known = {"DATABASE_URL": "postgresql://u@localhost/x", "IGNORE_DOTENV": "on", "SECRET_KEY": "k" * 50}
    for name, value in (known | values).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "genonaut" / "settings.py"))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("WEB_THREADS", ["abc", "0", "-3", "1e3", "1.5", "٣", "9" * 11]),
        ("DATABASE_POOL_SIZE", ["abc", "0"]),
        ("STATEMENT_TIMEOUT_MS", ["10s", "-1", "2147483648"]),
        ("PREFETCHES_AT_ONCE", ["x"]),
        ("EVENT_STREAMS", ["x"]),
        ("EVENT_SECONDS", ["0", "601"]),
        ("GENERATION_WORKERS", ["x", "-1", "65"]),
        ("TOKEN_DAYS", ["0", "99999999"]),
        ("SIGN_UP", ["maybe", "on"]),
        ("ACCOUNT_EMAIL_VERIFICATION", ["some", "optional"]),  # no mail server is set
        ("EMAIL_URL", ["mail.example.org", "pigeon://host", "smtp://host:port"]),
        ("MAX_BODY_BYTES", ["0", "2.5M"]),
        ("NUM_PROXIES", ["-1", "yes"]),
        ("HTTPS", ["enabled"]),
        ("UPLOADS_DIR", ["shared", "/srv/../uploads", "/etc/passwd"]),
        ("DEBUG", ["maybe"]),
        ("TRUST_X_FORWARDED_PROTO", ["x"]),
        ("DATABASE_KEEPS_PLANS", ["auto"]),
        ("FORCE_SCRIPT_NAME", ["gallery", "/a?b", "//example.org", "https://example.org/"]),
        ("THROTTLE_TOKEN", ["60", "hour", "-1/hour"]),
        ("LOG_LEVEL", ["LOUD"]),
        ("LOG_FORMAT", ["xml"]),
        ("LOG_REQUESTS", ["some"]),
        ("TRUST_X_REQUEST_ID", ["x"]),
        ("METRICS_TOKEN", ["short", "sixteen letters and blanks"]),
        ("METRICS_PORT", ["65536", "http"]),
        ("SLOW_STATEMENT_MS", ["1s", "-1"]),
        ("CLIENT_COUNTS", ["some"]),
        ("ALLOWED_HOSTS", ["https://example.org", "example.org:8000", "a.org b.org", "*.example.org", "::1"]),
        ("CSRF_TRUSTED_ORIGINS", ["example.org", "https://a.org https://b.org", "https://a.org/gallery"]),
        ("COMFYUI_URLS", ["comfy:8188", "ftp://comfy", "http://", "http://a:99999", "http://a?b", "http://a, b"]),
    ],
)
def test_each_setting_refuses_what_it_cannot_be(monkeypatch: pytest.MonkeyPatch, name: str, values: list[str]) -> None:
    default = read_settings(monkeypatch)
    assert read_settings(monkeypatch, **{name: " "}).keys() == default.keys()
    for value in values:
        with pytest.raises(ImproperlyConfigured, match=f"^{name} must be "):
            read_settings(monkeypatch, **{name: value})


def test_without_files_of_the_demo_there_are_no_synthetic_works(monkeypatch: pytest.MonkeyPatch) -> None:
    read = [read_settings(monkeypatch, DEMO_FILES=files)["DEMO_ROWS"] for files in ("0", "1")]
    assert read == [0, 5_000]


def test_a_site_without_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_WORKERS", "0")
    with pytest.raises(ImproperlyConfigured, match=r"^WEB_WORKERS must be a whole number from 1 "):
        runpy.run_path(gunicorn.__file__)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_DIRECT_URL"])
@pytest.mark.parametrize("url", ["garbage", "postgresql://u:pa/ss@h/d", "postgresql://u:word@h:port/d"])
def test_a_url_of_no_database_is_refused_by_its_name_and_not_repeated(name: str, url: str) -> None:
    values = {"DATABASE_URL": "postgresql://u@localhost/x", "SECRET_KEY": "k" * 50, name: url}
    checked = manage("check", **values)
    such_as = "as in postgresql://user:password@host/name; in a password %2F is a slash, %40 an @"
    assert (checked.returncode, checked.stderr) == (1, f"{name} must name a PostgreSQL server, {such_as}.\n")


@pytest.mark.parametrize("scheme", environment.POSTGRESQL)
def test_each_scheme_of_a_database_becomes_one_that_its_programs_take(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    read = read_settings(monkeypatch, DATABASE_URL=f"{scheme}u@localhost/x", DATABASE_DIRECT_URL=f"{scheme}u@direct/x")
    hosts = [conninfo_to_dict(read[name])["host"] for name in ("DATABASE_URL", "DATABASE_DIRECT_URL")]
    assert hosts == ["localhost", "direct"]


def test_lists_are_read_with_spaces_and_empty_ones_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
    default = read_settings(monkeypatch)
    for empty in ("", " ", " , "):
        read = read_settings(monkeypatch, **dict.fromkeys(names, empty))
        assert [read[name] for name in names] == [default[name] for name in names]
    read = read_settings(monkeypatch, ALLOWED_HOSTS="a.org, .b.org,[::1]", CSRF_TRUSTED_ORIGINS=" https://a.org/ ")
    assert [read[name] for name in names] == [["a.org", ".b.org", "[::1]"], ["https://a.org"]]


def test_a_dollar_is_a_dollar_and_no_name_of_another_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("SECRET_KEY", "DEFAULT_FROM_EMAIL")
    read = read_settings(monkeypatch, **dict.fromkeys(names, "$USER"), USER="alice")
    assert [read[name] for name in names] == ["$USER", "$USER"]


def test_a_file_fills_in_what_the_environment_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"LOG_LEVEL": "ERROR"})
    monkeypatch.setattr(environment.environ.Env, "ENVIRON", os.environ)
    file = tmp_path / ".env"
    environment.read_file(file)  # there need be none
    file.write_text("# ours\nLOG_LEVEL=INFO\nexport SIGN_UP='closed'\n")
    environment.read_file(file)
    assert os.environ == {"LOG_LEVEL": "ERROR", "SIGN_UP": "closed"}


@pytest.mark.parametrize("line", ["EMAIL_URL = word", " EMAIL_URL=word", "export  EMAIL_URL=word", "EMAIL_URL =word"])
def test_a_line_of_a_file_with_spaces_around_its_name_is_refused_without_its_value(tmp_path: Path, line: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# ours\n{line}\n")
    with pytest.raises(ImproperlyConfigured, match=r"line 2: write EMAIL_URL=, without spaces") as refused:
        environment.read_file(file)
    assert "word" not in str(refused.value)


def test_a_blank_url_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(monkeypatch, DATABASE_DIRECT_URL=" ")["DATABASES"]["default"]["NAME"] == "x"


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
    models = [model for model in apps.get_models() if not model.__module__.startswith("tests.")]
    compactions = sum(hasattr(model, "rankings") and not model._meta.proxy for model in models)
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]
    assert compactions == 10
    assert pool["max_size"] >= gunicorn.threads + scheduler.MOST_BUILDS + scheduler.MOST_SHORT_BUILDS + compactions
