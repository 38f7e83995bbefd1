"""Every list, form and autocomplete with 30,000 users and as many of everything else (traps 21 and 22)."""

import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker

from albums.models import Album, AlbumItem
from content.models import ContentItem
from generation.models import GenerationJob
from genonaut.large_admin import RunsChangeList
from genonaut.large_admin.paginators import RankedPaginator
from genonaut.pagination.totals import COUNT_BUDGET, LARGE_COUNT_BUDGET
from genonaut.ranking import catch_up
from genonaut.ranking.conf import LEAF_ROWS
from genonaut.status import panels
from genonaut.status.panels import PANELS, read_panel
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import UserFactory
from tests.statements import statements_run
from tests.vacuuming import vacuum_table
from users.models import User

# More than a page may scan, sort or count at once: three times COUNT_BUDGET.
ROWS = 30_000
# Two months of 2021.
TIME = "timestamptz '2021-01-01' + i * interval '3 minutes'"
STATEMENTS = (
    f"""
    INSERT INTO users_user (id, username, name, email, password, preferences, is_active, is_staff, is_superuser,
                            created_at)
    SELECT i, 'user-' || i, '', '', '!', '{{}}', i % 50 <> 0, false, false, {TIME}
    FROM generate_series(1, {ROWS}) AS i
    """,
    # User 7 made a thousand items; one in a hundred is private; the word zeppelin is rare.
    f"""
    INSERT INTO content_contentitem (id, title, prompt, data, metadata, tags, content_type, source, creator_id,
                                     is_private, quality_score, seed, created_at, updated_at)
    SELECT i, CASE WHEN i % 10000 = 3 THEN 'Zeppelin' ELSE 'Harbour' END, '', '', '{{}}', '{{}}',
           (ARRAY['text', 'image', 'video', 'audio'])[1 + i % 4], CASE WHEN i % 3 = 0 THEN 'auto' ELSE 'user' END,
           CASE WHEN i % 30 = 0 THEN 7 ELSE i END, i % 100 = 1,
           CASE WHEN i % 20 > 0 THEN i % 101 / 100.0 END, i, {TIME}, now()
    FROM generate_series(1, {ROWS}) AS i
    """,
    # User 7 did fifteen thousand things, more than are counted at once.
    f"""
    INSERT INTO interactions_interaction (id, user_id, content_id, kind, comment, metadata, created_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, i, CASE WHEN i % 2 = 0 THEN 'view' ELSE 'share' END, '', '{{}}',
           {TIME}
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO recommendations_recommendation (id, user_id, content_id, score, algorithm, is_served, created_at)
    SELECT i, i, i, i % 101 / 100.0, 'als-1', i % 3 = 0, {TIME}
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO generation_generationjob (id, user_id, job_type, prompt, parameters, status, error, created_at)
    SELECT i, i, 'image', 'fog', '{{}}', 'pending', '', {TIME}
    FROM generate_series(1, {ROWS}) AS i
    """,
    # Every second file lies in library 7.
    f"""
    INSERT INTO media_mediafile (id, sha256, format, mime, size, width, height, stored_as, colour, picture_error,
                                 created_at)
    SELECT i, sha256(i::text::bytea), 'png', 'image/png', i, 832, 1216, '', '', '', now()
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO media_library (id, name, folder, owner_id, is_private, created_at)
    SELECT i, 'library ' || i, '/' || i, i, false, now() FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO media_libraryfile (id, library_id, path, size, mtime_ns, media_file_id, error, seen_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, i || '.png', i, i, i, '', now()
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO media_generativemodel (id, kind, name, hash)
    SELECT i, CASE WHEN i % 2 = 0 THEN 'model' ELSE 'lora' END, 'Model ' || i, 'hash' || i
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO media_generationdata (id, media_file_id, generator, prompt, negative_prompt, model_id, loras,
                                      lora_weights, sampler, scheduler, has_workflow, more, warnings)
    SELECT i, i, 'a1111', '', '', i, ARRAY[i - 1, i], ARRAY[1, NULL], '', '', false, '{{}}', '{{}}'
    FROM generate_series(1, {ROWS}) AS i
    """,
    "UPDATE content_contentitem SET media_file_id = id, generation_id = id, library_id = 7 WHERE id % 100 = 9",
    f"""
    INSERT INTO authtoken_token (key, user_id, created)
    SELECT 'key-' || i, i, now() FROM generate_series(1, {ROWS}) AS i
    """,
    # Every second album is user 7's, every second item in album 7; user 7 follows and is told of fifteen thousand.
    f"""
    INSERT INTO albums_album (id, owner_id, title, notes, query, is_public, created_at, updated_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, 'Album ' || i, '', '', i % 3 = 0, {TIME}, now()
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO albums_albumitem (id, album_id, content_id, position, note, audience, added_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, i, i, '', 0, {TIME} FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO users_apitoken (id, user_id, name, digest, created_at, expires_at)
    SELECT i, i, 'script', i, {TIME}, now() FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO users_usersession (id, user_id, session_key, device, started_at, seen_at)
    SELECT i, i, i, '', {TIME}, now() FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO users_pendingemail (user_id, email, activates, created_at)
    SELECT i, i || '@example.org', false, now() FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO people_follow (id, user_id, person_id, created_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, CASE WHEN i % 2 = 0 THEN i ELSE 8 END, {TIME}
    FROM generate_series(9, {ROWS}) AS i
    """,
    f"""
    INSERT INTO notices_notice (id, user_id, kind, actor_id, completed, failed, created_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, 'follow', CASE WHEN i % 2 = 0 THEN i ELSE 8 END, 0, 0, {TIME}
    FROM generate_series(9, {ROWS}) AS i
    """,
    f"""
    INSERT INTO culling_bulktask (id, user_id, action, value, ids, query, last_id, position, status, total, changed,
                                  unchanged, refused, created_at)
    SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE i END, 'tag', 'fog', '{{}}', '', 0, 0, 'waiting', 9, 0, 0, '{{}}', {TIME}
    FROM generate_series(1, {ROWS}) AS i
    """,
    f"""
    INSERT INTO exports_export (id, user_id, query, total, works, last, error, created_at, expires_at)
    SELECT lpad(i::text, 32, '0')::uuid, i, '', 9, 0, 0, '', {TIME}, {TIME} FROM generate_series(1, {ROWS}) AS i
    """,
)
TABLES = (
    "users_user",
    "content_contentitem",
    "interactions_interaction",
    "recommendations_recommendation",
    "generation_generationjob",
    "authtoken_token",
    "albums_album",
    "albums_albumitem",
    "users_apitoken",
    "users_usersession",
    "users_pendingemail",
    "people_follow",
    "notices_notice",
    "culling_bulktask",
    "exports_export",
    "media_mediafile",
    "media_library",
    "media_libraryfile",
    "media_generativemodel",
    "media_generationdata",
)
TO_A_USER = "autocomplete/?app_label=content&model_name=contentitem&field_name=creator&term="
TO_AN_ITEM = "autocomplete/?app_label=interactions&model_name=interaction&field_name=content&term="
# By model: what its list is asked for; "" is the first page, and page 999999 leads to the last.
LISTS = {
    "users/user/": (
        "",
        "?p=999999",
        "?o=1",
        "?is_staff__exact=1&o=1",
        "?is_active__exact=0&o=1",
        "?is_active__exact=0&is_staff__exact=0&p=999999",
        "?is_active__exact=0&is_staff__exact=1",
        "?is_active__exact=1&is_staff__exact=1&o=1",
        "?created_at__year=2021&created_at__month=2",
        "?created_at__year=2021&o=1",
        "?q=user-7777",
        "?q=user-7@example.org",
        "?q=77",
        "?q=nobody",
    ),
    "content/contentitem/": (
        "",
        "?p=999999",
        "?o=-6",
        "?o=-6&p=500",
        "?created_at__year=2021",
        "?created_at__year=2021&p=999999",
        "?created_at__year=2021&created_at__month=2&source__exact=auto&p=40",
        "?created_at__year=2021&created_at__month=2&created_at__day=3",
        "?created_at__year=2021&created_at__month=2&o=-6",
        "?created_at__year=2021&created_at__month=2&created_at__day=3&o=-6&q=harbour",
        "?created_at__year=2021&creator__id__exact=7",
        "?created_at__year=2021&creator__id__exact=7&o=-6",
        "?created_at__year=2022",
        "?q=zeppelin",
        "?q=harbour",
        "?q=nothing",
        "?q=77",
        "?is_private__exact=0",
        "?is_private__exact=1",
        "?source__exact=auto",
        "?source__exact=auto&p=150",
        "?source__exact=auto&content_type__exact=text&is_private__exact=1",
        "?source__exact=auto&o=-6",
        "?creator__id__exact=7",
        "?creator__id__exact=7&o=-6",
        "?creator__id__exact=7&content_type__exact=text",
        "?creator__id__exact=999999999",
    ),
    "content/autocontentitem/": ("", "?p=999999", "?content_type__exact=audio"),
    "interactions/interaction/": (
        "",
        "?p=999999",
        "?kind__exact=share",
        "?kind__exact=comment",
        "?user__id__exact=7",
        "?user__id__exact=7&kind__exact=view&p=99",
        "?content__id__exact=77",
        "?q=user-7",
        "?q=item:77",
        "?q=77",
    ),
    "recommendations/recommendation/": (
        "",
        "?p=999999",
        "?o=-5",
        "?user__id__exact=77",
        "?is_served__exact=1",
        "?is_served__exact=1&o=-5",
        "?user__id__exact=77&is_served__exact=0",
        "?content__id__exact=77&is_served__exact=0",
        "?q=item:77",
    ),
    "generation/generationjob/": (
        "",
        "?p=999999",
        "?status__exact=pending",
        "?status__exact=failed",
        "?job_type__exact=image",
        "?job_type__exact=audio",
        "?job_type__exact=image&status__exact=pending",
        "?user__id__exact=77&status__exact=pending",
        "?result__id__exact=77",
    ),
    "media/mediafile/": (
        "",
        "?p=999999",
        "?o=2",
        "?q=77",
        f"?q={sha256(b'77').hexdigest()}",
    ),
    "media/library/": ("", "?p=999999", "?owner__id__exact=77", "?q=library+77", "?q=77"),
    "media/libraryfile/": (
        "",
        "?p=999999",
        "?library__id__exact=7",
        "?library__id__exact=9",
        "?media_file__id__exact=77",
        "?q=library+7/2.png",
        "?q=77",
    ),
    "media/generativemodel/": ("", "?p=999999", "?kind__exact=lora", "?q=model+77", "?q=hash77", "?q=77"),
    "media/generationdata/": ("", "?p=999999", "?q=77"),
    "authtoken/tokenproxy/": ("", "?p=999999", "?q=user-77", "?user__id__exact=77"),
    "albums/album/": ("", "?p=999999", "?is_public__exact=1&p=99", "?owner__id__exact=7", "?q=user-77", "?q=77"),
    "albums/albumitem/": ("", "?p=999999", "?album__id__exact=7", "?album__id__exact=7&p=99", "?q=item:77", "?q=77"),
    "users/apitoken/": ("", "?p=999999", "?user__id__exact=77", "?q=user-77", "?q=77"),
    "users/usersession/": ("", "?p=999999", "?user__id__exact=77", "?q=user-77"),
    "users/pendingemail/": ("", "?p=999999", "?user__id__exact=77", "?q=user-77", "?q=77@example.org"),
    "people/follow/": ("", "?p=999999", "?user__id__exact=7", "?person__id__exact=8&p=99", "?q=user-77"),
    "notices/notice/": ("", "?p=999999", "?user__id__exact=7", "?user__id__exact=7&p=99", "?q=user-77", "?q=77"),
    "culling/bulktask/": ("", "?p=999999", "?user__id__exact=7", "?user__id__exact=77", "?q=user-77", "?q=77"),
    "exports/export/": ("", "?p=999999", "?user__id__exact=77", "?q=user-77"),
    TO_A_USER: ("", "user-77", "user&page=9"),
    TO_AN_ITEM: ("harbour", "zeppelin"),
}
BEFORE_PAGE = re.compile(r" LIMIT (\d{1,4})\) AS scan LIMIT \1\) AS counted$")
SMALL_COUNT = f"LIMIT {COUNT_BUDGET + 1}) AS counted"
LARGE_COUNT = f"LIMIT {LARGE_COUNT_BUDGET + 1}) AS counted"
# Row 9 is an automatic item; user 9 has everything.
FORMS = ("add/", "9/change/", "9/delete/", "9/history/")
# What is looked at and not changed.
FACTS = {"add/": 403, "9/change/": 200, "9/delete/": 403, "9/history/": 200}
LOOKED_AT = ("media/", "albums/", "users/apitoken", "users/usersession", "users/pendingemail", "people/", "notices/")
LOOKED_AT += ("culling/", "exports/")


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The rows, and the statistics and visibility map that a live database has."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        try:
            for statement in STATEMENTS:
                cursor.execute(statement)
            for table in TABLES:
                with suppress(TimeoutError):  # what is not marked by then shows in the plans
                    vacuum_table(cursor, table)
            for model in (User, ContentItem, Interaction, Recommendation, GenerationJob, Album, AlbumItem):
                catch_up(model.rankings)
            yield
        finally:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")


