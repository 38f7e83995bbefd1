"""Counts of public works by tag and creator stay exact, whatever changes the rows."""

import logging
from collections.abc import Callable
from unicodedata import normalize

import pytest

from catalog import counting
from catalog.models import CatalogDelta, Creator, Tag, UsedModel
from catalog.totals import works_made_with
from content.models import ContentItem
from genonaut.database.copy import copy_rows
from genonaut.deletions import upkeep_wanted
from tests.catalog.counts import (
    WORKS,
    creator_rows,
    creators,
    execute,
    expected_creators,
    expected_models,
    expected_tags,
    model_rows,
    tags,
)
from tests.factories import EPOCH, ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from tests.statements import statements_run
from users.models import User

pytestmark = pytest.mark.django_db
RIGHT = {"tags": 0, "creators": 0, "models": 0}
COPIED = {
    "title": "Copied",
    "content_type": "image",
    "source": "user",
    "prompt": "",
    "data": "",
    "metadata": "{}",
    "is_private": False,
    "seed": 1,
    "created_at": EPOCH,
    "updated_at": EPOCH,
}


def copy_items(*rows: tuple[list[str], int | None]) -> None:
    """Copy works of some tags and creators into their table."""
    values = [[*COPIED.values(), names, creator] for names, creator in rows]
    copy_rows(WORKS, [*COPIED, "tags", "creator_id"], values)


def item(*names: str, **fields: object) -> ContentItem:
    """Write a work without a creator."""
    return ContentItemFactory(tags=list(names), **{"creator": None, **fields})


# --- Rows that come


def test_a_work_that_is_saved_counts_for_each_of_its_tags_and_its_creator(alice: User) -> None:
    item("fog", "sea", creator=alice)
    item("sea", creator=alice)
    assert (tags(), creators()) == ({"fog": 1, "sea": 2}, {"alice": 2})


def test_works_that_are_created_together_count(alice: User) -> None:
    ContentItem.objects.bulk_create(ContentItemFactory.build_batch(3, creator=alice, tags=["fog"]))
    assert (tags(), creators()) == ({"fog": 3}, {"alice": 3})


def test_works_that_are_copied_count(alice: User) -> None:
    copy_items((["fog", "sea"], alice.pk), (["sea"], None), ([], alice.pk), ([], None))
    assert (tags(), creators()) == ({"fog": 1, "sea": 2}, {"alice": 2})


def test_works_that_raw_sql_inserts_count(alice: User) -> None:
    item("fog", creator=alice)
    columns = ", ".join([*COPIED, "tags", "creator_id"])
    execute(f"INSERT INTO {WORKS} ({columns}) SELECT {columns} FROM {WORKS}")
    assert (tags(), creators()) == ({"fog": 2}, {"alice": 2})


def test_a_work_without_tags_or_creator_counts_nowhere_and_leaves_no_delta() -> None:
    item()
    assert not CatalogDelta.objects.exists()


# --- Rows that go


def test_a_work_that_is_deleted_counts_no_more(alice: User) -> None:
    first = item("fog", "sea", creator=alice)
    item("sea", creator=alice)
    tags()
    first.delete()
    assert (tags(), creators()) == ({"sea": 1}, {"alice": 1})


def test_works_that_raw_sql_deletes_leave_no_name_behind(alice: User) -> None:
    ContentItemFactory.create_batch(3, creator=alice, tags=["fog"])
    tags()
    execute(f"DELETE FROM {WORKS}")
    assert (tags(), creators()) == ({}, {})


def test_a_work_that_comes_and_goes_before_a_compaction_leaves_nothing(alice: User) -> None:
    item("fog", creator=alice).delete()
    assert (tags(), creators()) == ({}, {})


def test_truncating_the_works_empties_the_counts_and_what_is_to_be_counted(alice: User) -> None:
    item("fog", creator=alice)
    tags()
    item("sea", creator=alice)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"TRUNCATE {WORKS} CASCADE")
    assert [model.objects.count() for model in (CatalogDelta, Tag, Creator)] == [0, 0, 0]


# --- Rows that change


@pytest.mark.parametrize("is_compacted", [True, False])
def test_works_that_change_their_tags_count_for_the_new_ones(is_compacted: bool) -> None:
    ContentItemFactory.create_batch(2, creator=None, tags=["fog", "sea"])
    if is_compacted:
        tags()
    ContentItem.objects.update(tags=["sea", "sand"])
    assert tags() == {"sea": 2, "sand": 2}


