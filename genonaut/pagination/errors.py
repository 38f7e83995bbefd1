"""What a list raises when it has no page to show: Django turns it into an error page, the API into a problem."""

from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import Http404


class InvalidParametersError(BadRequest):
    """Parameters that no page can be made of: 400. `errors` holds messages by parameter."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items()))
        self.errors = errors


class PageNotFoundError(Http404):
    """A page number past the end: 404. `total_pages` says how many there are."""

    def __init__(self, number: int, total_pages: int) -> None:
        pages = "1 page" if total_pages == 1 else f"{total_pages:,} pages"
        super().__init__(f"There is no page {number:,}: this list has {pages}.")
        self.total_pages = total_pages


class PageNotReadyError(OperationalError):
    """What is being worked out, a page so far down that anchors are built first, say: 503, and when to ask."""

    # In metrics of answers with 503.
    unavailable_cause = "not_ready"

    def __init__(self, message: str = "This page is being looked for; ask again in a few seconds.") -> None:
        super().__init__(message)
