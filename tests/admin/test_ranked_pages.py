"""Changelists by rank: how many queries they take, and what leads to their pages."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from genonaut.large_admin import LargeTableAdmin
from tests.admin.test_changelists import LISTS
from tests.factories import ContentItemFactory

SIZE = 23
RANKED = [path for path in LISTS if path != "authtoken/tokenproxy"]
FACETS = {
    "users/user": "is_active__exact=1",
    "content/contentitem": "source__exact=user",
    "content/autocontentitem": "is_private__exact=0",
    "interactions/interaction": "kind__exact=view",
    "recommendations/recommendation": "is_served__exact=0",
    "generation/generationjob": "status__exact=completed",
}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page have so few rows that the lists have several."""
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", SIZE)


@pytest.mark.parametrize("path", RANKED)
@pytest.mark.parametrize("number", [1, 20])
def test_how_many_queries_a_list_takes(
    desk: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    number: int,
) -> None:
    monkeypatch.setattr(LargeTableAdmin, "list_per_page", 7)
    made = [LISTS[path]() for _ in range(number)]
    last = -(-(number + (path == "users/user")) // 7)
    app = path.split("/")[0]
    # A username is looked up first, and the words of a search are taken apart.
    term, search_queries = {"users": ("user-", 7), "content": ("item", 7)}.get(app) or (made[0].user.username, 6)
    created = made[0].created_at
    year = f"created_at__year={created.year}"
    month = f"{year}&created_at__month={created.month}"

    for query, queries in {
        "": 6,  # session, user, page and total, rows, first and last year, years
        f"p={last}": 6,
        f"p={last + 100}": 7,  # no such page
        FACETS[path]: 6,
        year: 5,  # no first and last year
        month: 5,
        f"{month}&created_at__day={created.day}": 4,  # nothing within a day
        f"q={term}": search_queries,  # session, user, estimate, total, keys, rows
    }.items():
        with django_assert_num_queries(queries, info=query):
            assert desk.get(f"/admin/{path}/?{query}").status_code == 200


def test_page_numbers_and_a_field_lead_to_every_page(desk: Client, small_pages: None) -> None:
    ContentItemFactory.create_batch(2)
    ContentItem.objects.bulk_create(ContentItem(title="x", content_type="text", seed=1) for _ in range(SIZE * 11))
    html = desk.get("/admin/content/contentitem/?source__exact=user&p=12").content.decode()
    assert f"{SIZE * 11 + 1}–{SIZE * 11 + 2} of {SIZE * 11 + 2} content items" in html
    assert '<a href="?p=11&amp;source__exact=user">11</a>' in html
    assert '<form id="page-jump" method="get"><input type="hidden" name="source__exact" value="user"></form>' in html
    assert 'form="page-jump" min="1" max="12" value="12"' in html
