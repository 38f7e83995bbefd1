"""A stranger who follows the README reads a first page: its code runs in a new project, on Django's own backend."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

from genonaut.ranking.conf import DEFAULTS
from tests import databases

README = (settings.BASE_DIR / "genonaut/ranking/README.md").read_text()
NAME = "rank_index_readme"
SETTINGS = """
import os
from psycopg.conninfo import conninfo_to_dict
url = conninfo_to_dict(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url["dbname"],
        "USER": url.get("user", ""),
        "PASSWORD": url.get("password", ""),
        "HOST": url.get("host", ""),
        "PORT": url.get("port", ""),
    }
}
INSTALLED_APPS = ["pgtrigger", "genonaut.ranking", "photos"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
RANK_INDEX = {"LEAF_ROWS": 8}
USE_TZ = True
"""
MANAGE = "import sys; from django.core.management import execute_from_command_line as run; run(sys.argv)"
FIRST_PAGE = """
import django
django.setup()
from datetime import datetime, timedelta, timezone
from photos.models import Photo
start = datetime(2026, 1, 1, tzinfo=timezone.utc)
Photo.objects.bulk_create(Photo(taken_at=start + timedelta(days=day), is_private=day % 4 == 0) for day in range(400))
{code}
print(result.total, len(result.keys), max(photo.taken_at for photo in photos.values()).date())
print(Photo.rankings.leaf_rows)
"""


@pytest.fixture
def url(django_db_setup: None) -> Iterator[str]:
    """An empty database."""
    with databases.server() as server:
        databases.create(server, NAME, "template1")
        yield urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{NAME}"))
        databases.drop(server, NAME)


def code_of_the_first_steps() -> list[str]:
    section = README.partition("## From nothing to a first page")[2].partition("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in blocks]


def test_the_first_steps_lead_to_a_page(url: str, tmp_path: Path) -> None:
    _, models, migration, page = code_of_the_first_steps()
    for name, text in {
        "stranger.py": SETTINGS,
        "photos/__init__.py": "",
        "photos/models.py": models,
        "photos/migrations/__init__.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    path = f"{tmp_path}{os.pathsep}{settings.BASE_DIR}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "stranger", "PYTHONPATH": path}

    def run(code: str, *arguments: str) -> str:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    run(MANAGE, "check", "--fail-level", "WARNING")
    run(MANAGE, "makemigrations", "photos")
    (tmp_path / "photos/migrations/0002_build.py").write_text(migration)
    run(MANAGE, "migrate", "--verbosity", "0")
    # 300 photos are public; of them 100 are later than the page's first.
    said = run(FIRST_PAGE.format(code=page.replace("4_000_000", "100"))).split()
    assert said == ["300", "50", "2026-09-24", "8"]
    assert "every count is right" in run(MANAGE, "rankings", "verify")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    section = README.partition("\n## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", section, re.MULTILINE)
    assert {name: int(default.replace(",", "")) for name, default in rows} == DEFAULTS
