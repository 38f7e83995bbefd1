"""Loading the synthetic data set: its size and proportions; the same rows again; interrupted, and run again."""

import io
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from content import stacks
from content.bookkeeping import CountDelta
from content.models import ContentItem
from generation.models import GenerationJob
from genonaut import seeding
from genonaut.ranking import Drift, pending_deltas, ranked_rows, verify
from genonaut.seeding import Block, Dataset, declared_tables, loaded, missing_blocks
from interactions.counting import drift
from interactions.models import Interaction, Kind
from recommendations.models import Recommendation
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.processes import manage_with
from users.levels import Level
from users.models import User

MODELS = (User, ContentItem, Interaction, Recommendation, GenerationJob)
BLOCK_ROWS = 500


@pytest.fixture(autouse=True)
def blocks_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load several blocks without loading thousands of rows."""
    monkeypatch.setattr(seeding, "BLOCK_ROWS", BLOCK_ROWS)


def seed(rows: int, **options: object) -> str:
    out = io.StringIO()
    call_command("seed", rows=rows, stdout=out, verbosity=0, **options)
    return out.getvalue().strip()


def everything(*, without_ids: bool = False) -> list[list[tuple]]:
    """Return all rows of all tables, in an order of their own."""
    rows = []
    for model in MODELS:
        names = [field.attname for field in model._meta.concrete_fields if field.attname != "search_vector"]
        if without_ids and model not in (User, ContentItem):
            names.remove("id")
        rows.append(sorted(map(repr, model.objects.values_list(*names))))
    return rows


def ranked() -> list[set[int]]:
    """Return how many rows the rankings of each table have counted; none may be left to be compacted."""
    assert [pending_deltas(model.rankings) for model in MODELS] == [0] * len(MODELS)
    return [{ranked_rows(ranking) for ranking in model.rankings.values()} for model in MODELS]


def drifts() -> list[Drift]:
    return [drift for model in MODELS for ranking in model.rankings.values() for drift in verify(ranking)]


def restart_ids() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('users_user_id_seq', 1, false), setval('content_contentitem_id_seq', 1, false)")


@pytest.fixture
def thousand(db: None) -> None:
    """The smallest data set."""
    seed(1000)


def test_there_are_as_many_rows_as_asked_for_and_the_others_in_proportion(thousand: None) -> None:
    assert ContentItem.objects.count() == 1000
    assert User.objects.count() == 20
    assert Interaction.objects.count() == 500
    assert 200 <= Recommendation.objects.count() <= 250
    assert GenerationJob.objects.count() == 20


def test_a_small_data_set_as_the_demos_is_for_every_place_and_has_stacks(thousand: None) -> None:
    assert not ContentItem.objects.exclude(level=Level.GENERAL).exists()
    assert ContentItem.objects.filter(leads_stack=False).exists()
    assert stacks.drift() == (0, 0)


@pytest.mark.parametrize("rows", [999, 10_000_001, 0, -5])
def test_a_size_out_of_range_is_refused(db: None, rows: int) -> None:
    with pytest.raises(CommandError, match="must be from 1,000 to 10,000,000"):
        seed(rows)
    assert not User.objects.exists()


def test_a_size_that_is_no_multiple_of_a_block_is_kept_exactly(db: None) -> None:
    seed(2 * BLOCK_ROWS + 1)
    assert ContentItem.objects.count() == 2 * BLOCK_ROWS + 1


def test_every_row_is_ranked_after_each_load(thousand: None) -> None:
    assert ranked() == [{model.objects.count()} for model in MODELS]
    ContentItemFactory.create_batch(3)
    seed(1000, seed=2)
    assert ranked() == [{model.objects.count()} for model in MODELS]
    assert drifts() == []


def test_likes_and_ratings_are_counted_after_each_load(thousand: None) -> None:
    assert not CountDelta.objects.exists()
    assert drift() == (0, 0, 0)
    likes = Interaction.objects.filter(kind=Kind.LIKE).count()
    assert ContentItem.objects.aggregate(likes=Sum("likes"))["likes"] == likes > 0


def test_the_same_options_are_the_same_rows(db: None) -> None:
    restart_ids()
    seed(1000)
    first = everything(without_ids=True)
    for model in reversed(MODELS):
        model.objects.all().delete()
    restart_ids()
    seed(1000)
    assert everything(without_ids=True) == first


def test_another_seed_is_another_data_set_beside_the_first(thousand: None) -> None:
    before = set(ContentItem.objects.values_list("title", "prompt"))
    seed(1000, seed=2)
    assert ContentItem.objects.count() == 2000
    assert User.objects.count() == 40
    added = set(ContentItem.objects.filter(source_id__startswith="seed-2x").values_list("title", "prompt"))
    assert len(added & before) < 20


def test_run_again_it_adds_nothing(thousand: None) -> None:
    before = everything()
    assert seed(1000) == "0 items loaded, 1,000 were there before"
    assert everything() == before


def test_if_empty_it_fills_an_empty_gallery_only(db: None) -> None:
    ContentItemFactory()
    assert seed(1000, if_empty=True) == ""
    assert ContentItem.objects.count() == 1
    ContentItem.objects.all().delete()
    seed(1000, if_empty=True)
    assert ContentItem.objects.count() == 1000


def test_rows_can_be_added_afterwards(thousand: None) -> None:
    last = ContentItem.objects.latest("pk").pk
    assert ContentItemFactory().pk == last + 1
    assert UserFactory().pk > 20
    assert InteractionFactory().pk > 500


def test_ids_that_others_took_are_left_to_them(db: None) -> None:
    mine = ContentItemFactory()
    seed(1000)
    assert ContentItem.objects.filter(pk=mine.pk, title=mine.title).exists()
    assert ContentItem.objects.count() == 1001


def test_missing_blocks_are_loaded_where_they_belong(db: None) -> None:
    seed(3 * BLOCK_ROWS)
    before = everything(without_ids=True)
    gone = ContentItem.objects.order_by("pk")[BLOCK_ROWS : 2 * BLOCK_ROWS].values_list("pk", flat=True)
    ContentItem.objects.filter(pk__in=list(gone)).delete()
    assert seed(3 * BLOCK_ROWS) == f"{BLOCK_ROWS:,} items loaded, {2 * BLOCK_ROWS:,} were there before"
    assert everything(without_ids=True)[:4] == before[:4]


# --- as it is really run, with several connections


def rows_known_to_the_planner() -> dict[str, int]:
    tables = [model._meta.db_table for model in MODELS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [tables])
        return dict(cursor.fetchall())


def test_an_interrupted_load_keeps_whole_blocks_and_goes_on_when_run_again(transactional_db: None) -> None:
    total = 16 * BLOCK_ROWS
    changes = f"from genonaut import seeding; seeding.BLOCK_ROWS = {BLOCK_ROWS}"
    changes += "; from tests.processes import slow_down; slow_down(seeding, 'load_block')"
    process = manage_with(changes, "seed", "--rows", total)
    while process.poll() is None and not ContentItem.objects.exists():
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    kept = ContentItem.objects.count()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert 0 < kept < total
    assert kept % BLOCK_ROWS == 0
    assert rows_known_to_the_planner() == {model._meta.db_table: model.objects.count() for model in MODELS}
    assert ranked() == [{model.objects.count()} for model in MODELS]
    assert seed(total) == f"{total - kept:,} items loaded, {kept:,} were there before"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(id) - min(id) + 1, count(distinct source_id) FROM content_contentitem")
        assert cursor.fetchone() == (total, total, total)
        cursor.execute("SELECT count(*) FROM interactions_interaction")
        assert cursor.fetchone() == (total // 2,)


class EndedAmid(list[Block]):
    """Blocks whose reader is told to end when he has been given all but the last."""

    def __iter__(self) -> Iterator[Block]:
        yield from self[:-1]
        raise KeyboardInterrupt


def test_interrupted_while_blocks_are_handed_out_it_loads_no_more_of_them(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "BLOCK_ROWS", 10)
    dataset = Dataset(1, 100_000)
    (leading,) = [table for table in declared_tables() if table.model is User]
    blocks = EndedAmid(missing_blocks(dataset, leading))
    with pytest.raises(KeyboardInterrupt):
        list(loaded(blocks, [leading], workers=2))
    assert User.objects.count() < leading.count(dataset) / 2


def test_after_loading_the_planner_knows_the_tables_and_their_pages_are_marked_visible(
    manage: Callable[..., subprocess.Popen],
) -> None:
    before = vacuumed()
    _, errors = manage("seed", "--rows", 1000).communicate(timeout=300)
    assert errors.startswith("100%")
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [list(before)])
        assert dict(cursor.fetchall()) == {model._meta.db_table: model.objects.count() for model in MODELS}
    # How many pages a VACUUM can mark depends on who else reads just then; that it ran does not.
    assert vacuumed() == {table: count + 1 for table, count in before.items()}


def vacuumed() -> dict[str, int]:
    """Return how often each table was vacuumed by command."""
    tables = [model._meta.db_table for model in MODELS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, vacuum_count FROM pg_stat_user_tables WHERE relname = ANY(%s)", [tables])
        return dict(cursor.fetchall())


def test_the_rows_are_the_same_however_many_connections_load_them(transactional_db: None) -> None:
    rows = 4 * BLOCK_ROWS
    restart_ids()
    seed(rows, workers=3)
    by_three = everything(without_ids=True)
    assert len(by_three[1]) == rows
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE users_user, content_contentitem, media_generationdata RESTART IDENTITY CASCADE")
    seed(rows, workers=1)
    assert everything(without_ids=True) == by_three
