"""What a model may declare, and what it gets."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import DateTimeField, DecimalField, IntegerField, PositiveIntegerField, Value
from django.db.models.functions import Coalesce

from genonaut.ranking import Key, KeyBound, RankQuery, compact, reading, rebuild, verify
from tests.factories import EPOCH
from tests.ranking.samples import chosen, create, declare

BY_PRICE = {"price": ("price", "id")}
RANKINGS_OWN = {"ranking_insert", "ranking_delete", "ranking_update", "ranking_truncate"}


@pytest.mark.parametrize("rankings_first", [False, True])
def test_a_models_own_triggers_stay_beside_those_of_its_rankings(rankings_first: bool) -> None:
    own = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
    model = declare(BY_PRICE, own=[own], rankings_first=rankings_first)
    for triggers in (model._meta.triggers, model._meta.original_attrs["triggers"]):
        assert {trigger.name for trigger in triggers} == RANKINGS_OWN | {"kept"}
        assert len(triggers) == 5
    assert model._meta.triggers is not model._meta.original_attrs["triggers"]


def scored(default: float) -> Coalesce:
    """Return the score, or a default."""
    return Coalesce("score", Value(default))


@pytest.mark.parametrize(
    "orders",
    [
        {"best": (scored(-1.0), "id"), "worst": (scored(2.0), "id")},
        {"best": (scored(-1.0), scored(2.0), "id")},
        {"price": ("price", "price", "id")},
        {"price": ("price", "id"), "other": (Coalesce("price", Value(Decimal(0))), "id")},
    ],
    ids=["two orders", "one order", "twice the same", "with and without a default"],
)
def test_two_keys_of_one_field_are_refused(orders: dict[str, tuple[Key, ...]]) -> None:
    with pytest.raises(ImproperlyConfigured, match="another key_"):
        declare(orders)


def test_two_orders_share_a_key() -> None:
    model = declare({"best": (scored(-1.0), "id"), "dearest": ("price", scored(-1.0), "id")})
    assert {column.name for column in model.rankings.keys} == {"key_score", "key_price", "key_id"}


@pytest.mark.parametrize(
    ("field", "default"),
    [
        (DecimalField(max_digits=6, decimal_places=2, null=True), Decimal("0.005")),
        (DecimalField(max_digits=6, decimal_places=2, null=True), Decimal(10_000)),
        (IntegerField(null=True), -0.5),
        (IntegerField(null=True), 2**40),
        (PositiveIntegerField(null=True), -1),
    ],
    ids=str,
)
def test_a_default_that_the_keys_copy_would_round_or_refuse_is_refused(field: object, default: object) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot hold"):
        declare({"key": (Coalesce("key", Value(default)), "id")}, fields={"key": field})


@pytest.mark.parametrize("places", [0, 2, 6])
def test_decimals_are_ranked_from_the_lowest_to_the_highest(db: None, small_leaves: None, places: int) -> None:
    field = DecimalField(max_digits=6, decimal_places=places)
    model = declare(BY_PRICE, fields={"price": field})
    create(model)
    unit = Decimal(1).scaleb(-places)
    ends = [-999_999 * unit, 999_999 * unit, Decimal(0)]
    prices = [*ends, *(number * unit for number in range(-30, 30)), *ends]
    model.objects.bulk_create(model(price=price) for price in prices)
    for tidy in (lambda: None, lambda: compact(model.rankings), lambda: rebuild(model.rankings)):
        tidy()
        assert verify(model.rankings["price"]) == []
        found = reading.at_rank(chosen(model, "price"), 0, 100, is_descending=False)
        assert [price for price, _ in found.keys] == sorted(prices)
        probed = RankQuery(model.rankings["price"], {}, chosen(model, "price").rows, probes=[KeyBound((unit / 3,))])
        assert reading.totals(probed).probes == [sum(price < unit / 3 for price in prices)]


def test_keys_that_are_no_number_are_counted_and_stepped_over(db: None, small_leaves: None) -> None:
    model = declare({"best": (scored(-1.0), "id"), **BY_PRICE})
    create(model)
    scores = [float("nan"), float("inf"), float("-inf"), None, 0.5]
    model.objects.bulk_create(model(price=Decimal(1), score=score) for score in scores * 10)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ranking_sample SET price = 'NaN'")  # which Django refuses
    for tidy in (lambda: None, lambda: compact(model.rankings), lambda: rebuild(model.rankings)):
        tidy()
        assert [verify(ranking) for ranking in model.rankings.values()] == [[], []]
        found = reading.at_rank(chosen(model, "best"), 0, 50, is_descending=True)
        assert [str(score) for score, _ in found.keys[::10]] == ["nan", "inf", "0.5", "-1.0", "-inf"]
        probed = RankQuery(model.rankings["best"], {}, chosen(model, "best").rows, probes=[KeyBound((0.0,))])
        assert reading.totals(probed).probes == [20]
    model.objects.filter(score=float("nan")).delete()
    compact(model.rankings)
    assert reading.totals(chosen(model, "best")).total == 40
    assert verify(model.rankings["best"]) == []


def test_times_beyond_the_calendar_are_counted(db: None, small_leaves: None) -> None:
    """Python cannot read such rows; but they are counted, and those beside them are read."""
    model = declare({"newest": ("sold_at", "id")}, fields={"sold_at": DateTimeField()})
    create(model)
    model.objects.bulk_create(model(sold_at=EPOCH + timedelta(days=day)) for day in range(30))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ranking_sample SET sold_at = 'infinity' WHERE mod(id, 3) = 0")
        cursor.execute("UPDATE ranking_sample SET sold_at = '-infinity' WHERE mod(id, 3) = 1")
    newest = model.rankings["newest"]
    known = list(model.objects.extra(where=["isfinite(sold_at)"]).order_by("sold_at").values_list("sold_at", "id"))
    for tidy in (lambda: None, lambda: compact(model.rankings), lambda: rebuild(model.rankings)):
        tidy()
        assert verify(newest) == []
        found = reading.at_rank(chosen(model, "newest"), 10, 10, is_descending=False)
        assert (found.total, found.keys) == (30, known)
        within = RankQuery(newest, {}, chosen(model, "newest").rows, lower=KeyBound((EPOCH,)))
        assert reading.totals(within).total == 20
        assert reading.rank_of(chosen(model, "newest"), known[0][-1]).first == 10
