"""ETags: 304 while nothing changed, another ETag and other rows once the viewer has written."""

from tests.walk.context import Walk
from tests.walk.lists import WalkedList

# Of each list, from its beginning to its end.
PAGES = 5


def unchanged_pages(walk: Walk) -> None:
    """Ask for pages twice: the second time they did not change."""
    for walked in walk.lists:
        size = walk.size_of(walked)
        step = max(1, walk.last_page(walked, size) // PAGES)
        numbers = range(1, walk.last_page(walked, size) + 1, step)
        walk.at_once([(check_unchanged, walked, number, size) for number in numbers])


def check_unchanged(walk: Walk, walked: WalkedList, number: int, size: int) -> None:
    """Ask for a page, then with its ETag."""
    path = walked.address(page=number, page_size=size)
    etag = etag_of(walk, path, walked)
    if etag is not None:
        again = walk.site.ask(path, is_signed_in=walked.is_signed_in, headers={"If-None-Match": etag})
        walk.record.compare(f"{path} with If-None-Match", (again.status, again.body), (304, b""))


def etag_of(walk: Walk, path: str, walked: WalkedList) -> str | None:
    """Return the ETag of a page; None, and an error in the record, if it has none."""
    answer = walk.site.ask(path, is_signed_in=walked.is_signed_in)
    etag = answer.headers.get("ETag")
    if answer.status != 200 or etag is None:
        walk.record.error(path, f"{answer.status} without an ETag {answer.body[:200]!r}")
    return etag
