"""The synthetic data set: its size, proportions and skew; the same rows again; interrupted, and run again."""

import io
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Q

from content.models import ContentItem, ContentType, Source
from content.vocabulary import TAGS
from generation.models import GenerationJob
from genonaut.ranking.building import pending_deltas, ranked_rows
from genonaut.ranking.verifying import Drift, verify
from genonaut.seeding import BLOCK_ROWS
from interactions.models import Interaction, Kind
from recommendations.models import Recommendation
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from users.models import User

MODELS = (User, ContentItem, Interaction, Recommendation, GenerationJob)


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
    """Return how many rows the rankings of each table have counted; none may be left to be folded."""
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


@pytest.mark.parametrize("rows", [999, 10_000_001, 0, -5])
def test_a_size_out_of_range_is_refused(db: None, rows: int) -> None:
    with pytest.raises(CommandError, match="must be from 1,000 to 10,000,000"):
        seed(rows)
    assert not User.objects.exists()


def test_a_size_that_is_no_multiple_of_a_block_is_kept_exactly(db: None) -> None:
    seed(BLOCK_ROWS + 1)
    assert ContentItem.objects.count() == BLOCK_ROWS + 1


def test_shares_are_those_of_a_real_gallery(db: None) -> None:
    seed(10_000)
    shares = ContentItem.objects.aggregate(
        auto=Count("pk", filter=Q(source=Source.AUTO)),
        private=Count("pk", filter=Q(is_private=True)),
        unscored=Count("pk", filter=Q(quality_score=None)),
        untagged=Count("pk", filter=Q(tags=[])),
        images=Count("pk", filter=Q(content_type=ContentType.IMAGE)),
    )
    expected = {"auto": 4000, "private": 2000, "unscored": 500, "untagged": 600, "images": 7200}
    assert shares == {name: pytest.approx(share, rel=0.15) for name, share in expected.items()}
    assert set(ContentItem.objects.values_list("content_type", flat=True)) == set(ContentType.values)
    assert set(Interaction.objects.values_list("kind", flat=True)) == set(Kind.values)


def test_no_private_item_is_without_a_creator(thousand: None) -> None:
    assert not ContentItem.objects.filter(is_private=True, creator=None).exists()


def test_a_few_creators_own_most(db: None) -> None:
    seed(10_000)
    owned = list(User.objects.annotate(works=Count("items")).order_by("-works").values_list("works", flat=True))
    assert len(owned) == 200
    assert sum(owned[:20]) > sum(owned) / 2
    assert owned[-1] < owned[0] / 50


def test_many_items_share_one_time(thousand: None) -> None:
    times = ContentItem.objects.values("created_at").annotate(rows=Count("pk")).order_by("-rows")
    assert times[0]["rows"] > 100


def test_items_lie_in_time_only_roughly_in_the_order_of_their_ids(db: None) -> None:
    seed(BLOCK_ROWS)
    times = list(ContentItem.objects.order_by("pk").values_list("created_at", flat=True))
    backwards = sum(later < earlier for earlier, later in pairwise(times))
    assert backwards > len(times) / 10
    assert max(times) - min(times) > timedelta(days=5 * 360)
    assert times[len(times) // 10] < times[-1]


def test_tags_follow_zipfs_law(db: None) -> None:
    seed(10_000)
    rows = ContentItem.objects.values_list("tags", flat=True)
    counts: dict[str, int] = {}
    for tags in rows:
        assert len(tags) == len(set(tags)) <= 8
        for tag in tags:
            counts[tag] = counts.get(tag, 0) + 1
    ranked = sorted(counts.values(), reverse=True)
    assert set(counts) <= set(TAGS)
    assert ranked[0] > 1.5 * ranked[1]
    assert ranked[0] > 100 * ranked[len(ranked) // 2]
    assert len(ranked) > 500


def test_titles_and_prompts_are_whole_and_varied(thousand: None) -> None:
    titles = list(ContentItem.objects.values_list("title", flat=True))
    assert len(set(titles)) > 800
    assert not [title for title in titles if "{" in title or "\\" in title or title[0].islower()]
    assert not ContentItem.objects.filter(prompt="").exists()
    verse = ContentItem.objects.filter(content_type=ContentType.TEXT).first().data
    assert "\n" in verse


def test_nothing_private_is_noticed_or_recommended(thousand: None) -> None:
    assert not Interaction.objects.filter(content__is_private=True).exists()
    assert not Recommendation.objects.filter(content__is_private=True).exists()


def test_nobody_is_recommended_their_own_work(thousand: None) -> None:
    assert not Recommendation.objects.filter(content__creator=F("user")).exists()


def test_completed_jobs_made_their_users_items(thousand: None) -> None:
    done = GenerationJob.objects.filter(status="completed")
    assert done.exists()
    assert not done.exclude(result__creator=F("user"), result__prompt=F("prompt"), finished_at=F("result__created_at"))


def test_every_row_is_ranked_after_each_load(thousand: None) -> None:
    assert ranked() == [{model.objects.count()} for model in MODELS]
    ContentItemFactory.create_batch(3)
    seed(1000, seed=2)
    assert ranked() == [{model.objects.count()} for model in MODELS]
    assert drifts() == []


def test_nobody_can_log_in(thousand: None) -> None:
    assert not [user for user in User.objects.all() if user.has_usable_password() or user.is_staff or user.is_superuser]


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


def test_an_interrupted_load_keeps_whole_blocks_and_goes_on_when_run_again(
    manage: Callable[..., subprocess.Popen],
) -> None:
    total = 8 * BLOCK_ROWS
    process = manage("seed", "--rows", total)
    deadline = time.monotonic() + 60
    while not ContentItem.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    kept = ContentItem.objects.count()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert 0 < kept < total
    assert kept % BLOCK_ROWS == 0
    assert rows_known_to_the_planner() == {model._meta.db_table: model.objects.count() for model in MODELS}
    assert ranked() == [{model.objects.count()} for model in MODELS]
    out, errors = manage("seed", "--rows", total).communicate(timeout=120)
    assert out.strip() == f"{total - kept:,} items loaded, {kept:,} were there before"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(id) - min(id) + 1, count(distinct source_id) FROM content_contentitem")
        assert cursor.fetchone() == (total, total, total)
        cursor.execute("SELECT count(*) FROM interactions_interaction")
        assert cursor.fetchone() == (total // 2,)


def test_after_loading_the_planner_knows_the_tables_and_their_pages_are_marked_visible(
    manage: Callable[..., subprocess.Popen],
) -> None:
    before = vacuumed()
    _, errors = manage("seed", "--rows", BLOCK_ROWS).communicate(timeout=60)
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


def test_the_rows_are_the_same_however_many_connections_load_them(manage: Callable[..., subprocess.Popen]) -> None:
    rows = 3 * BLOCK_ROWS
    restart_ids()
    _, errors = manage("seed", "--rows", rows, "--workers", 3).communicate(timeout=120)
    by_three = everything(without_ids=True)
    assert len(by_three[1]) == rows, errors
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE users_user, content_contentitem RESTART IDENTITY CASCADE")
    seed(rows, workers=1)
    assert everything(without_ids=True) == by_three
