"""The one vocabulary of every list: page, page_size, cursor, sort, order, as_of and the list's own filters."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import QueryDict

from genonaut.pagination.filters import MomentField

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
ORDERS = ("desc", "asc")
VOCABULARY = ("page", "page_size", "cursor", "sort", "order", "as_of", "at")
# int() takes no more than 4,300 digits, and a page number of over 30 is past the end of any list there can be.
MAX_DIGITS = 30
GIVEN_TWICE = "Give this parameter once."
TIME = MomentField(required=False)


@dataclass(frozen=True)
class Parameters:
    """A list's parameters, checked; exactly one of `page`, `cursor` and `at` is not None."""

    page: int | None
    page_size: int
    cursor: str | None
    sort: str
    order: str
    # The time that pages are pinned to, and the one whose page is wanted.
    as_of: datetime | None
    at: datetime | None


def read(
    query: QueryDict,
    *,
    sorts: Collection[str],
    filters: Collection[str],
    repeatable: Collection[str],
    carried: Collection[str] = (),
    errors: dict,
) -> Parameters:
    """Check everything but the filters' own values; what is wrong goes into `errors`, as messages by parameter.

    `carried` are parameters whose values the caller checks.
    """
    reader = _Reader(query, errors)
    reader.refuse_unknown({*filters, *carried}, repeatable)
    return Parameters(
        page=None if "cursor" in query or query.get("at") else reader.number("page", default=1, maximum=None),
        page_size=reader.number("page_size", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE),
        cursor=reader.cursor(),
        sort=reader.choice("sort", sorts),
        order=reader.choice("order", ORDERS),
        as_of=reader.time("as_of"),
        at=reader.time("at"),
    )


class _Reader:
    """Reads single parameters and gathers what is wrong with them."""

    def __init__(self, query: QueryDict, errors: dict[str, list[str]]) -> None:
        self.query = query
        self.errors = errors

    def fail(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def refuse_unknown(self, known: Collection[str], repeatable: Collection[str]) -> None:
        for name, values in self.query.lists():
            if name not in VOCABULARY and name not in known:
                self.fail(name, "Unknown parameter.")
            elif len(values) > 1 and name not in repeatable:
                self.fail(name, GIVEN_TWICE)

    def number(self, name: str, *, default: int, maximum: int | None) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        span = f"from 1 to {maximum}" if maximum else "from 1"
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
            self.fail(name, f"Must be a whole number {span}.")
            return default
        number = int(text)
        if number < 1 or (maximum and number > maximum):
            self.fail(name, f"Must be a whole number {span}.")
            return default
        return number

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return the value, else the first of the choices."""
        value = self.query.get(name)
        if value is None:
            return next(iter(choices))
        if value not in choices:
            self.fail(name, f"Must be one of: {', '.join(choices)}.")
            return next(iter(choices))
        return value

    def cursor(self) -> str | None:
        # A form sends `at` along when its field was left empty.
        names = [name for name in ("page", "at", "cursor") if name in self.query and self.query[name] + name != "at"]
        if len(names) > 1:
            self.fail(names[-1], f"Give either {names[0]} or {names[-1]}, not both.")
        return self.query.get("cursor")

    def time(self, name: str) -> datetime | None:
        """Return a date, or date and time; None where there is none or it is wrong."""
        text = self.query.get(name)
        try:
            return TIME.clean(text) if text else None
        except ValidationError as error:
            self.fail(name, " ".join(error.messages))
            return None
