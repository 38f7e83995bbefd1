"""What the clients of tests/stress/likes.py do: each likes one work and takes its like off, in turn."""

import sys
from collections.abc import Callable
from statistics import median, quantiles
from threading import Barrier, Event, Thread
from time import perf_counter

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connection

from content.bookkeeping import CountDelta
from content.models import ContentItem
from interactions.counting import compact
from interactions.likes import marks_on, set_mark
from interactions.models import Interaction, Kind
from users.models import User


def like(*, clients: int, likes: int) -> None:
    """Have a work liked, print how long each change took, and exit with 1 if the count is not exact."""
    item = ContentItem.objects.create(title="Liked", content_type="image")
    users = [User.objects.create_user(f"client-{number}") for number in range(clients)]
    times: list[float] = []
    barrier, ended = Barrier(clients), Event()
    threads = [in_thread(lambda user=user: change(user, item, likes, barrier, times)) for user in users]
    compacting = in_thread(lambda: compact_until(ended))
    for thread in threads:
        thread.join()
    ended.set()
    compacting.join()
    sys.exit(0 if is_exact(item, times) else 1)


def in_thread(job: Callable[[], object]) -> Thread:
    """Begin a job in a thread with a connection of its own."""

    def run() -> None:
        try:
            job()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def change(user: User, item: ContentItem, likes: int, barrier: Barrier, times: list[float]) -> None:
    """Like the work and take the like off, so many times; the last change is a like if the number is odd."""
    barrier.wait()
    for number in range(likes):
        began = perf_counter()
        set_mark(user, item.pk, Kind.LIKE, is_on=number % 2 == 0)
        times.append((perf_counter() - began) * 1000)


def compact_until(ended: Event) -> None:
    """Move deltas all the time."""
    while not ended.is_set():
        try:
            compact()
        except OperationalError as error:
            print(f"compaction: {error}")


def is_exact(item: ContentItem, times: list[float]) -> bool:
    """Print what came of it; return whether the count is that of the rows, before and after the last compaction."""
    rows = Interaction.objects.filter(content=item, kind=Kind.LIKE).count()
    counts = [marks_on(AnonymousUser(), item.pk).like_count]
    compact()
    counts += [marks_on(AnonymousUser(), item.pk).like_count, ContentItem.objects.get(pk=item.pk).likes]
    print(f"{len(times):,} changes: median {median(times):.1f} ms, p99 {quantiles(times, n=100)[98]:.1f} ms")
    print(f"{rows} likes, counted {counts}, {CountDelta.objects.count()} deltas left")
    return set(counts) == {rows}
