"""Fixtures of the whole suite: a cast of people and the API client."""

import gc
import os
import signal
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django.test import RequestFactory, TransactionTestCase, client
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from catalog.models import CatalogDelta
from content import stacks, uploading
from content.bookkeeping import CountDelta, StackChange
from content.models import ContentItem
from culling import worker_tasks as culling_tasks
from exports import worker_tasks as export_tasks
from genonaut import deletions, flags
from genonaut.api import database_json
from genonaut.http.media_types import SiteRequest
from genonaut.monitoring import gauges, plans, readiness
from genonaut.ranking import declared, reader
from genonaut.status import panels
from media.making import STUDIO
from people import histories
from tests import databases
from tests.distribution import LongestFirst
from tests.emptying import empty_database
from tests.factories import UserFactory
from tests.processes import database_url, wait_until_nothing_works
from uploads import unpacking
from users.models import User

# Examples are the same in every run, and each may take as long as a busy machine needs.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")
# A suite that is started in the background inherits that Ctrl-C or a closed terminal is ignored, and so would the
# processes that it tests.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# Where Python is told to write no bytecode, each of some 200 processes would compile the project again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LongestFirst | None:
    """Let the longest files begin first."""
    return LongestFirst(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what lives as long as the process, and let it work less often: 8% of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def leave_deltas_alone() -> None:
    """Let no autovacuum hold the lock of deltas that compactions ask for and do not wait for."""
    deltas = [model._meta.db_table for model in (StackChange, CountDelta, CatalogDelta)]
    with connection.cursor() as cursor:
        for table in [*deltas, *(rankings.delta._meta.db_table for rankings in declared())]:
            cursor.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = off)')


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The worker's database, a copy of one that is kept; it is dropped once no test's work goes on in it."""
    name = connection.creation._get_test_db_name()
    with databases.server() as server:
        with django_db_blocker.unblock():
            databases.create(server, name, databases.migrated())
            databases.use(name)
            leave_deltas_alone()
        yield
        with django_db_blocker.unblock():
            wait_until_nothing_works()
            databases.drop(server, name)


scan_static_files = WhiteNoiseMiddleware.update_files_dictionary
static_files: dict[tuple[str, str, int], dict[str, StaticFile]] = {}


def remember_static_files(middleware: WhiteNoiseMiddleware, root: str, prefix: str) -> None:
    """Scan the static folder once a process: each test client loads the middleware, and a scan takes 0.2 seconds."""
    key = (root, prefix, middleware.max_age)
    if key not in static_files:
        scan_static_files(middleware, root, prefix)
        static_files[key] = dict(middleware.files)
    middleware.files.update(static_files[key])


WhiteNoiseMiddleware.update_files_dictionary = remember_static_files


copy_context = client.store_rendered_templates


def copy_first_context(store: dict, **rendered: object) -> None:
    """Copy the context of the page's own template alone, not of each that it includes: 6% of a page's time."""
    if "context" not in store:
        copy_context(store, **rendered)


# What the test client does with each template that is rendered.
client.store_rendered_templates = copy_first_context


def sign_in(test_client: client.Client, user: User, backend: str | None = None) -> None:
    """Sign in by the one session that is needed; Django's own client makes, reads and deletes an empty one first."""
    cookie = test_client.cookies.get(settings.SESSION_COOKIE_NAME)
    request = HttpRequest()
    request.session = SessionStore(cookie.value if cookie else None)
    login(request, user, backend)
    request.session.save()
    test_client._set_login_cookies(request)


# What `login` and `force_login` end in.
client.ClientMixin._login = sign_in
# Requests of test clients are the site's (genonaut/wsgi.py).
client.WSGIRequest = SiteRequest

# pytest-django ends a test that commits by this method of Django's.
TransactionTestCase._fixture_teardown = empty_database


@pytest.fixture(scope="module")
def lasting_rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around all tests of a module: each begins with the rows that its fixtures of that scope wrote.

    A test's own transaction (`db`) is a savepoint in it.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


