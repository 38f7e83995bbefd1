"""How much a walk asks for."""

from dataclasses import dataclass

# What the API allows.
LARGEST_PAGE = 1_000


@dataclass(frozen=True)
class Plan:
    """Numbers of requests. A list's page size follows from its rows, so a walk is as long over few rows as over many.

    `patience_seconds`: how long a 503 with Retry-After is asked again. Lists of a tag always wait for their anchors.
    """

    # Of each list, all of them by number; by cursor there and back a third as many, three times as large.
    pages: int = 180
    random_pages: int = 400
    positions: int = 200
    dates: int = 40
    tag_pages: int = 60
    # Added, one after the other, while every page of a pinned list is read.
    additions: int = 30
    threads: int = 8
    seed: int = 15
    patience_seconds: float = 0.0
    # A part that writes; without it a site that only reads can be walked.
    is_writing: bool = True

    def page_size(self, rows: int, *, share: float = 1.0) -> int:
        """Return the size of pages of which so many rows fill about `pages * share`."""
        return min(LARGEST_PAGE, max(1, -(-rows // max(1, round(self.pages * share)))))


FULL = Plan()
SMALL = Plan(pages=15, random_pages=40, positions=20, dates=6, tag_pages=6, additions=5)
