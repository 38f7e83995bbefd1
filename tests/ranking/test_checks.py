"""The system check of covering indexes, and the sizes that the setting RANK_INDEX may change."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F, FloatField, Index, Q, Value
from django.db.models.functions import Coalesce

from genonaut.ranking import check_covering_indexes
from genonaut.ranking.checks import NO_FACETS, NO_INDEX, check_covering_index
from genonaut.ranking.conf import DEFAULTS, sizes
from tests.ranking.items import RANKINGS
from tests.ranking.samples import declare

SCORE = Coalesce("score", Value(-1.0))
FIELDS = {"price": FloatField(), "score": FloatField(null=True), "kind": FloatField()}


@pytest.mark.parametrize(
    ("indexes", "found"),
    [
        ([], {"price": NO_INDEX, "best": NO_INDEX}),
        (
            [Index("price", "id", include=["kind"], name="a"), Index(SCORE, "price", "id", include=["kind"], name="b")],
            {},
        ),
        (
            [
                Index(fields=["-price", "-id"], include=["kind"], name="a"),
                Index(SCORE.desc(), F("price").desc(), F("id").desc(), include=["kind"], name="b"),
            ],
            {},
        ),
        (
            [Index("price", "id", name="a"), Index(SCORE, "price", "id", name="b")],
            {"price": NO_FACETS, "best": NO_FACETS},
        ),
        (
            [
                Index(fields=["price", "-id"], include=["kind"], name="a"),
                Index(Coalesce("score", Value(0.0)), "price", "id", include=["kind"], name="b"),
            ],
            {"price": NO_INDEX, "best": NO_INDEX},
        ),
        (
            [
                Index("price", "id", include=["kind"], condition=Q(kind=1), name="a"),
                Index(SCORE, "price", include=["kind"], name="b"),
            ],
            {"price": NO_INDEX, "best": NO_INDEX},
        ),
    ],
    ids=["none", "covering", "descending", "no facet", "another order", "not of all rows"],
)
def test_a_ranking_without_a_covering_index_is_warned_of(indexes: list[Index], found: dict[str, str]) -> None:
    orders = {"price": ("price", "id"), "best": (SCORE, "price", "id")}
    model = declare(orders, fields=FIELDS, facets=["kind"])
    model._meta.indexes = indexes
    messages = {name: check_covering_index(ranking) for name, ranking in model.rankings.items()}
    assert {name: message.id for name, each in messages.items() for message in each} == found


def test_the_hint_is_the_index_to_add() -> None:
    model = declare({"price": ("price", "id")}, fields=FIELDS, facets=["kind"])
    (message,) = check_covering_index(model.rankings["price"])
    index = re.search(r"Index\(.*\)", message.hint)[0]
    model._meta.indexes = [eval(index, {"Index": Index})]  # noqa: S307 - what a reader of the hint copies
    assert check_covering_index(model.rankings["price"]) == []


def test_a_primary_key_alone_needs_no_index_of_its_own() -> None:
    assert check_covering_index(declare({"oldest": ("id",)}, fields=FIELDS).rankings["oldest"]) == []


def test_every_ranking_that_is_installed_has_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_covering_indexes(None) == []
    monkeypatch.setattr(RANKINGS.model._meta, "indexes", [])
    assert [(message.obj, message.id) for message in check_covering_indexes(None)] == [(RANKINGS.model, NO_INDEX)] * 2
    assert check_covering_indexes([]) == []


def test_sizes_that_are_not_set_are_the_documented_ones() -> None:
    assert sizes({"LEAF_ROWS": 4_096}) == DEFAULTS | {"LEAF_ROWS": 4_096}
    assert (RANKINGS.leaf_rows, RANKINGS.fanout) == (DEFAULTS["LEAF_ROWS"], DEFAULTS["FANOUT"])


@pytest.mark.parametrize("wrong", [{"LEAFROWS": 5}, {"FANOUT": 0}, {"FANOUT": "64"}, {"FANOUT": True}])
def test_a_mistaken_size_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ImproperlyConfigured, match="RANK_INDEX"):
        sizes(wrong)