# One call or turn finishes what it was asked for, and a statement of status or metrics its answer, however busy the
# machine is.
for module in (unpacking, culling_tasks, export_tasks, panels, gauges, readiness, plans):
    module.SECONDS = 300.0
uploading.PICTURE_SECONDS = stacks.BUILD_SECONDS = histories.TURN_SECONDS = plans.LOCK_SECONDS = 300.0
# A request finishes the deletion that it asks for, or the history that it clears, however busy the machine is.
deletions.REQUEST_SECONDS = 60
histories.REQUEST_SECONDS = 60
# So long may a picture take that is made for a request: a new process loads the decoders first.
for worker in STUDIO.workers:
    worker.limits = replace(worker.limits, seconds=300)


@pytest.fixture(autouse=True)
def processes_memory_is_as_new() -> Iterator[None]:
    """Empty the cache, in which the throttles count, and let no test pay the query that reads the switches.

    `flags.turn` turns one off in a test. Every test pays for each fixture that it has: this is one for all of them.
    """
    cache.clear()
    flags.remember(frozenset(), seconds=None)
    yield
    flags.forget()
    cache.clear()


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The limits of tries by scope; a test changes its own."""
    changed = dict(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    monkeypatch.setitem(settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES", changed)
    return changed


@pytest.fixture
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files, thumbnails and uploads of a test in folders of its own."""
    settings.MEDIA_ROOT, settings.THUMBNAILS_DIR, settings.UPLOADS_DIR = (
        tmp_path / name for name in ("media", "thumbnails", "uploads")
    )


@pytest.fixture
def own_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose every statement again in a test that changes a limit they hold, and once more after it."""
    for kept in (reader.STATEMENTS, database_json.STATEMENTS):
        monkeypatch.setattr(kept, "values", OrderedDict())
        monkeypatch.setattr(kept, "bytes", 0)


@pytest.fixture
def two_deltas_at_most(own_statements: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let readers add up two changes and no more."""
    monkeypatch.setattr(ContentItem.rankings, "most_deltas", 2)


@pytest.fixture
def alice(db: None) -> User:
    """She owns things."""
    return UserFactory(username="alice", name="Alice", email="alice@example.org")


@pytest.fixture
def bob(db: None) -> User:
    """He sees what alice shows."""
    return UserFactory(username="bob", name="Bob", email="bob@example.org")


@pytest.fixture
def staff(db: None) -> User:
    """They see everything and may do everything."""
    return UserFactory(username="stella", is_staff=True, is_superuser=True)


@pytest.fixture
def client_of() -> Callable[[User | None], APIClient]:
    """Return an API client that is signed in as somebody; None is anonymous."""

    def client(user: User | None = None) -> APIClient:
        made = APIClient()
        if user is not None:
            made.force_login(user)
        return made

    return client


@pytest.fixture
def api(client_of: Callable[[User | None], APIClient]) -> APIClient:
    """An anonymous API client; `api.force_login(alice)` makes it hers."""
    return client_of(None)


@pytest.fixture
def violated(db: None) -> Callable[[Callable[[], object]], str]:
    """Return what names the constraint that a write breaks in the database."""

    def name_of(write: Callable[[], object]) -> str:
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            write()
        return error.value.__cause__.diag.constraint_name

    return name_of


@pytest.fixture
def manage(transactional_db: None) -> Callable[..., subprocess.Popen]:
    """Starts manage.py in a process of its own, on the test's database."""
    url = database_url()

    def start(*arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, settings.BASE_DIR / "manage.py", *map(str, arguments)],
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def one_request_id(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all requests of test clients carry one id, so that answers that are alike are equal."""
    settings.TRUST_X_REQUEST_ID = True
    own = RequestFactory._base_environ

    def with_id(factory: RequestFactory, **request: Any) -> dict[str, Any]:
        return own(factory, **{"HTTP_X_REQUEST_ID": "the-same-for-all", **request})

    monkeypatch.setattr(RequestFactory, "_base_environ", with_id)
