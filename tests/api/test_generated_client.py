"""A client that openapi-python-client makes from the schema imports whole and works."""

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.core.wsgi import get_wsgi_application
from rest_framework.authtoken.models import Token

from tests.api.endpoints import CONTENT, ENDPOINTS, USERS, Endpoint
from users.models import User

NAME = "genonaut_client"


@pytest.fixture(scope="session")
def package(schema: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The generated package, with every module imported."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "schema.json").write_text(json.dumps(schema))
    # Formatting what was made is left out; anything that the generator passes over is an error.
    (folder / "config.json").write_text('{"post_hooks": []}')
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "schema.json", "--meta", "none"]
    options = ["--config", "config.json", "--output-path", NAME, "--fail-on-warning"]
    subprocess.run([*command, *options], cwd=folder, check=True, capture_output=True, text=True)
    sys.path.insert(0, str(folder))
    made = importlib.import_module(NAME)
    for module in pkgutil.walk_packages(made.__path__, f"{NAME}."):
        importlib.import_module(module.name)
    yield made
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def transport(connections_stay_open: None) -> httpx.WSGITransport:
    """The site without a server."""
    return httpx.WSGITransport(get_wsgi_application())


@pytest.fixture
def client_for(package: ModuleType, transport: httpx.WSGITransport) -> Callable[[User | None], Any]:
    """Return a generated client that asks as a user, or as nobody."""

    def make(user: User | None) -> Any:
        options = {
            "base_url": "http://testserver",
            "raise_on_unexpected_status": True,
            "httpx_args": {"transport": transport},
        }
        if user is None:
            return package.Client(**options)
        token, _ = Token.objects.get_or_create(user=user)
        return package.AuthenticatedClient(**options, token=token.key, prefix="Token")

    return make


def function(endpoint: Endpoint, action: str) -> Callable[..., Any]:
    """Return the client's function for an endpoint's action."""
    tag = endpoint.name.replace("-", "_")
    return sys.modules[f"{NAME}.api.{tag}.{tag}_{action}"].sync


def walk(endpoint: Endpoint, client: Any, *, by: str) -> Iterator[Any]:
    """Give the rows of a list, page after page."""
    place: dict[str, Any] = {}
    for _ in range(50):
        page = function(endpoint, "list")(client=client, page_size=3, **place)
        yield from page.items
        following = page.pagination.next_page if by == "page" else page.pagination.next_cursor
        if following is None:
            return
        place = {by: following}
    raise AssertionError(f"{endpoint} has no end")


def test_the_generated_client_has_every_operation(package: ModuleType, schema: dict[str, Any]) -> None:
    names = {operation["operationId"] for item in schema["paths"].values() for operation in item.values()}
    made = {module.name for module in pkgutil.walk_packages(package.__path__, f"{NAME}.") if ".api." in module.name}
    assert {name.rpartition(".")[2] for name in made} >= names
    models = len(list(Path(package.__path__[0], "models").glob("*.py")))
    assert models > len(schema["components"]["schemas"])


def test_the_generated_client_walks_every_list_with_everything_null(
    client_for: Callable, world: list[User | None]
) -> None:
    nulls = set()
    for user in world:
        client = client_for(user)
        for endpoint in ENDPOINTS:
            if user is None and not endpoint.is_public:
                assert function(endpoint, "list")(client=client).status == 401
                continue
            whole = function(endpoint, "list")(client=client, page_size=1000).items
            rows = list(walk(endpoint, client, by="page"))
            assert [row.id for row in rows] == [row.id for row in whole]
            assert [row.id for row in walk(endpoint, client, by="cursor")] == [row.id for row in whole]
            rows += [function(endpoint, "retrieve")(row.id, client=client) for row in rows]
            nulls |= {(endpoint.name, name) for row in rows for name, value in row.to_dict().items() if value is None}
    of_works = (
        *("creator", "quality_score", "stack", "stack_size", "source_id", "picture", "file", "placeholder"),
        *("generation", "seed"),
    )
    assert nulls == {
        *((name, member) for name in ("content", "content-auto") for member in of_works),
        *(("interactions", name) for name in ("user", "username", "content", "title", "rating", "duration_seconds")),
        ("users", "picture"),
        *(("interactions", name) for name in ("parent", "edited_at")),
        *(("generation-jobs", name) for name in ("result", "batch", "parent", "error", "started_at", "finished_at")),
    }


def test_the_generated_client_writes_and_is_told_what_is_wrong(
    package: ModuleType, client_for: Callable, alice: User
) -> None:
    client, models = client_for(alice), package.models
    body = models.ContentItemRequest(title="Lighthouse", content_type=models.ContentTypeEnum.IMAGE, tags=["sea"])
    item = function(CONTENT, "create")(client=client, body=body)
    change = models.PatchedContentItemRequest(is_private=True)
    changed = function(CONTENT, "partial_update")(item.id, client=client, body=change)
    assert (item.creator.username, item.is_private, changed.is_private, changed.tags) == ("alice", False, True, ["sea"])
    assert function(CONTENT, "position")(item.id, client=client).position == 1
    assert [bar.count for bar in function(CONTENT, "histogram")(client=client).items] == [1]
    problem = function(CONTENT, "list")(client=client, page=9)
    assert (type(problem), problem.status, problem.total_pages) == (models.Problem, 404, 1)
    problem = function(CONTENT, "list")(client=client, page=1, cursor="x")
    assert list(problem.errors.to_dict()) == ["cursor"]
    own, other = (
        function(USERS, "retrieve")(pk, client=one) for pk, one in (("me", client), (str(alice.pk), client_for(None)))
    )
    assert (type(own), type(other)) == (models.Account, models.PublicUser)