def test_works_that_change_hands_count_for_the_new_creator(alice: User, bob: User) -> None:
    ContentItemFactory.create_batch(2, creator=alice)
    item(creator=bob)
    creators()
    ContentItem.objects.filter(creator=alice).update(creator=bob)
    assert creators() == {"bob": 3}


def test_a_work_that_loses_its_creator_keeps_its_tags(alice: User) -> None:
    item("fog", creator=alice)
    creators()
    ContentItem.objects.update(creator=None)
    assert (tags(), creators()) == ({"fog": 1}, {})


def test_a_work_that_is_made_private_counts_nowhere(alice: User) -> None:
    item("fog", creator=alice)
    tags()
    ContentItem.objects.update(is_private=True)
    assert (tags(), creators()) == ({}, {})


def test_a_work_that_is_made_public_counts(alice: User) -> None:
    item("fog", creator=alice, is_private=True)
    ContentItem.objects.update(is_private=False)
    assert (tags(), creators()) == ({"fog": 1}, {"alice": 1})


def test_a_work_that_is_published_with_other_tags_by_another_counts_as_it_is_then(alice: User, bob: User) -> None:
    item("fog", creator=alice, is_private=True)
    ContentItem.objects.update(is_private=False, tags=["sea"], creator=bob)
    assert (tags(), creators()) == ({"sea": 1}, {"bob": 1})


def test_a_change_of_something_else_leaves_no_delta(alice: User) -> None:
    item("fog", creator=alice)
    tags()
    ContentItem.objects.update(title="Other", quality_score=0.5)
    assert not CatalogDelta.objects.exists()


# --- Private works


@pytest.mark.parametrize("change", [{"title": "x"}, {"tags": ["b"]}, {"creator": None}])
def test_a_private_work_leaves_nothing_in_any_table(alice: User, change: dict) -> None:
    secret = item("secret", creator=alice, is_private=True)
    copied = item("secret", creator=alice, is_private=True)
    ContentItem.objects.filter(pk=secret.pk).update(**change)
    copied.delete()
    assert [model.objects.count() for model in (CatalogDelta, Tag, Creator)] == [0, 0, 0]


# --- Accounts


@pytest.mark.parametrize("change", [{"username": "eve"}, {"name": "Eve"}, {"is_active": False}], ids=str)
def test_an_account_that_changes_is_a_creator_of_the_new_names(alice: User, change: dict) -> None:
    item(creator=alice)
    creators()
    User.objects.filter(pk=alice.pk).update(**change)
    named = {"username": "alice", "name": "Alice", "is_active": True, **change}
    assert creator_rows() == {(alice.pk, *named.values(), 1)}


def test_usernames_that_change_hands_are_those_of_their_accounts(alice: User, bob: User) -> None:
    item(creator=alice)
    item(creator=bob)
    creators()
    User.objects.filter(pk=alice.pk).update(username="former")
    User.objects.filter(pk=bob.pk).update(username="alice")
    assert creator_rows() == {(alice.pk, "former", "Alice", True, 1), (bob.pk, "alice", "Bob", True, 1)}


def test_an_account_without_public_works_is_no_creator(alice: User, bob: User) -> None:
    item(creator=alice, is_private=True)
    User.objects.update(name="Changed")
    assert creators() == {}


@pytest.mark.parametrize("is_compacted", [True, False])
def test_a_deleted_account_is_no_creator_and_its_works_keep_their_tags(alice: User, is_compacted: bool) -> None:
    item("fog", creator=alice)
    if is_compacted:
        tags()
    ContentItem.objects.filter(creator=alice).update(creator=None)
    alice.delete()
    assert (tags(), creators()) == ({"fog": 1}, {})


def test_an_account_that_goes_with_its_private_works_leaves_nothing(alice: User) -> None:
    item("secret", creator=alice, is_private=True)
    item("fog", creator=alice)
    tags()
    alice.delete()
    assert (tags(), creators()) == ({"fog": 1}, {})


# --- Tags that are one


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (["Fog", "FOG", "fog"], "fog"),
        (["É", "e\u0301", "E\u0301", "é"], "é"),
        (["ＷＩＤＥ", "wide", "Wide"], "wide"),
        (["ΩΜΕΓΑ", "ωμεγα"], "ωμεγα"),
        (["ЖУК", "жук"], "жук"),
        (["straße", "Straße"], "straße"),
        (["Ắ", normalize("NFD", "ắ")], "ắ"),
        (["ﬁn", "FIN"], "fin"),
    ],
)
def test_a_tag_is_one_in_any_case_and_unicode_form(written: list[str], name: str) -> None:
    for text in written:
        item(text)
    assert tags() == {name: len(written)}


