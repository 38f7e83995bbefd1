"""Counts that stop at a limit, and numbers of things in words."""

from django.db.models import QuerySet


def count_up_to(rows: QuerySet, most: int) -> int:
    """Return how many rows there are, or `most` + 1 if there are more. One query, which reads no more than that."""
    return rows.order_by()[: most + 1].count()


def capped_text(count: int, most: int) -> str:
    """Return a count of `count_up_to` in words: "1,204", or "9,999+" beyond the limit."""
    return f"{most:,}+" if count > most else f"{count:,}"


def things_text(count: int, noun: str, *, most: int | None = None) -> str:
    """Return a number of things in words: "1 work", "1,204 works", "9,999+ works" beyond `most`."""
    number = f"{count:,}" if most is None else capped_text(count, most)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"
