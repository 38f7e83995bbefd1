"""A list that no ranking counts: its pages by number once its anchors are there."""

import time

from tests.walk.context import Walk, expected_page, said_of
from tests.walk.lists import WalkedList, tag_list

WAIT_SECONDS = 300
# A list of no more rows is counted each time and gets no anchors.
COUNTED_ROWS = 10_000
PAUSE_SECONDS = 0.2


def tag_pages(walk: Walk) -> None:
    """Read the list of the most common tag from its end, until positions are known, then all its pages."""
    tag = walk.truth.common_tag()
    if tag is None:
        return
    walked = tag_list(tag)
    walk.ids[walked] = walk.truth.ids(walked)
    size = walk.size_of(walked, share=walk.plan.tag_pages / walk.plan.pages)
    last = walk.last_page(walked, size)
    if len(walk.ids[walked]) <= COUNTED_ROWS or wait_for_anchors(walk, walked, size, last):
        walk.at_once([(check_tag_page, walked, number, size) for number in range(1, last + 1)])


def wait_for_anchors(walk: Walk, walked: WalkedList, size: int, last: int) -> bool:
    """Ask for the middle page until it says its position, comparing its rows each time; return whether it did."""
    number = (last + 1) // 2
    path = walked.address(page=number, page_size=size)
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        page = walk.site.read(path, patience_seconds=WAIT_SECONDS)
        if page is None:
            return False
        expected = expected_page(walk.ids[walked], number, size)
        walk.record.compare(path, said_of(page)["ids"], expected["ids"])
        if page["pagination"]["first_position"] is not None and page["pagination"]["total_count_kind"] == "exact":
            return True
        time.sleep(PAUSE_SECONDS)
    walk.record.error(path, f"no position within {WAIT_SECONDS} s")
    return False


def check_tag_page(walk: Walk, walked: WalkedList, number: int, size: int) -> None:
    """Compare a page of the list."""
    path = walked.address(page=number, page_size=size)
    page = walk.site.read(path, patience_seconds=WAIT_SECONDS)
    if page is not None:
        expected = expected_page(walk.ids[walked], number, size)
        if len(walk.ids[walked]) <= COUNTED_ROWS:
            expected["first_position"] = None
        walk.record.compare(path, said_of(page), expected)