def test_a_tag_that_a_work_has_twice_counts_once() -> None:
    work = item("Fog", "fog", "FOG")
    assert tags() == {"fog": 1}
    work.delete()
    assert tags() == {}


@pytest.mark.parametrize("others", [["strasse"], ["e"], ["fog "], ["fog sea"], ["#fog"]])
def test_other_letters_accents_signs_and_spaces_are_other_tags(others: list[str]) -> None:
    item("straße", "é", "fog", *others)
    assert tags() == dict.fromkeys(["straße", "é", "fog", *others], 1)


def test_an_empty_tag_is_passed_over() -> None:
    copy_items(([""], None), (["", "fog"], None), (["fog", "", "sea"], None))
    assert tags() == {"fog": 2, "sea": 1}


def test_signs_of_every_kind_are_part_of_a_tag() -> None:
    names = ["a'b", 'a"b', "a\\b", "{a,b}", "a&b | !c:*", "%s %(x)s", "日本 語", "🦊", "a\nb\tc"]
    item(*names)
    assert tags() == dict.fromkeys(names, 1)


# --- Steps


def test_a_compaction_moves_all_deltas_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "STEP_DELTAS", 2)
    for number in range(5):
        item("fog", f"tag {number}")
    with statements_run() as statements:
        assert counting.compact() == 5
    assert len([text for text in statements if "WITH moved" in text]) == 3
    assert tags() == {"fog": 5, **{f"tag {number}": 1 for number in range(5)}}


def test_a_compaction_of_nothing_moves_nothing() -> None:
    assert counting.compact() == 0


def test_a_tag_counts_right_though_its_going_is_moved_in_another_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "STEP_DELTAS", 1)
    item("fog")
    ContentItem.objects.update(tags=["sea"])
    ContentItem.objects.update(tags=["fog"])
    assert tags() == {"fog": 1}


def test_settling_moves_few_deltas_and_asks_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "FEW_DELTAS", 2)
    for _ in range(5):
        item("fog")
    upkeep_wanted.clear()
    counting.settle()
    assert (CatalogDelta.objects.count(), Tag.objects.get().works) == (3, 2)
    assert upkeep_wanted.is_set()


def test_settling_few_deltas_asks_for_nothing() -> None:
    item("fog")
    upkeep_wanted.clear()
    counting.settle()
    assert (CatalogDelta.objects.count(), upkeep_wanted.is_set()) == (0, False)


