"""The API as HTML: its page controls lead to the same pages, and no form lists a table (trap 21)."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from rest_framework.test import APIClient

from tests.api.endpoints import ENDPOINTS, PRIVATE, Endpoint, each_list
from tests.factories import AutoContentItemFactory, ContentItemFactory, InteractionFactory, UserFactory
from tests.pagination.walks import cursor_url, read
from users.models import User

HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(params=ENDPOINTS, ids=str)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    return request.param


def html(api: APIClient, url: str, status: int = 200) -> str:
    """Return a page as a browser gets it."""
    response = api.get(url, headers=HTML)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    return response.content.decode()


def shown(page: str) -> list[int]:
    """Return the ids of the rows: DRF marks the JSON up by its tokens."""
    text = unescape(re.sub(r"<[^>]+>", "", page))
    return [int(pk) for pk in re.findall(r'^        \{\s+"id": (\d+),', text, re.M)]


def following(page: str, relation: str) -> str | None:
    """Return the address behind a page control."""
    found = re.search(rf'<a href="([^"]+)" rel="{relation}"', page)
    return unescape(found[1]) if found else None


def walked(api: APIClient, url: str, relation: str) -> list[list[int]]:
    """Return the ids on each page while the control is there. Fails when it never ends."""
    address, rows = url, []
    for _ in range(10):
        page = html(api, address)
        rows.append(shown(page))
        link = following(page, relation)
        if link is None:
            return rows
        address = url.partition("?")[0] + link
    raise AssertionError("The controls never end.")


@each_list
def test_the_page_controls_of_numbered_pages_lead_through_the_list(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    rows = endpoint.fill(alice, 5)
    api.force_login(alice)
    there = walked(api, f"{endpoint.url}?page_size=2", "next")
    assert there == [rows[:2], rows[2:4], rows[4:]] == walked(api, f"{endpoint.url}?page_size=2&page=3", "prev")[::-1]


@each_list
def test_the_page_controls_of_pages_by_cursor_lead_through_the_list(
    api: APIClient, alice: User, endpoint: Endpoint
) -> None:
    rows = endpoint.fill(alice, 7)
    api.force_login(alice)
    url = f"{endpoint.url}?page_size=2"
    second = cursor_url(url, read(api, url))
    assert walked(api, second, "next") == [rows[2:4], rows[4:6], rows[6:]]
    assert walked(api, second, "prev") == [rows[2:4], rows[:2]]


@pytest.mark.parametrize("viewer", ["anonymous", "alice", "staff"])
def test_no_page_lists_users_or_items_to_choose_from(
    client_of: Callable[[User | None], APIClient], alice: User, staff: User, endpoint: Endpoint, viewer: str
) -> None:
    """Trap 21."""
    client = client_of({"anonymous": None, "alice": alice, "staff": staff}[viewer])
    row = endpoint.fill(alice, 2)[0]
    UserFactory(username="do-not-list-me")
    ContentItemFactory(title="do-not-list-me")
    status = 401 if viewer == "anonymous" and endpoint in PRIVATE else 200
    for url in (f"{endpoint.url}?created_before=2001-01-01", endpoint.detail(row)):
        page = html(client, url, status)
        options = re.findall(r'<option value="([^"]*)"', page)
        assert [option for option in options if option.isdecimal()] == []
        assert "do-not-list-me" not in page


@pytest.mark.parametrize("rows", [1, 20])
def test_a_page_runs_as_many_queries_as_its_json(
    api: APIClient, staff: User, endpoint: Endpoint, rows: int, django_assert_num_queries: Callable
) -> None:
    """Trap 21."""
    endpoint.fill(staff, rows)
    api.force_login(staff)
    with django_assert_num_queries(4):
        html(api, endpoint.url)


@each_list
def test_a_problem_is_shown_inside_the_page(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    api.force_login(alice)
    queries = {"page=0": 400, "page=7": 404, "cursor=abc": 400, "nothing=1": 400, "order=up&sort=up": 400}
    assert ["about:blank" in html(api, f"{endpoint.url}?{query}", status) for query, status in queries.items()] == [
        True
    ] * len(queries)


def test_the_filters_keep_what_was_asked(api: APIClient, alice: User) -> None:
    ContentItemFactory(creator=alice, tags=["sea & land"])
    page = html(api, "/api/v1/content/?q=item&tag=sea+%26+land&content_type=image&order=asc&page_size=7")
    assert '<option value="image" selected>' in page
    assert 'name="q" value="item"' in page
    assert 'name="tag" value="sea &amp; land"' in page
    assert "<option selected>asc</option>" in page
    assert 'max="1000" value="7"' in page


def test_what_a_client_sends_is_escaped(api: APIClient, db: None) -> None:
    page = html(api, "/api/v1/content/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&tag=%22%3E%3Cscript%3E")
    assert "<script>alert" not in page
    assert '"><script>' not in page


def test_numbers_in_forms_are_written_so_that_they_can_be_sent_back(api: APIClient, alice: User, staff: User) -> None:
    item = ContentItemFactory(creator=alice, seed=1_234_567)
    automatic = AutoContentItemFactory(creator=alice, seed=7_654_321)
    api.force_login(staff)
    page = html(api, f"/api/v1/content/{item.pk}/") + html(api, f"/api/v1/content-auto/{automatic.pk}/")
    assert re.findall(r'name="seed"[^>]*value="([^"]*)"', page) == ["1234567", "7654321"]


def chosen(page: str, name: str) -> list[tuple[str, bool]]:
    """Return the options of a select in DRF's forms, and whether each is selected."""
    select = re.search(rf'<select class="form-control" [^>]*name="{name}"[^>]*>(.*?)</select>', page, re.S)
    return [(value, bool(rest.strip())) for value, rest in re.findall(r'<option value="(\w*)"([^>]*)>', select[1])]


@pytest.mark.parametrize("state", [True, False])
def test_forms_say_true_or_false_and_send_it(api: APIClient, alice: User, staff: User, state: bool) -> None:
    """An unticked checkbox is not sent, and what is not sent stays as it is."""
    item = ContentItemFactory(creator=alice, is_private=state)
    person = UserFactory(is_active=state)
    api.force_login(staff)
    for address, name in ((f"content/{item.pk}", "is_private"), (f"users/{person.pk}", "is_active")):
        assert chosen(html(api, f"/api/v1/{address}/"), name) == [("true", state), ("false", not state)]


def test_forms_for_new_rows_show_the_defaults(api: APIClient, staff: User) -> None:
    api.force_login(staff)
    shown = [
        chosen(html(api, f"/api/v1/{name}/"), field)
        for name, field in (("content", "is_private"), ("users", "is_active"), ("recommendations", "is_served"))
    ]
    public, active, unserved = ([("true", state), ("false", not state)] for state in (False, True, False))
    assert shown == [public, active, unserved]


def test_the_root_and_an_own_account_are_shown_as_pages(api: APIClient, alice: User) -> None:
    InteractionFactory(user=alice)
    api.force_login(alice)
    assert "alice@example.org" in html(api, "/api/v1/users/me/")
    assert "/api/v1/content-auto/" in html(api, "/api/v1/")


@each_list
def test_the_pages_need_no_other_site(api: APIClient, alice: User, endpoint: Endpoint) -> None:
    row = endpoint.fill(alice, 1)[0]
    api.force_login(alice)
    page = html(api, endpoint.url) + html(api, endpoint.detail(row))
    loaded = re.findall(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="([^"]*)"', page)
    assert [address for address in loaded if re.match("(https?:)?//", address)] == []
