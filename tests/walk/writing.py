"""What changes under a reader: a pinned list while works are added, and the writer's own list after each addition."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from tests.walk.context import Walk, expected_page, said_of
from tests.walk.lists import WalkedList
from tests.walk.site import CONTENT
from tests.walk.unchanged import etag_of

TITLE = "Added by a walk"


def pinned_pages(walk: Walk) -> None:
    """Read every page of a list as of a moment while works are added to it; delete them afterwards."""
    walked, writers = walk.lists[0], walk.lists[-1]
    first = walk.site.read(walked.address(page_size=1))
    own = walk.site.read(writers.address(page_size=1), is_signed_in=True)
    if first is None or own is None:
        return
    pinned_at = first["pagination"]["as_of"]
    size = walk.size_of(walked)
    with adding(walk, writers) as added:
        numbers = range(1, walk.last_page(walked, size) + 1)
        walk.at_once([(check_pinned, walked, pinned_at, number, size) for number in numbers])
    check_new_count(walk, writers, own["pagination"]["as_of"])
    for pk in added:
        delete(walk, pk)
    check_page_of_writer(walk, writers)


def check_pinned(walk: Walk, walked: WalkedList, pinned_at: str, number: int, size: int) -> None:
    """Compare a page of a pinned list: its rows are those of before."""
    path = walked.address(as_of=pinned_at, page=number, page_size=size)
    page = walk.site.read(path)
    if page is not None:
        walk.record.compare(path, said_of(page), expected_page(walk.ids[walked], number, size))


@contextmanager
def adding(walk: Walk, writers: WalkedList) -> Iterator[list[int]]:
    """Add the plan's works in a thread while the context lasts, and wait for the rest at its end; yield their ids."""
    added: list[int] = []
    is_read = Event()

    def add() -> None:
        for _ in range(walk.plan.additions):
            check_addition(walk, writers, added)
            is_read.wait(0.02)

    thread = Thread(target=add)
    thread.start()
    try:
        yield added
    finally:
        is_read.set()
        thread.join()


def check_addition(walk: Walk, writers: WalkedList, added: list[int]) -> None:
    """Add a work: its writer reads it first in the list at once, under another ETag than before."""
    path = writers.address(page_size=2)
    before = etag_of(walk, path, writers)
    body = {"title": TITLE, "content_type": "image", "prompt": TITLE}
    made = walk.site.read(CONTENT, method="POST", status=201, is_signed_in=True, body=body)
    if before is None or made is None:
        return
    expected = [made["id"], *(added[-1:] or walk.ids[writers][:1])]
    added.append(made["id"])
    page = walk.site.read(path, is_signed_in=True, headers={"If-None-Match": before})
    if page is not None:
        walk.record.compare(f"{path} after an addition", said_of(page)["ids"], expected)


def check_new_count(walk: Walk, writers: WalkedList, pinned_at: str) -> None:
    """Compare how many works came since a moment, as their writer reads it."""
    path = writers.address(as_of=pinned_at, page_size=1)
    page = walk.site.read(path, is_signed_in=True)
    if page is not None:
        walk.record.compare(path, page["pagination"]["new_count"], walk.truth.newer(writers, pinned_at))


def delete(walk: Walk, pk: int) -> None:
    """Delete a work of the walk's own."""
    path = f"{CONTENT}{pk}/"
    answer = walk.site.ask(path, method="DELETE", is_signed_in=True)
    if answer.status != 204:
        walk.record.error(path, f"DELETE {answer.status} {answer.body[:200]!r}")


def check_page_of_writer(walk: Walk, writers: WalkedList) -> None:
    """Compare the writer's first page after all was deleted."""
    size = walk.size_of(writers)
    path = writers.address(page_size=size)
    page = walk.site.read(path, is_signed_in=True)
    if page is not None:
        expected = expected_page(walk.truth.ids(writers), 1, size)
        walk.record.compare(f"{path} after deletions", said_of(page), expected)
