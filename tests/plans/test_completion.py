"""Names that complete what is typed, among 30,000 tags: found along an index, however many begin so."""

import json

import pytest
from django.db import connection
from django.db.models import Model

from catalog.completion import KINDS, MOST_NAMES, completing, statement
from catalog.models import Creator, Tag, UsedModel

SHOWN = {
    "tags": Tag.objects.all(),
    "creators": Creator.objects.filter(is_active=True),
    "models": UsedModel.objects.filter(kind="model"),
    "loras": UsedModel.objects.filter(kind="lora"),
}
# Two kinds of most works, and one each whose names are collected.
MOST_VISITED = 12_000


def visited(plan: dict) -> int:
    """Return how many rows the nodes of a plan read from tables; none of them reads a whole one."""
    assert plan["Node Type"] not in ("Seq Scan", "Parallel Seq Scan")
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return own + sum(map(visited, plan.get("Plans", ())))


# All names of a kind, a third of them, one, none.
@pytest.mark.parametrize("text", ["na", "tal name", "name29999", "us", "user 4999", "ma", "maker 4999", "zebra"])
def test_completions_are_those_of_most_works_and_read_few_rows(rows: None, db: None, text: str) -> None:
    def best(kind: str) -> list[Model]:
        matching = SHOWN[kind].filter(search_words__begins=text)
        return sorted(matching, key=lambda name: (-name.works, -name.pk))[:MOST_NAMES]

    assert completing(text, list(KINDS)) == {kind: best(kind) for kind in KINDS}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement(list(KINDS))}", {"text": text})
        [(plans,)] = cursor.fetchall()
    plan = (json.loads(plans) if isinstance(plans, str) else plans)[0]["Plan"]
    assert visited(plan) < MOST_VISITED
