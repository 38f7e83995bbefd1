"""A primary, two replicas, and the site before them in a process of its own."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from django.core.signing import Signer

from tests.replicas import Cluster, replicated
from tests.stress.servers import serving

GUNICORN = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:{port}"]
PASSWORD = "hers, and a long one"
METRICS_TOKEN = "of-those-who-may-see-metrics"
# Ends what hangs, and nothing that is slow.
WAIT_SECONDS = 120
# Viewers that are told apart by their session, though none is signed in: enough for each of two replicas to have some.
STRANGERS = [f"stranger{number}" for number in range(8)]
ASKED = """SELECT count(*) FROM pg_stat_activity WHERE strpos(query, 'content_contentitem') > 0
    AND query_start > %s::timestamptz AND pid <> pg_backend_pid()"""


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def at(number: int, position: int) -> dict[str, str]:
    """Return the cookie of a viewer whose last change is at a position of an era."""
    return {"position": Signer(salt="genonaut.replicas.positions").sign(f"{number}-{position}")}


@dataclass
class Site:
    """The site before a primary and its replicas."""

    cluster: Cluster
    address: str
    clients: list[httpx.Client] = field(default_factory=list)

    def viewer(self, **cookies: str) -> httpx.Client:
        """Return a browser, or a client of the API."""
        self.clients.append(httpx.Client(base_url=self.address, cookies=cookies, timeout=WAIT_SECONDS))
        return self.clients[-1]

    def strangers(self) -> list[httpx.Client]:
        """Return viewers who are not signed in, some for each replica."""
        return [self.viewer(sessionid=name) for name in STRANGERS]

    def wait_until_replicas_are_read(self) -> None:
        """Wait until each replica has replayed everything, and answers strangers: the site looks twice a second."""
        self.cluster.catch_up()
        since = self.cluster.primary.ask("SELECT clock_timestamp()::text")

        def are_read() -> bool:
            assert {stranger.get("/api/v1/content/").status_code for stranger in self.strangers()} == {200}
            return all(replica.ask(ASKED, since) for replica in self.cluster.replicas)

        until(are_read)

    def member(self, name: str = "") -> tuple[str, httpx.Client]:
        """Return a new account's name, and a client with its token."""
        name, client = name or f"m{secrets.token_hex(6)}", self.viewer()
        known = {"username": name, "password": PASSWORD}
        assert client.post("/api/v1/users/", json={**known, "email": f"{name}@example.org"}).status_code == 201
        token = client.post("/api/v1/auth/token/", json=known).json()["token"]
        client.headers["Authorization"] = f"Token {token}"
        client.cookies.clear()
        return name, client

    def browser(self, name: str) -> httpx.Client:
        """Return a browser in which an account is signed in."""
        browser = self.viewer()
        browser.get("/accounts/login/")
        answer = self.post(browser, "/accounts/login/", username=name, password=PASSWORD)
        assert (answer.status_code, "sessionid" in browser.cookies) == (302, True)
        return browser

    def post(self, browser: httpx.Client, path: str, **values: str) -> httpx.Response:
        """Send a form."""
        return browser.post(path, data={"csrfmiddlewaretoken": browser.cookies["csrftoken"], **values})

    def add_work(self, title: str) -> int:
        """Let a work appear on the primary that no viewer of these tests made; return its id."""
        return self.cluster.primary.ask(ADD, title, title)


ADD = """INSERT INTO content_contentitem (title, prompt, creator_id, content_type, source, quality_score, is_private,
        created_at, updated_at, tags, data, metadata, seed)
    SELECT %s, %s, min(id), 'image', 'user', 0.5, false, now(), now(), '{}', '{}', '{}', 1 FROM users_user
    RETURNING id"""


@pytest.fixture(scope="package")
def cluster(django_db_setup: None) -> Iterator[Cluster]:
    """A primary and two replicas."""
    with replicated() as running:
        yield running


@pytest.fixture(scope="package")
def whole_site(cluster: Cluster) -> Iterator[Site]:
    """The site, whose replicas may be behind by a minute."""
    addresses = " ".join(replica.url for replica in cluster.replicas)
    known = {"REPLICA_URLS": addresses, "REPLICA_LAG_SECONDS": "60", "THROTTLE_REGISTRATION": "1000/hour"}
    # Readers that wait for a lock are not ended by a machine that is slow.
    known |= {"METRICS_TOKEN": METRICS_TOKEN, "STATEMENT_TIMEOUT_MS": "120000"}
    with serving(cluster.primary.url, GUNICORN, known) as server:
        yield Site(cluster, f"http://127.0.0.1:{server.port}")


@pytest.fixture
def site(whole_site: Site) -> Iterator[Site]:
    """The same, whose replicas have replayed everything, and are read."""
    whole_site.wait_until_replicas_are_read()
    yield whole_site
    while whole_site.clients:
        whole_site.clients.pop().close()
    for replica in whole_site.cluster.replicas:
        replica.resume()
    whole_site.cluster.catch_up()
