"""The documentation tells the truth: the examples of docs/api.md answer as it says, and every link leads somewhere."""

import json
import re
from configparser import ConfigParser
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.urls import get_resolver
from rest_framework.test import APIClient

from content.importing.records import Record
from content.listings import ContentListing
from genonaut.api.schema import listing_parameters
from genonaut.flags import Flag
from genonaut.http.large_bodies import LargeBody, most_bytes
from tests.factories import EPOCH, ContentItemFactory, minutes_after_epoch
from users.models import User

ROOT = Path(__file__).resolve().parent.parent
API = (ROOT / "docs/api.md").read_text()
OPERATING = (ROOT / "docs/operating.md").read_text()
ANYTHING = "..."
# An address of each kind of large body.
LARGE_BODIES = {
    LargeBody.NEW_ITEM: "/api/v1/content/",
    LargeBody.UPLOAD_PAGE: "/upload/",
    LargeBody.NEW_UPLOAD: "/api/v1/uploads/",
    LargeBody.WORKFLOW_FORM: "/admin/generation/workflow/7/change/",
    LargeBody.ACCOUNT_PICTURE: "/accounts/me/picture/",
    LargeBody.USER_PICTURE: "/api/v1/users/7/picture/",
    LargeBody.PIECE: "/api/v1/uploads/00000000-0000-4000-8000-000000000000/",
}


class Example(NamedTuple):
    """One request of the documentation and the answer it promises."""

    method: str
    url: str
    viewer: str
    body: Any
    status: int
    media_type: str
    answer: Any


def parse(block: str) -> Example:
    """Return the example in a fenced block."""
    request, response = re.split(r"^HTTP/1\.1 ", block, maxsplit=1, flags=re.MULTILINE)
    head, _, body = request.strip().partition("\n\n")
    method, url = head.splitlines()[0].split()
    viewer = re.search(r"^Authorization: (\w+)$", head, re.MULTILINE)
    status_line, _, answer = response.partition("\n\n")
    media_type = re.search(r"^Content-Type: (\S+)$", status_line, re.MULTILINE)
    return Example(
        method,
        url,
        viewer[1] if viewer else "",
        json.loads(body) if body else None,
        int(status_line[:3]),
        media_type[1] if media_type else "",
        json.loads(answer),
    )


def matches(said: Any, found: Any) -> bool:
    """Return whether an answer is what the documentation says, where `...` is anything."""
    if said == ANYTHING:
        return True
    if isinstance(said, dict):
        return isinstance(found, dict) and said.keys() == found.keys() and all(matches(said[k], found[k]) for k in said)
    if isinstance(said, list) and isinstance(found, list):
        if said and said[-1] == ANYTHING:
            return len(found) >= len(said) - 1 and all(map(matches, said[:-1], found))
        return len(said) == len(found) and all(map(matches, said, found))
    return said == found


EXAMPLES = [parse(block) for block in re.findall(r"^```http\n(.*?)^```", API, re.MULTILINE | re.DOTALL)]


@pytest.fixture
def gallery(alice: User) -> User:
    """Six public works of alice's, and a private one that no example may show."""
    alice.created_at = EPOCH
    alice.save()
    for number in range(1, 7):
        ContentItemFactory(
            title=f"Item {number}",
            creator=alice,
            seed=1,
            quality_score=0.75,
            created_at=minutes_after_epoch(number),
            tags=["Sea"] if number == 1 else [],
        )
    ContentItemFactory(title="Private", creator=alice, is_private=True)
    return alice


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.method} {example.url} {example.status}")
def test_an_example_answers_as_documented(gallery: User, api: APIClient, example: Example) -> None:
    if example.viewer:
        api.force_authenticate(gallery)
    answer = api.generic(
        example.method, example.url, json.dumps(example.body) if example.body else "", content_type="application/json"
    )
    assert (answer.status_code, answer["Content-Type"]) == (example.status, example.media_type)
    assert matches(example.answer, answer.json()), answer.json()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 9


@pytest.mark.parametrize("name", [parameter["name"] for parameter in listing_parameters(ContentListing)])
def test_every_parameter_of_content_is_documented(name: str) -> None:
    assert f"`{name}`" in API


@pytest.mark.parametrize("kind", LargeBody)
def test_nginx_takes_each_large_body_as_documented(kind: LargeBody) -> None:
    assert re.fullmatch(kind.value[1], LARGE_BODIES[kind])
    locations = re.findall(r"location ~ (\S+) \{\n *client_max_body_size (\d+)m;", OPERATING)
    [mebibytes] = [int(size) for location, size in locations if re.match(location, LARGE_BODIES[kind])]
    assert mebibytes * 2**20 >= most_bytes(kind, has_credentials=True)


