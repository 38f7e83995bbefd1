"""A list, declared once: its model, sorts, filters and who sees what. Page, fragment, API, admin and count all use it.

    class ContentListing(Listing):
        name = "content"
        model = ContentItem
        sorts = {"created_at": ("created_at", "id"), ...}
        filters = ContentFilter

    ContentListing(viewer=request.user, parameters=request.GET).page()

Declarations are in spec.py, the request in list_query.py, its rows in list_rows.py, and planner.py chooses how they are
read.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import QueryDict

from genonaut.pagination.errors import InvalidParametersError, PageNotFoundError, PageNotReadyError
from genonaut.pagination.histograms import Histogram
from genonaut.pagination.key_pages import KeyPage, OffsetTooLargeError, Pages, PastEndError
from genonaut.pagination.links import ListLinks
from genonaut.pagination.list_histograms import histogram_of
from genonaut.pagination.list_query import read_query
from genonaut.pagination.list_rows import ListRows
from genonaut.pagination.page import Page
from genonaut.pagination.page_assembly import page_of, pages_of
from genonaut.pagination.plain import MAX_OFFSET
from genonaut.pagination.planner import Planner
from genonaut.pagination.row_readers import InstanceReader, ItemsInSQL, RowReader, in_sql, items_of
from genonaut.pagination.spec import Fixed, ListSpec, Scope, Viewer
from genonaut.pagination.versions import list_version
from genonaut.ranking import KeyBound, NotBuiltError, NotReadyError, TooManyChangesError

__all__ = ["Listing", "Scope", "Viewer"]

logger = logging.getLogger(__name__)

UNRANKED = "This list is not ranked: positions of its rows are not known."
BEING_COUNTED = "Many rows have just changed and are being counted; ask again in a few seconds."
UNSORTED = "Only a list sorted by time has days, months and years."


class Listing(ListSpec):
    """One list as one viewer asks for it. `read` makes a page's items of other things than model instances.

    `carried` are parameters that the list neither reads nor checks; links keep them.

    Raises InvalidParametersError with every parameter that is wrong, before any query.
    """

    def __init__(
        self,
        viewer: Viewer,
        parameters: QueryDict,
        *,
        fixed: Fixed | None = None,
        read: RowReader | ItemsInSQL | None = None,
        allow_ranking: bool = True,
        has_cursors: bool = True,
        carried: Sequence[str] = (),
        condition: Q | None = None,
    ) -> None:
        """`condition` narrows the list beside its filters."""
        self.viewer = viewer
        self.query = parameters
        self.fixed: Fixed = {**type(self).fixed, **(fixed or {})}
        self.carried = carried
        self.read = read or InstanceReader(self.load)
        self.condition = condition or Q()
        self.list_query = read_query(
            type(self),
            viewer,
            parameters,
            fixed=self.fixed,
            carried=carried,
            allow_ranking=allow_ranking,
            has_cursors=has_cursors,
        )
        self.parameters = self.list_query.parameters
        self.filterset = self.list_query.filterset
        text = self.parameters.cursor
        self.cursor = None if text is None else self.list_query.decode(text, self.rows.order)

    # --- What a domain may say of its list

    def scopes(self) -> list[Scope]:
        """Return the disjoint parts of what the viewer sees; together they are the model's `visible_to(viewer)`."""
        return [Scope(Q())]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Return the queryset with all that the list shows loaded, and nothing more."""
        return queryset

    def tiers(self) -> Sequence[Q]:
        """Return the conditions of a sort in tiers: rows that meet the first come first, those that meet none last.

        Each holds for no row but those that the sort's own filter keeps. So it takes that filter's place: of both
        together the planner would expect too few rows.
        """
        return ()

    def known_total(self) -> int | None:
        """Return the exact total if the domain counts this list by itself, else None. Asked only of unranked lists."""
        return None

    # --- The request

    @cached_property
    def sort(self) -> str:
        """The name of the sort."""
        return self.parameters.sort

    @property
    def order(self) -> str:
        """`desc` or `asc`."""
        return self.parameters.order

    @property
    def form(self) -> Form:
        """The filters as a form, filled with the request's."""
        return self.filterset.form

    @property
    def active_filters(self) -> dict[str, Any]:
        """The filters in force by name, cleaned, fixed ones included."""
        return self.list_query.active_filters

    @property
    def open_filters(self) -> dict[str, Any]:
        """The filters in force that the URL names, so that it can also drop them."""
        return {name: value for name, value in self.active_filters.items() if name not in self.fixed}

    @cached_property
    def links(self) -> ListLinks:
        """The query strings that lead on from this list."""
        return ListLinks(self.query, self.tiered.get(self.sort))

    def query_with(self, **changes: object) -> str:
        """Return a query string like the present one, changed; see ListLinks."""
        return self.links.query_with(**changes)

    def query_without(self, name: str, value: str | None = None) -> str:
        """Return a query string without a filter, or without one value of a repeatable one."""
        return self.links.query_without(name, value)

    def query_with_all(self, name: str, values: Sequence[str]) -> str:
        """Return a query string with these values of a repeatable filter."""
        return self.links.query_with_all(name, values)

    # --- How it is read

    @cached_property
    def rows(self) -> ListRows:
        """The rows of the list."""
        tiers = self.tiers() if self.sort in self.tiered else ()
        return ListRows(self.list_query, self.scopes(), tiers, self.condition)

    @cached_property
    def planner(self) -> Planner:
        """The sources that the rows can be read from."""
        return Planner(self.rows, in_sql(self.read), self.known_total, self._planner_of)

    def _planner_of(
        self,
        viewer: Viewer,
        query: QueryDict,
        *,
        fixed: Fixed | None = None,
        condition: Q | None = None,
    ) -> Planner:
        allow_ranking = self.list_query.allow_ranking
        return type(self)(viewer, query, fixed=fixed, allow_ranking=allow_ranking, condition=condition).planner

    @property
    def uses_ranking(self) -> bool:
        """Whether a ranking counts the list: its sort, all its filters and at least one of its scopes."""
        return self.rows.uses_ranking

    @property
    def is_index_served(self) -> bool:
        """Whether an index gives exactly this list in exactly this order."""
        return self.rows.is_index_served

    @cached_property
    def version(self) -> str | None:
        """A text that changes whenever a row that the list shows does; None if the list has none. One query at most."""
        return self.list_query.version(list_version(self.rows))

    # --- The page

    def page(self) -> Page:
        """Return the page asked for, by number, by cursor or by date.

        Two queries where it is ranked; else two to five by number, one more by cursor or with a creator. Raises
        PageNotFoundError past the end, InvalidParametersError where this list has no such page.
        """
        if self.uses_ranking:
            try:
                return self._page_from(self.planner.ranked_pages)
            except NotBuiltError as error:
                logger.warning("%s", error)
            except TooManyChangesError as error:
                if self._needs_ranks:
                    raise PageNotReadyError(BEING_COUNTED) from error
            except NotReadyError:
                pass
        self._refuse_what_needs_ranks()
        return self._page_from(self.planner.fallback)

    def _page_from(self, pages: Pages) -> Page:
        size = self.parameters.page_size
        try:
            part = self._key_page(pages, size)
        except PastEndError as error:
            raise PageNotFoundError(self.parameters.page, pages_of(error.rows, size)) from error
        except OffsetTooLargeError as error:
            last_page = -(-error.max_offset // size)
            message = (
                f"Page numbers reach page {last_page:,} of this list; from there, follow the link to the next page."
            )
            raise InvalidParametersError({"page": [message]}) from error
        return page_of(part, items_of(part, self.rows, self.read), list_query=self.list_query, links=self.links)

    def _key_page(self, pages: Pages, size: int) -> KeyPage:
        if self.cursor is not None:
            return pages.after_cursor(self.cursor, size)
        if self.parameters.at is not None:
            return pages.page_containing(
                bound_at(self.parameters.at, is_descending=self.list_query.is_descending), size
            )
        return pages.at((self.parameters.page - 1) * size, size)

    @property
    def _needs_ranks(self) -> bool:
        """Whether the page asked for can only be found by rank."""
        page, as_of, at = self.parameters.page, self.parameters.as_of, self.parameters.at
        is_deep = page is not None and page * self.parameters.page_size > MAX_OFFSET
        return is_deep or as_of is not None or at is not None

    def _refuse_what_needs_ranks(self) -> None:
        reasons = {"as_of": "pinned to a moment", "at": "found by date"}
        errors = {
            name: [f"The pages of this list cannot be {what}."]
            for name, what in reasons.items()
            if getattr(self.parameters, name) is not None
        }
        if errors:
            raise InvalidParametersError(errors)

    # --- Positions and periods

    def position(self, pk: object) -> tuple[int, int] | None:
        """Return the position of a row in this list, from 1, and how many rows there are; None if it is not in it.

        One query. Raises InvalidParametersError if positions are not known.
        """
        self._refuse_page_parameters()
        if not self.uses_ranking:
            raise InvalidParametersError({"sort": [UNRANKED]})
        try:
            before, total = self.planner.ranked_pages.position(pk)
        except NotReadyError as error:
            raise _unranked(error) from error
        return None if before is None else (before + 1, total)

    def histogram(self, by: str) -> Histogram:
        """Return the bars of a histogram by a period, in the list's order, and how many rows there are.

        See `histogram_of`; one query more for the version, if that is not known. Raises InvalidParametersError if this
        list has none.
        """
        self._refuse_page_parameters()
        if not self.uses_ranking or self.sort != self.time_sort:
            raise InvalidParametersError({"sort": [UNRANKED if self.sort == self.time_sort else UNSORTED]})
        version = None if self.list_query.cache_key is None else self.version
        try:
            return histogram_of(self.planner.ranked_pages, by, list_query=self.list_query, version=version)
        except NotReadyError as error:
            raise _unranked(error) from error

    def _refuse_page_parameters(self) -> None:
        """Refuse the parameters that name a page: this is asked of the whole list."""
        errors = {name: ["Name no page here."] for name in ("page", "cursor", "at") if name in self.query}
        if errors:
            raise InvalidParametersError(errors)


def bound_at(time: datetime, *, is_descending: bool) -> KeyBound:
    """Return where the rows of a time begin in reading direction: of the whole day, if it is midnight."""
    is_day = time == time.replace(hour=0, minute=0, second=0, microsecond=0)
    if not is_descending:
        return KeyBound((time,))
    try:
        return KeyBound((time + timedelta(days=1),)) if is_day else KeyBound((time,), after=True)
    except OverflowError:  # the last day of the calendar
        return KeyBound((time,), after=True)


def _unranked(error: NotReadyError) -> Exception:
    """Return the error of a list whose positions are asked for and cannot be read now."""
    is_passing = isinstance(error, TooManyChangesError)
    return PageNotReadyError(BEING_COUNTED) if is_passing else InvalidParametersError({"sort": [UNRANKED]})
