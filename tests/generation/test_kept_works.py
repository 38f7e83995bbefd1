"""What a job makes works of: at which level they are, and that a closed account gets none."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from content.models import ContentItem, Level
from content.uploading import Offer, take_file
from generation import claims
from generation.backends.choosing import BACKENDS
from generation.backends.comfyui.backend import Limits
from generation.backends.comfyui.servers import ComfyUIServers
from generation.jobs import Request, ask
from generation.models import GenerationJob, Status, Workflow
from generation.orders import CLOSED
from generation.performing import perform
from media import stored
from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import node, plain
from tests.factories import ContentItemFactory
from tests.generation.test_performing import FAILURE, SAVED_LAST, performing_beside
from tests.generation.workers import WAIT_SECONDS
from tests.uploads.files import files_below, picture
from users.accounts import close_account, prefer
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folders")]
SMALL = {"width": 64, "height": 64}


def claimed(user: User, **fields: object) -> GenerationJob:
    """Return a job that was asked for and claimed."""
    ask(user, [Request(**{"prompt": "a lighthouse in fog", "publishes": True, **fields})])
    return claims.claim("here")


def made_by(job: GenerationJob) -> ContentItem:
    """Return the work that a job makes."""
    assert perform(job) == "completed"
    job.refresh_from_db()
    return job.result


@pytest.fixture
def pictured(tmp_path: Path, bob: User) -> ContentItem:
    """Bob's work, with a picture."""
    (tmp_path / "x.png").write_bytes(picture())
    with (tmp_path / "x.png").open("rb") as file:
        return ContentItem.objects.get(pk=take_file(Offer(file, tmp_path / "x.png", "x.png", bob)).item_id)


@pytest.mark.parametrize("publishes", [True, False])
@pytest.mark.parametrize("begins", ["parent", "image"])
def test_a_work_is_at_the_level_of_those_that_it_is_made_from_as_they_are_by_then(
    alice: User, pictured: ContentItem, begins: str, publishes: bool
) -> None:
    source = {"parent": pictured} if begins == "parent" else {}
    image = {"image": {"item": pictured.pk}} if begins == "image" else {}
    job = claimed(alice, parameters={**SMALL, **image}, publishes=publishes, **source)
    ContentItem.objects.filter(pk=pictured.pk).update(level=Level.EXPLICIT)
    work = made_by(job)
    assert (work.level, work.is_private) == (Level.EXPLICIT, not publishes)
    assert not ContentItem.objects.shown_to(AnonymousUser()).exists()


def test_a_work_is_at_no_lower_level_than_its_creator_prefers(alice: User) -> None:
    prefer(alice, new_level="sensitive")
    assert made_by(claimed(alice, parameters=SMALL)).level == Level.SENSITIVE
    parent = ContentItemFactory()
    assert made_by(claimed(alice, parameters={**SMALL, "seed": 1}, parent=parent)).level == Level.SENSITIVE


def test_a_private_work_that_a_job_publishes_is_put_at_the_level_of_its_parent(alice: User) -> None:
    """The same request makes the same file, of which its user has a work already."""
    parent = ContentItemFactory()
    before = made_by(claimed(alice, parameters={**SMALL, "seed": 5}, parent=parent, publishes=False))
    ContentItem.objects.filter(pk=parent.pk).update(level=Level.SENSITIVE)
    after = made_by(claimed(alice, parameters={**SMALL, "seed": 5}, parent=parent))
    assert (before.level, after, after.level, after.is_private) == (Level.GENERAL, before, Level.SENSITIVE, False)


def test_a_level_that_its_creator_chose_stays_with_a_public_work(alice: User) -> None:
    parent = ContentItemFactory(level=Level.SENSITIVE)
    before = made_by(claimed(alice, parameters={**SMALL, "seed": 5}, parent=parent))
    ContentItem.objects.filter(pk=before.pk).update(level=Level.GENERAL)
    after = made_by(claimed(alice, parameters={**SMALL, "seed": 5}, parent=parent))
    assert (after, after.level) == (before, Level.GENERAL)