def test_nginx_takes_the_longest_headers_of_answers_as_documented() -> None:
    """A cookie of 4 KB and an address that repeats a search; it takes as much as one page of memory unless told."""
    assert re.findall(r"proxy_\w*buffer\w* .*?(\d+)k;", OPERATING) == ["64", "64", "128"]


def test_every_endpoint_is_documented() -> None:
    router_urls = {
        re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", f"/api/v1/{pattern.pattern}".replace("^", "").replace("$", ""))
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "app_name", None) == "api"
        for included in resolver.url_patterns
        for pattern in getattr(included, "url_patterns", [])
        if pattern.name and pattern.name.endswith("-list")
    }
    assert len(router_urls) == 11
    assert {url for url in router_urls if f"`{url}`" not in API} == set()


def markdown_links() -> list[tuple[Path, str]]:
    """Return every relative link of README and docs/ with the file it stands in."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = [(file, link) for file in files for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read_text())]
    return [(file, link) for file, link in found if "://" not in link]


@pytest.mark.parametrize(("file", "link"), markdown_links(), ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_a_link_leads_somewhere(file: Path, link: str) -> None:
    assert (file.parent / link).exists()


SOP = "developer.md#feature-switches-the-sop"


def test_the_procedure_stands_in_one_place_and_the_others_lead_there() -> None:
    assert "\n## Feature switches: the SOP\n" in (ROOT / "docs/developer.md").read_text()
    assert f"]({SOP})" in API
    sops = (ROOT / "docs/frontend/sops.md").read_text()
    assert f"](../{SOP})" in sops and "waffle_switch" not in sops
    last_line = (ROOT / "docs/frontend/overview.md").read_text().strip().splitlines()[-1]
    assert "](sops.md)" in last_line


@pytest.mark.parametrize("flag", Flag)
def test_the_procedure_knows_every_switch(flag: Flag) -> None:
    chapter = (
        (ROOT / "docs/developer.md").read_text().partition("## Feature switches: the SOP")[2].partition("\n## ")[0]
    )
    rows = [line for line in chapter.splitlines() if line.startswith(f"| `{flag}` |")]
    assert len(rows) == 3  # what it does, how to verify it, what to watch


@pytest.mark.parametrize("field", fields(Record), ids=lambda field: field.name)
def test_every_field_of_a_list_is_documented(field: Field) -> None:
    importing = (ROOT / "docs/importing.md").read_text()
    table = importing.partition("| field | meaning |")[2].partition("\n\n")[0]
    assert f"`{field.name}`" in table


@pytest.mark.parametrize(
    ("page", "command"),
    [("pgbouncer.md", "systemctl disable --now pgbouncer"), ("failover.md", "systemctl restart haproxy")],
)
def test_services_that_a_package_starts_are_stopped_or_started_again(page: str, command: str) -> None:
    assert f"    {command}" in (ROOT / "docs" / page).read_text()


def unit(path: str) -> ConfigParser:
    """Read a unit of systemd."""
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read_string((ROOT / "deploy" / path).read_text())
    return parser


def test_pgbouncer_s_unit_ends_that_of_the_package() -> None:
    assert unit("pgbouncer/genonaut-pgbouncer.service")["Unit"]["Conflicts"] == "pgbouncer.service"


@pytest.mark.parametrize(
    ("name", "starts"),
    [("genonaut", "-m gunicorn -c python:genonaut.gunicorn "), ("genonaut-worker", "manage.py worker ")],
)
def test_a_unit_can_be_enabled_and_reads_no_dotenv(name: str, starts: str) -> None:
    parser = unit(f"systemd/{name}.service")
    service = parser["Service"]
    assert service["ExecStart"].startswith(f"{service['WorkingDirectory']}/.venv/bin/python {starts}")
    assert (service["Environment"], parser["Install"]["WantedBy"]) == ("IGNORE_DOTENV=on", "multi-user.target")


def test_an_upgrade_installs_collects_and_migrates() -> None:
    upgrading = (ROOT / "docs/upgrading.md").read_text()
    commands = ("-m pip install -r requirements.txt", "manage.py collectstatic --noinput", "manage.py migrate\n")
    positions = [upgrading.index(f"    .venv/bin/python {command}") for command in commands]
    assert positions == sorted(positions)