def test_settling_runs_one_query_if_nothing_has_changed(django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(1):
        counting.settle()


def test_settling_never_raises(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    item("fog")
    execute("SET LOCAL transaction_read_only = on")
    with caplog.at_level(logging.WARNING, "catalog.counting"):
        counting.settle()
    execute("SELECT 1")
    assert "Works are counted later" in caplog.text


# --- Drift and rebuilding


HANDS = {
    "a count of a tag": ("UPDATE catalog_tag SET works = 7 WHERE name = 'fog'", {"tags": 1}),
    "a tag too many": ("INSERT INTO catalog_tag (name, works) VALUES ('ghost', 1)", {"tags": 1}),
    "tags too few": ("DELETE FROM catalog_tag", {"tags": 2}),
    "a count of a creator": ("UPDATE catalog_creator SET works = 7", {"creators": 1}),
    "a name": ("UPDATE catalog_creator SET name = 'Eve'", {"creators": 1}),
    "a state": ("UPDATE catalog_creator SET is_active = false", {"creators": 1}),
    "a creator too few": ("DELETE FROM catalog_creator", {"creators": 1}),
    "a creator too many": (
        "INSERT INTO catalog_creator (id, username, name, is_active, works) VALUES (0, 'ghost', '', true, 1)",
        {"creators": 1},
    ),
    "a count of a model": ("UPDATE catalog_usedmodel SET works = 7", {"models": 1}),
    "a hash": ("UPDATE catalog_usedmodel SET hash = 'abc'", {"models": 1}),
    "a model too few": ("DELETE FROM catalog_usedmodel", {"models": 1}),
    "a model too many": (
        "INSERT INTO catalog_usedmodel (id, kind, name, hash, works) VALUES (0, 'lora', 'ghost', '', 1)",
        {"models": 1},
    ),
}


@pytest.mark.parametrize(("statement", "found"), HANDS.values(), ids=HANDS)
def test_what_is_changed_by_hand_is_found_and_mended(alice: User, statement: str, found: dict[str, int]) -> None:
    item("fog", "sea", creator=alice, generation=GenerationDataFactory(model=GenerativeModelFactory()))
    assert counting.drift() == RIGHT
    execute(statement)
    assert counting.drift() == {**RIGHT, **found}
    counting.rebuild()
    assert counting.drift() == RIGHT
    assert (tags(), creator_rows()) == (expected_tags(), expected_creators())
    assert model_rows() == expected_models()


def test_changes_that_are_not_counted_yet_are_no_drift(alice: User) -> None:
    item("fog", creator=alice)
    assert counting.drift() == RIGHT
    assert not CatalogDelta.objects.exists()


def test_rebuilding_what_is_right_writes_nothing(alice: User) -> None:
    item("fog", creator=alice)
    counting.compact()
    before = versions()
    counting.rebuild()
    assert versions() == before


@pytest.mark.parametrize("is_compacted", [False, True])
def test_the_model_and_the_loras_of_a_work_count_once_each(is_compacted: bool) -> None:
    model, lora = GenerativeModelFactory(name="pony"), GenerativeModelFactory(name="glow", kind="lora")
    data = GenerationDataFactory(model=model, loras=[lora.pk, lora.pk], lora_weights=[1, 0.5])
    first = item(generation=data)
    item(generation=data)
    item(generation=data, is_private=True, creator=UserFactory())
    if is_compacted:
        counting.compact()
    assert works_made_with(lora.pk) == 2
    first.delete()
    assert {(name, works) for _, _, name, _, works in model_rows()} == {("pony", 1), ("glow", 1)}


@pytest.mark.parametrize("is_compacted", [False, True])
def test_the_model_of_a_work_without_a_file_goes_with_it(is_compacted: bool) -> None:
    item = ContentItemFactory(generation=GenerationDataFactory(model=GenerativeModelFactory()))
    if is_compacted:
        counting.compact()
    item.delete()
    counting.compact()
    assert model_rows() == expected_models() == set()


def test_a_model_of_private_works_leaves_nothing_in_any_table() -> None:
    data = GenerationDataFactory(model=GenerativeModelFactory())
    item(generation=data, is_private=True, creator=UserFactory())
    data.model.name = "another name"
    data.model.save()
    data.loras, data.lora_weights = [data.model_id], [1]
    data.save()
    assert not CatalogDelta.objects.exists()
    assert not UsedModel.objects.exists()


def versions() -> set[tuple]:
    """Return what tells one version of a row from the next, for all rows of names."""
    return {
        *Tag.objects.extra(select={"version": "catalog_tag.ctid::text"}).values_list("id", "version"),
        *Creator.objects.extra(select={"version": "catalog_creator.ctid::text"}).values_list("id", "version"),
    }


@pytest.mark.parametrize("batch", [1, 2, 50_000])
def test_rebuilding_counts_every_work_once_and_tells_how_many_ids_are_done(
    alice: User, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(counting, "BATCH_ROWS", batch)
    ContentItemFactory.create_batch(5, creator=alice, tags=["fog"])
    execute("DELETE FROM catalog_catalogdelta")
    told = []
    counting.rebuild(advance=told.append)
    first, end = counting.ids()
    assert (tags(), creators(), sum(told), max(told)) == ({"fog": 5}, {"alice": 5}, end - first, min(batch, 5))


def test_ids_may_be_far_apart() -> None:
    ContentItemFactory(tags=["fog"])
    ContentItemFactory(pk=2**62, tags=["fog"])
    counting.rebuild()
    assert (tags(), counting.drift()) == ({"fog": 2}, RIGHT)


def test_rebuilding_drops_the_deltas_that_it_has_counted() -> None:
    item("fog")
    counting.rebuild()
    assert (CatalogDelta.objects.count(), tags()) == (0, {"fog": 1})


@pytest.mark.parametrize(("cost", "is_rebuilt"), [(4, True), (0, False)])
def test_after_a_load_the_cheaper_way_counts_all(
    alice: User, monkeypatch: pytest.MonkeyPatch, cost: int, is_rebuilt: bool
) -> None:
    monkeypatch.setattr(counting, "DELTA_COST", cost)
    ContentItemFactory.create_batch(2, creator=alice, tags=["fog"])
    with statements_run() as statements:
        counting.catch_up()
    assert any("catalog_counted" in text for text in statements) == is_rebuilt
    assert (CatalogDelta.objects.count(), tags(), creators()) == (0, {"fog": 2}, {"alice": 2})
