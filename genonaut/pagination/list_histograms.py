"""The histogram of a list that a ranking counts by time."""

from datetime import datetime

from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.histograms import AUTO, MOST_BARS, PERIODS, Histogram, TooManyPeriodsError, bars, fitting
from genonaut.pagination.list_query import ListQuery
from genonaut.pagination.ranked import RankedPages
from genonaut.ranking import ByteLRU, KeyBound

# Recently used histograms, about 60 kB each: a reader's pages all ask for the same one.
HISTOGRAMS: ByteLRU[Histogram] = ByteLRU(2_000_000)


def histogram_of(pages: RankedPages, by: str, *, list_query: ListQuery, version: str | None) -> Histogram:
    """Return the histogram by a period, in the list's order; the same again while the list has the same version.

    Two queries, up to four more for AUTO in long lists, none if it is remembered. Raises InvalidParametersError if it
    would have too many bars, NotReadyError.
    """
    if list_query.cache_key is None or version is None:
        return _read(pages, by, list_query)
    key = (by, list_query.parameters.as_of, list_query.parameters.page_size, version)
    return HISTOGRAMS.get((list_query.cache_key, key), lambda: _read(pages, by, list_query))


def _read(pages: RankedPages, by: str, list_query: ListQuery) -> Histogram:
    period, starts = _periods(pages, by)
    counts, total = pages.counts_before([KeyBound((start,)) for start in starts])
    size = list_query.parameters.page_size
    return Histogram(
        period, total, tuple(bars(starts, counts, size=size, total=total, is_descending=list_query.is_descending))
    )


def _periods(pages: RankedPages, by: str) -> tuple[str, list[datetime]]:
    """Return the period and where its bars begin."""
    try:
        return fitting(by, lambda period: pages.periods(period, MOST_BARS + 1))
    except TooManyPeriodsError as error:
        coarser = ", ".join(PERIODS[PERIODS.index(by) + 1 :])
        message = f"More than {MOST_BARS} {by}s have items: ask by {coarser} or {AUTO}, or narrow the list."
        raise InvalidParametersError({"by": [message]}) from error