@pytest.fixture
def desk(crowd: None, client: Client, db: None) -> Client:
    """A browser in which a superuser is signed in, beyond the crowd."""
    user: User = UserFactory(id=100 * ROWS, username="stella", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


def read(desk: Client, address: str) -> tuple[HttpResponse, list[str]]:
    """Return a page, and the statements that read rows for it, but for those that know who asks."""
    with statements_run() as statements:
        response = desk.get(f"/admin/{address}")
    assert response.status_code == 200, address
    found = [sql for sql in statements if sql.startswith(("SELECT", "WITH"))]
    return response, found[2:]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a plan that were executed."""
    if plan["Actual Loops"]:
        yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_read(node: dict[str, Any]) -> float:
    """Return how many rows a node gave and threw away."""
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


def explain(sql: str) -> list[dict[str, Any]]:
    """Return the executed nodes of a statement's plan."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
        return list(nodes(cursor.fetchone()[0][0]["Plan"]))


@pytest.mark.parametrize("path", LISTS)
def test_no_list_counts_reads_or_sorts_a_whole_table(desk: Client, path: str) -> None:
    for query in LISTS[path]:
        response, statements = read(desk, path + query)
        assert len(response.content) < 100_000
        by_rank = [sql for sql in statements if "ranking_node" in sql]
        others = [sql for sql in statements if sql not in by_rank]
        # A window says how many rows were fetched of it, of a bounded number, or how many of it come before the page.
        counts = [sql for sql in others if "count(" in sql.lower() and "FROM fetched" not in sql]
        counts = [sql for sql in counts if not BEFORE_PAGE.search(sql)]
        is_ranked = response.context is not None and "cl" in response.context and is_by_rank(response.context["cl"])
        assert len(counts) in ((0,) if is_ranked else (1, 2))
        for sql in counts:
            assert sql.endswith((SMALL_COUNT, LARGE_COUNT))
        for sql in others:
            # What no index keeps in order is collected, as far as it is counted.
            is_large = sql.endswith(LARGE_COUNT) or sql.startswith("WITH matches")
            check_plan(sql, limit=LARGE_COUNT_BUDGET + 1 if is_large else 2 * COUNT_BUDGET)
        for sql in by_rank:
            check_leaves(sql)


def is_by_rank(changelist: RunsChangeList) -> bool:
    """Return whether a list's pages are read by rank."""
    return isinstance(changelist.paginator, RankedPaginator)


def check_leaves(sql: str) -> None:
    """Fail where a statement reads more of anything than a ranking's reader may for a page or a mark."""
    for node in explain(sql):
        marks = max(node["Actual Loops"], 1)
        assert rows_read(node) / marks <= 5 * LEAF_ROWS, sql
        assert marks <= 64, sql


def check_plan(sql: str, limit: int, most: int = 101) -> None:
    """Fail where a statement scans or sorts more rows than the limit, or gives more than a page of them."""
    plan = explain(sql)
    assert plan[0]["Actual Rows"] <= most, sql
    for node in plan:
        if node["Node Type"] in ("Seq Scan", "Sort"):
            assert rows_read(node) <= limit, sql
        # A page by number walks its index as far as the numbers reach.
        assert rows_read(node) <= LARGE_COUNT_BUDGET + 1, sql


@pytest.mark.parametrize("path", [path for path in LISTS if not path.startswith("autocomplete")])
def test_no_form_loads_a_table(desk: Client, path: str) -> None:
    for page in FORMS:
        is_shown_only = path.startswith(LOOKED_AT) or (path.startswith("generation/") and page == "add/")
        if is_shown_only and FACTS[page] == 403:
            assert desk.get(f"/admin/{path}{page}").status_code == 403
            continue
        response, statements = read(desk, path + (page.replace("9/", f"{UUID(int=9)}/") if "export" in path else page))
        # The permissions that a user may be given take half of the largest.
        assert len(response.content) < 60_000
        for sql in statements:
            # The permissions that a user may be given are four for each model.
            most = 200 if "auth_permission" in sql else 100
            check_plan(sql, limit=most, most=most + 1)


def test_totals_say_how_well_they_are_known(desk: Client) -> None:
    def text(address: str) -> str:
        return desk.get(f"/admin/{address}").context["cl"].result_text

    assert text("content/contentitem/") == "30,000"
    assert text("content/contentitem/?q=zeppelin") == "3"
    assert text("interactions/interaction/?user__id__exact=7") == "15,001"


def test_no_panel_of_the_operators_page_counts_reads_or_sorts_a_whole_table(
    crowd: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "SECONDS", 60)
    with statements_run() as statements:
        shown = {title: read_panel(title) for title in PANELS if title != "Checks"}
    assert [panel.error for panel in shown.values()] == [""] * len(shown)
    for sql in statements:
        if "ranking_node" in sql and sql.startswith(("SELECT", "WITH")):
            check_leaves(sql)
        elif sql.startswith(("SELECT", "WITH")):
            check_plan(sql, limit=COUNT_BUDGET + 1)
    facts = {(title, fact.name): fact.value for title, panel in shown.items() for fact in panel.contents.facts}
    assert facts["Accounts", "Accounts"] == facts["Works", "Works"] == f"{ROWS:,}"
    assert facts["Bulk tasks", "Unfinished"] == facts["Exports", "Unfinished"] == f"more than {COUNT_BUDGET:,}"
    assert (facts["Works", "Private"], facts["Accounts", "Inactive"]) == (f"{ROWS // 100:,}", f"{ROWS // 50:,}")
    assert facts["Files", "Files"] in (f"{ROWS:,}", f"about {ROWS:,}")