@pytest.mark.parametrize(
    "close",
    [lambda alice: User.objects.filter(pk=alice.pk).update(is_active=False), close_account],
    ids=["deactivated", "closed"],
)
def test_an_account_that_is_closed_while_its_job_runs_gets_no_work(
    alice: User,
    comfyui: LocalComfyUI,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    close: Callable[[User], object],
) -> None:
    settings.COMFYUI_URLS = [comfyui.url]

    def close_before_the_file_is_sent(_number: int, _method: str, path: str) -> None:
        if "/view" in path:
            close(alice)
            connection.close()

    job = claimed(alice, workflow=Workflow.objects.create(name="w", title="W", graph=plain(), inputs=[]))
    comfyui.on_request = close_before_the_file_is_sent
    with closing(ComfyUIServers(settings.COMFYUI_URLS, Limits(read_seconds=60))) as servers:
        monkeypatch.setattr(BACKENDS, "_servers", lambda: servers)
        assert perform(job) == f"failed: {CLOSED}"
    job.refresh_from_db()
    assert (job.status, job.error, ContentItem.objects.count()) == (Status.FAILED, CLOSED, 0)
    assert files_below(settings.MEDIA_ROOT) == files_below(settings.UPLOADS_DIR) == []


def test_a_job_that_failed_at_the_backend_says_why_though_its_account_is_closed(
    alice: User, comfyui: LocalComfyUI, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COMFYUI_URLS = [comfyui.url]

    def close_before_the_file_is_sent(_number: int, _method: str, path: str) -> None:
        if "/view" in path:
            close_account(alice)
            connection.close()

    graph = plain() | {"91": node("Fail", images=["1", 0], message="no"), **SAVED_LAST}
    job = claimed(alice, workflow=Workflow.objects.create(name="w", title="W", graph=graph, inputs=[]))
    comfyui.on_request = close_before_the_file_is_sent
    with closing(ComfyUIServers(settings.COMFYUI_URLS, Limits(read_seconds=60))) as servers:
        monkeypatch.setattr(BACKENDS, "_servers", lambda: servers)
        assert perform(job) == f"failed: {FAILURE}"
    assert (ContentItem.objects.count(), files_below(settings.MEDIA_ROOT)) == (0, [])


class HeldStorage(FileSystemStorage):
    """A storage that is slow: a file is stored once the test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun, self.may_go_on = Event(), Event()

    def _save(self, name: str, content: File) -> str:
        self.has_begun.set()
        assert self.may_go_on.wait(WAIT_SECONDS)
        return super()._save(name, content)

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Do the block while a file is stored."""
        assert self.has_begun.wait(WAIT_SECONDS)
        try:
            yield
        finally:
            self.may_go_on.set()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldStorage:
    """The storage of this test."""
    storage = HeldStorage()
    monkeypatch.setattr(stored, "default_storage", storage)
    return storage


def test_an_account_signs_in_while_the_files_of_its_job_are_stored(alice: User, held: HeldStorage) -> None:
    job = claimed(alice, parameters={**SMALL, "seed": 5}, publishes=False)
    with performing_beside(job) as outcome:
        with held.storing(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            User.objects.filter(pk=alice.pk).update(last_login=timezone.now())
            prefer(alice, theme="dark")
        assert outcome() == "completed"


def test_an_account_that_is_closed_while_the_files_of_its_job_are_stored_gets_no_work(
    alice: User, held: HeldStorage, settings: Settings
) -> None:
    job = claimed(alice, parameters={**SMALL, "seed": 5})
    with performing_beside(job) as outcome:
        with held.storing():
            close_account(alice)
        assert outcome() == f"failed: {CLOSED}"
    assert (ContentItem.objects.count(), files_below(settings.MEDIA_ROOT)) == (0, [])
