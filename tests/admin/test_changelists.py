"""The lists: what they cost, what they show, and what they make of whatever stands in the address."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.authtoken.models import Token

from tests.factories import (
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

# By changelist: what puts one row into it.
LISTS: dict[str, Callable[[], object]] = {
    "users/user": UserFactory,
    "content/contentitem": ContentItemFactory,
    "content/autocontentitem": AutoContentItemFactory,
    "interactions/interaction": InteractionFactory,
    "recommendations/recommendation": RecommendationFactory,
    "generation/generationjob": lambda: GenerationJobFactory(
        status="completed", started_at="2024-01-01T00:00Z", finished_at="2024-01-02T00:00Z", result=ContentItemFactory()
    ),
    "authtoken/tokenproxy": lambda: Token.objects.create(user=UserFactory()),
}
JUNK_PAGES = ("p=0", "p=-1", "p=x", "p=999999999999")
JUNK_ORDERS = ("o=99", "o=x.-.3", "o=" + "9" * 5000)
JUNK_TERMS = (
    "\x00",
    "%",
    "'",
    '"',
    '""',
    "\\",
    "item:",
    "item:x",
    "item:" + "9" * 40,
    "9" * 5000,
    "-a",
    "a | & !",
    "٣",
)


def titles(client: Client, address: str) -> list[str]:
    """Return what the rows of a list are called."""
    return [str(row) for row in client.get(address).context["cl"].result_list]


@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_that_no_ranking_counts_takes_five_queries_however_many_rows_it_shows(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        Token.objects.create(user=UserFactory())

    with django_assert_num_queries(5):  # session, user, total, keys, rows
        response = desk.get("/admin/authtoken/tokenproxy/")

    assert len(response.context["cl"].result_list) == rows


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_whatever_the_address_says_of_page_and_order_a_list_is_shown(desk: Client, path: str) -> None:
    LISTS[path]()
    for query in (*JUNK_PAGES, *JUNK_ORDERS, "all=", "e=1", "_facets=True"):
        assert desk.get(f"/admin/{path}/?{query}").status_code == 200, query


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_whatever_is_searched_for_a_list_is_shown(desk: Client, path: str) -> None:
    for term in JUNK_TERMS:
        assert desk.get(f"/admin/{path}/", {"q": term}).status_code == 200, term


@pytest.mark.parametrize(
    "query",
    [
        "prompt__contains=a",
        "title__iregex=a",
        "creator__email__startswith=a",
        "creator__password__startswith=a",
        "metadata__a=1",
        "is_private__isnull=1",
        "source__exact=a%00",
        "created_at__gte=2024-01-01",
        "updated_at__year=2024",
    ],
)
def test_a_filter_that_is_not_the_lists_own_is_refused(desk: Client, query: str) -> None:
    assert desk.get(f"/admin/content/contentitem/?{query}").status_code == 400


@pytest.mark.parametrize("path", ["generation/workflow/?output_type__exact", "genonaut/deletion/?target__exact"])
def test_a_filter_by_nul_is_refused_by_small_lists_too(desk: Client, path: str) -> None:
    assert desk.get(f"/admin/{path}=%00").status_code == 400


@pytest.mark.parametrize("query", ["creator__id__exact=x", "is_private__exact=maybe"])
def test_a_filter_by_a_wrong_value_leads_back_to_the_list(desk: Client, query: str) -> None:
    response = desk.get(f"/admin/content/contentitem/?{query}")
    assert (response.status_code, response["Location"]) == (302, "/admin/content/contentitem/?e=1")


@pytest.mark.django_db
def test_a_filter_by_several_values_keeps_all_of_them(desk: Client) -> None:
    for kind in ("view", "like", "share"):
        InteractionFactory(kind=kind)
    response = desk.get("/admin/interactions/interaction/?kind__exact=view&kind__exact=like")
    assert [row.kind for row in response.context["cl"].result_list] == ["like", "view"]


@pytest.mark.django_db
def test_items_are_listed_newest_first_and_by_the_columns_that_an_index_sorts(desk: Client) -> None:
    for title, score in (("old", 0.9), ("middle", None), ("new", 0.1)):
        ContentItemFactory(title=title, quality_score=score, is_private=title == "old")
    path = "/admin/content/contentitem/"

    assert titles(desk, path) == ["new", "middle", "old"]
    assert titles(desk, f"{path}?o=9") == ["old", "middle", "new"]
    assert titles(desk, f"{path}?o=-6") == ["old", "new", "middle"]
    assert titles(desk, f"{path}?o=6") == ["middle", "new", "old"]
    # A title has no index to be sorted by.
    assert titles(desk, f"{path}?o=2") == ["new", "middle", "old"]


@pytest.mark.django_db
def test_items_are_narrowed_by_source_type_privacy_and_creator(desk: Client, alice: User) -> None:
    ContentItemFactory(title="text", content_type="text")
    ContentItemFactory(title="private", is_private=True)
    ContentItemFactory(title="hers", creator=alice)
    AutoContentItemFactory(title="auto", creator=None)
    path = "/admin/content/contentitem/"

    assert titles(desk, f"{path}?source__exact=auto") == ["auto"]
    assert titles(desk, f"{path}?content_type__exact=text") == ["text"]
    assert titles(desk, f"{path}?is_private__exact=1") == ["private"]
    assert titles(desk, f"{path}?is_private__exact=0&source__exact=user") == ["hers", "text"]
    assert titles(desk, f"{path}?creator__id__exact={alice.pk}") == ["hers"]
    assert titles(desk, f"{path}?creator__id__exact={alice.pk}&source__exact=auto") == []
    assert titles(desk, "/admin/content/autocontentitem/") == ["auto"]


@pytest.mark.django_db
def test_a_list_narrowed_to_one_user_says_so_and_leads_out_again(desk: Client, alice: User) -> None:
    InteractionFactory(user=alice)
    html = desk.get(f"/admin/interactions/interaction/?user__id__exact={alice.pk}").content.decode()
    assert "By user" in html
    assert '<a href="?">All</a>' in html


@pytest.mark.django_db
def test_items_are_found_by_words_id_and_source_id(desk: Client) -> None:
    fog = ContentItemFactory(title="Lighthouse in fog")
    ContentItemFactory(title="imported", source_id="tate-77")
    ContentItemFactory(title="numbered", source_id="123456789")
    path = "/admin/content/contentitem/"

    assert titles(desk, f"{path}?q=lighthouses") == ["Lighthouse in fog"]
    assert titles(desk, f"{path}?q={fog.pk}") == ["Lighthouse in fog"]
    assert titles(desk, f"{path}?q=tate-77") == ["imported"]
    assert titles(desk, f"{path}?q=123456789") == ["numbered"]
    assert titles(desk, f"{path}?q=nothing") == []


@pytest.mark.django_db
def test_users_are_found_by_start_name_address_and_id(desk: Client, alice: User) -> None:
    UserFactory(username="alicent", email="")
    path = "/admin/users/user/"

    assert titles(desk, f"{path}?q=ali") == ["alicent", "alice"] or titles(desk, f"{path}?q=ali") == [
        "alice",
        "alicent",
    ]
    assert titles(desk, f'{path}?q="alice"') == ["alice"]
    assert titles(desk, f"{path}?q=Alice@Example.org") == ["alice"]
    assert titles(desk, f"{path}?q={alice.pk}") == ["alice"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "make", "relation"),
    [
        ("interactions/interaction", InteractionFactory, "content"),
        ("recommendations/recommendation", RecommendationFactory, "content"),
        (
            "generation/generationjob",
            lambda **given: GenerationJobFactory(
                status="completed", started_at="2024-01-01T00:00Z", finished_at="2024-01-02T00:00Z", **given
            ),
            "result",
        ),
    ],
)
def test_what_refers_to_user_and_item_is_found_by_each_and_by_id(
    desk: Client, alice: User, path: str, make: Callable, relation: str
) -> None:
    item = ContentItemFactory()
    hers = make(user=alice, **{relation: item})
    make(**{relation: ContentItemFactory()})

    for term in ("alice", f"item:{item.pk}", f"item: {item.pk}", str(hers.pk)):
        assert titles(desk, f"/admin/{path}/?q={term}") == [str(hers)]
    assert titles(desk, f"/admin/{path}/?q=ali") == []


@pytest.mark.django_db
def test_whether_a_recommendation_was_served_is_asked_of_all_and_of_one_user(desk: Client, alice: User) -> None:
    hers = RecommendationFactory(user=alice, is_served=True)
    another = RecommendationFactory(is_served=True)
    RecommendationFactory(user=alice)
    path = "/admin/recommendations/recommendation/"

    assert titles(desk, f"{path}?is_served__exact=1") == [str(another), str(hers)]
    assert titles(desk, f"{path}?user__id__exact={alice.pk}&is_served__exact=1") == [str(hers)]


@pytest.mark.django_db
def test_jobs_are_narrowed_by_status_by_type_and_by_both(desk: Client) -> None:
    GenerationJobFactory(job_type="text")
    wanted = GenerationJobFactory(job_type="audio")
    path = "/admin/generation/generationjob/"

    for query in ("job_type__exact=audio", "job_type__exact=audio&status__exact=pending"):
        assert titles(desk, f"{path}?{query}") == [str(wanted)]
    assert len(titles(desk, f"{path}?status__exact=pending")) == 2
    assert titles(desk, f"{path}?job_type__exact=audio&status__exact=failed") == []


@pytest.mark.django_db
def test_a_page_past_the_end_shows_the_last_and_says_so(desk: Client) -> None:
    UserFactory.create_batch(60)
    response = desk.get("/admin/users/user/?p=9")
    assert response.context["cl"].page_num == 2
    assert "Page 9 does not exist: this is page 2, the last." in response.content.decode()


@pytest.mark.django_db
def test_rows_link_to_their_user_and_item(desk: Client, alice: User) -> None:
    item = ContentItemFactory()
    InteractionFactory(user=alice, content=item)
    html = desk.get("/admin/interactions/interaction/").content.decode()
    assert f'<a href="/admin/users/user/{alice.pk}/change/">alice</a>' in html
    assert f'<a href="/admin/content/contentitem/{item.pk}/change/">{item.title}</a>' in html


@pytest.mark.django_db
def test_titles_are_shown_as_text(desk: Client) -> None:
    InteractionFactory(content=ContentItemFactory(title="<script>alert(1)</script>"))
    assert "<script>alert" not in desk.get("/admin/interactions/interaction/").content.decode()


@pytest.mark.django_db
def test_an_action_never_applies_to_more_than_the_rows_ticked(desk: Client) -> None:
    items = ContentItemFactory.create_batch(3)
    sent = {"action": "delete_selected", "select_across": "1", "index": "0", "_selected_action": [items[0].pk]}
    assert desk.post("/admin/content/contentitem/", {**sent, "post": "yes"}).status_code == 302
    assert len(titles(desk, "/admin/content/contentitem/")) == 2


@pytest.mark.django_db
def test_the_autocomplete_finds_users_by_the_start_of_their_name(desk: Client) -> None:
    for name in ("ada", "adam", "eve"):
        UserFactory(username=name)
    where = {"app_label": "content", "model_name": "contentitem", "field_name": "creator"}

    found = desk.get("/admin/autocomplete/", {"term": "ada", **where}).json()
    assert {row["text"] for row in found["results"]} == {"ada", "adam"}
    assert found["pagination"] == {"more": False}
    assert desk.get("/admin/autocomplete/", {"term": "a\x00", **where}).json()["results"] == []


@pytest.mark.django_db
def test_the_autocomplete_has_pages(desk: Client) -> None:
    for number in range(25):
        ContentItemFactory(title=f"fog {number}")
    where = {"app_label": "interactions", "model_name": "interaction", "field_name": "content", "term": "fog"}

    first, second = (desk.get("/admin/autocomplete/", {"page": page, **where}).json() for page in (1, 2))
    assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
    assert (len(second["results"]), second["pagination"]["more"]) == (5, False)


@pytest.mark.django_db
def test_djangos_own_lists_say_their_total_alone(desk: Client) -> None:
    Group.objects.bulk_create(Group(name=f"group {number}") for number in range(101))
    html = desk.get("/admin/auth/group/").content.decode()
    assert re.search(r'<span class="paginator-rows">101 groups</span>', html)
