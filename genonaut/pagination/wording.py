"""A total in words, the same on pages and in the admin."""

from genonaut.pagination.totals import Total, TotalKind

_WORDS = {TotalKind.EXACT: "", TotalKind.ESTIMATE: "about ", TotalKind.AT_LEAST: "more than "}
# Digits of an estimate that mean something.
_SIGNIFICANT = 3


def rounded(total: Total) -> int:
    """Return the count; an estimate to as many digits as it deserves."""
    is_estimate = total.kind is TotalKind.ESTIMATE
    return round(total.count, _SIGNIFICANT - len(str(total.count))) if is_estimate else total.count


def total_text(total: Total) -> str:
    """Return a total as it may be said: "1,204", "about 9,980,000" or "more than 10,000"."""
    return f"{_WORDS[total.kind]}{rounded(total):,}"
