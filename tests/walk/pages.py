"""Pages by number, in order and at random, and by cursor, there and back."""

from random import Random

from tests.walk.context import Walk, expected_page, said_of
from tests.walk.lists import WalkedList


def every_page(walk: Walk) -> None:
    """Ask for all pages of each list by their numbers, and for one behind the last."""
    for walked in walk.lists:
        size = walk.size_of(walked)
        last = walk.last_page(walked, size)
        walk.at_once([(check_page, walked, number, size) for number in range(1, last + 1)])
        past = walked.address(page=last + 1, page_size=size)
        missing = walk.site.read(past, status=404, is_signed_in=walked.is_signed_in)
        if missing is not None:
            walk.record.compare(past, missing.get("total_pages"), last)


def random_pages(walk: Walk) -> None:
    """Ask for pages of all lists in no order, from all threads at once."""
    random = Random(walk.plan.seed)
    asked = []
    for _ in range(walk.plan.random_pages):
        walked = random.choice(walk.lists)
        size = walk.size_of(walked)
        asked.append((check_page, walked, random.randint(1, walk.last_page(walked, size)), size))
    walk.at_once(asked)


def cursors(walk: Walk) -> None:
    """Follow the cursors of each list to its end and back to its beginning."""
    walk.at_once([(there_and_back, walked) for walked in walk.lists])


def check_page(walk: Walk, walked: WalkedList, number: int, size: int) -> None:
    """Compare a page by its number."""
    path = walked.address(page=number, page_size=size)
    page = walk.site.read(path, is_signed_in=walked.is_signed_in)
    if page is not None:
        walk.record.compare(path, said_of(page), expected_page(walk.ids[walked], number, size))


def there_and_back(walk: Walk, walked: WalkedList) -> None:
    """Follow `next_cursor` to the last page, then `prev_cursor` to the first."""
    size = walk.size_of(walked, share=1 / 3)
    last = walk.last_page(walked, size)
    cursor = follow(walk, walked, range(1, last + 1), "next_cursor")
    if cursor is not None and last > 1:
        follow(walk, walked, range(last - 1, 0, -1), "prev_cursor", cursor)


def follow(walk: Walk, walked: WalkedList, numbers: range, name: str, cursor: str | None = None) -> str | None:
    """Compare the pages of a walk by cursor; return the cursor back from its last page, None if it broke off."""
    size = walk.size_of(walked, share=1 / 3)
    page = None
    for number in numbers:
        path = walked.address(page_size=size, **({"cursor": cursor} if cursor else {}))
        page = walk.site.read(path, is_signed_in=walked.is_signed_in)
        if page is None:
            return None
        said = said_of(page)
        walk.record.compare(f"{path} (page {number})", said, expected_page(walk.ids[walked], number, size))
        cursor = page["pagination"][name]
        if cursor is None and number != numbers[-1]:
            walk.record.error(path, f"no {name} on page {number} of {len(numbers)}")
            return None
    walk.record.compare(f"{walked.name}: {name} at the end", cursor, None)
    return page and page["pagination"]["prev_cursor"]
