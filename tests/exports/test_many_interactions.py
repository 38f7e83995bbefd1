"""A popular work has a million interactions: what an import and an export read of them grows with the lines alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from content.models import ContentItem
from exports import writing
from exports.additions import NumberedLine, add_interactions
from exports.records import interaction_line
from exports.writing import FolderExport
from interactions.models import Interaction, Kind
from tests.factories import EPOCH, ContentItemFactory, UserFactory

pytestmark = pytest.mark.django_db

VIEWS, BATCH = 5_000, 1_000


@contextmanager
def rows_counted() -> Iterator[list[int]]:
    """Count the interactions that each statement reads."""
    counts: list[int] = []

    def count(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        result = execute(sql, params, many, context)
        if sql.lstrip().startswith("SELECT") and "interactions_interaction" in sql:
            counts.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(count):
        yield counts


@pytest.fixture
def lines() -> list[NumberedLine]:
    """5,000 views of a work, and a like, a rating and an anonymous like."""
    work, user = ContentItemFactory(source_id="popular"), UserFactory(username="ada")
    views = [
        Interaction(user=user, content=work, kind=Kind.VIEW, created_at=EPOCH + timedelta(seconds=number))
        for number in range(VIEWS - 3)
    ]
    views.append(Interaction(user=user, content=work, kind=Kind.LIKE, created_at=EPOCH))
    views.append(Interaction(user=user, content=work, kind=Kind.RATE, rating=4, created_at=EPOCH))
    views.append(Interaction(user=None, content=work, kind=Kind.LIKE, created_at=EPOCH))
    read = [json.loads(json.dumps(interaction_line(row, None))) for row in views]
    return [NumberedLine(f"line {number}", line) for number, line in enumerate(read)]


def added(lines: list[NumberedLine]) -> int:
    """Import lines, batch by batch; return how many were new."""
    return sum(add_interactions(lines[at : at + BATCH], print)["interactions"] for at in range(0, len(lines), BATCH))


def test_an_import_reads_no_more_interactions_than_it_has_lines(lines: list[NumberedLine]) -> None:
    with rows_counted() as first:
        assert added(lines) == VIEWS
    with rows_counted() as second:
        assert added(lines) == 0
    assert (sum(first), sum(second)) == (0, VIEWS)


def test_a_like_of_another_moment_is_the_same_and_a_view_is_another(lines: list[NumberedLine]) -> None:
    added(lines)
    later = (EPOCH + timedelta(days=9)).isoformat()
    moved = [NumberedLine(where, {**line, "created_at": later}) for where, line in (lines[0], lines[-3], lines[-1])]
    assert added(moved) == 2


def test_an_export_writes_interactions_in_pieces_and_loses_none(
    lines: list[NumberedLine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(lines)
    monkeypatch.setattr(writing, "BATCH_LINES", 700)
    run = FolderExport(tmp_path / "out", ContentItem.objects.all(), None, {}, print)
    assert len(list(run.run(run.begin()))) == 1
    written = [json.loads(line) for line in (tmp_path / "out" / "interactions.jsonl").read_text().splitlines()]
    assert sorted(written, key=str) == sorted((line for _, line in lines), key=str)
