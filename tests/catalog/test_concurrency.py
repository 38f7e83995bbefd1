"""Writers, folders and a rebuild at the same time: no work is lost or counted twice, and no writer waits."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from catalog import counting
from catalog.models import CatalogDelta, UsedModel
from content.models import ContentItem
from media.models import GenerationData
from tests.catalog.counts import creator_rows, execute, expected_creators, expected_tags, tags
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from tests.races import outcome_behind
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, TRANSACTIONS = 4, 30
# For any of what the threads do, on a machine with other work.
WAIT_SECONDS = 300
# For one statement; a compaction sets the one limit aside, a rebuild the other.
LIMITS, MOST_SECONDS = ("statement_timeout", "lock_timeout"), 60


@pytest.fixture
def authors(db: None) -> list[User]:
    """An account for each writer."""
    return [UserFactory() for _ in range(WRITERS)]


@pytest.fixture
def together() -> Iterator[Callable[..., None]]:
    """Runs functions in threads that begin together, each with a connection of its own; fails as any of them does."""

    def run(*jobs: Callable[[], object]) -> None:
        barrier = Barrier(len(jobs))

        def begin(job: Callable[[], object]) -> None:
            try:
                # A thread that waits for ever fails: it would keep the test from ending.
                for limit in LIMITS:
                    execute(f"SET {limit} = '{MOST_SECONDS}s'")
                barrier.wait(WAIT_SECONDS)
                job()
            finally:
                for limit in LIMITS:
                    execute(f"RESET {limit}")
                connection.close()

        with ThreadPoolExecutor(len(jobs)) as threads:
            for future in [threads.submit(begin, job) for job in jobs]:
                future.result(WAIT_SECONDS)

    yield run


class Crowd:
    """Writers of so many transactions, and what goes on until the last of them has ended."""

    def __init__(self) -> None:
        self.is_over = Event()
        self.left = [WRITERS]

    def writer(self, author: User, seed: int) -> None:
        """Write works of one author, change and delete some of them; roll some of it back."""
        random = Random(seed)
        try:
            for number in range(TRANSACTIONS):
                with transaction.atomic():
                    write(random, author)
                    transaction.set_rollback(number % 7 == 6)
        finally:
            self.left.append(0)
            if len(self.left) > WRITERS:
                self.is_over.set()

    def until_over(self, act: Callable[[], object]) -> None:
        """Do something again and again; once more after the writers have ended."""
        while not self.is_over.is_set():
            act()
        act()


def write(random: Random, author: User) -> None:
    """Insert some works of an author, and change some of those that are there."""
    names = ["fog", "Fog", "sea", f"tag {random.randrange(5)}", f"by {author.pk}"]
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=author, tags=random.sample(names, 3), is_private=random.random() < 0.2)
        for _ in range(3)
    )
    mine = ContentItem.objects.filter(creator=author).values("pk")
    chosen = [row["pk"] for row in mine if row["pk"] % 5 == random.randrange(5)]
    change = random.choice([{"tags": ["sea"]}, {"is_private": True}, {"is_private": False}])
    ContentItem.objects.filter(pk__in=chosen).update(**change)
    if random.random() < 0.3:
        User.objects.filter(pk=author.pk).update(name=f"Name {random.randrange(100)}")


def test_works_that_are_written_while_others_compact_and_rebuild_are_counted_once(
    authors: list[User], together: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "STEP_DELTAS", 5)
    monkeypatch.setattr(counting, "BATCH_ROWS", 50)
    crowd = Crowd()
    writers = [lambda author=author: crowd.writer(author, author.pk) for author in authors]
    others = [counting.compact, counting.settle, counting.rebuild]
    together(*writers, *(lambda act=act: crowd.until_over(act) for act in others))
    assert counting.drift() == {"tags": 0, "creators": 0, "models": 0}
    assert (tags(), creator_rows()) == (expected_tags(), expected_creators())


def test_a_drift_is_found_right_while_others_write(
    authors: list[User], together: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd, found = Crowd(), []
    writers = [lambda author=author: crowd.writer(author, author.pk) for author in authors]
    together(*writers, lambda: crowd.until_over(lambda: found.append(tuple(counting.drift().values()))))
    assert set(found) == {(0, 0, 0)}


def test_a_writer_waits_for_no_compactor(authors: list[User], together: Callable[..., None]) -> None:
    with transaction.atomic():
        execute(counting.LOCK)
        together(lambda: ContentItemFactory(creator=authors[0], tags=["fog"]))
    assert tags() == {"fog": 1}


def test_a_compactor_waits_for_no_writer(authors: list[User], together: Callable[..., None]) -> None:
    with transaction.atomic():
        ContentItemFactory(creator=authors[0], tags=["sea"])
        together(counting.compact)
        together(counting.rebuild)
    assert tags() == {"sea": 1}


def test_a_reader_soon_gives_up_waiting_for_a_rebuild(
    authors: list[User], together: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    ContentItemFactory(creator=authors[0], tags=["fog"])
    with transaction.atomic():
        execute(counting.LOCK)
        together(counting.settle)
        assert CatalogDelta.objects.count() == 1
    assert "due to lock timeout" in caplog.text
    assert tags() == {"fog": 1}


def test_what_is_written_after_a_rebuild_s_snapshot_is_left_for_its_delta(
    authors: list[User], together: Callable[..., None]
) -> None:
    ContentItemFactory(creator=authors[0], tags=["fog"])

    def write_once(_ids: int) -> None:
        together(lambda: ContentItemFactory(creator=authors[0], tags=["fog"]))

    counting.rebuild(advance=write_once)
    assert CatalogDelta.objects.count() == 1
    assert tags() == {"fog": 2}


def test_truncating_while_others_compact_ends_in_no_deadlock(
    authors: list[User], together: Callable[..., None]
) -> None:
    def fill_and_truncate() -> None:
        try:
            for _ in range(10):
                write(Random(1), authors[0])
                execute("TRUNCATE content_contentitem CASCADE")
        finally:
            crowd.is_over.set()

    crowd = Crowd()
    together(fill_and_truncate, *[lambda: crowd.until_over(counting.compact)] * 2)
    assert (tags(), creator_rows()) == ({}, set())


@pytest.mark.parametrize("was_private", [False, True], ids=["hidden", "published"])
def test_a_work_is_hidden_or_published_while_its_file_is_read_again(db: None, was_private: bool) -> None:
    before, after = GenerativeModelFactory.create_batch(2)
    made = GenerationDataFactory(model=before)
    work = ContentItemFactory(generation=made, is_private=was_private)
    counting.compact()

    def switch() -> None:
        ContentItem.objects.filter(pk=work.pk).update(is_private=not was_private)

    def read_again() -> None:
        GenerationData.objects.filter(pk=made.pk).update(model=after)

    assert outcome_behind(switch, read_again) is None
    assert counting.drift()["models"] == 0
    assert list(UsedModel.objects.values_list("id", "works")) == ([(after.pk, 1)] if was_private else [])
