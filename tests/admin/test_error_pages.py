"""What goes wrong in the admin is said in the admin's frame, with a way back to the list."""

import pytest
from django.contrib.auth.models import Permission
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from genonaut.http import error_pages
from genonaut.pagination.errors import InvalidParametersError
from tests.factories import ContentItemFactory
from tests.pages.html import elements, hrefs, texts
from users.models import User

LIST = "/admin/content/contentitem/"
MANY = "a&" * 1_101


def expect_frame(page: HttpResponse, *, back: str | None = LIST) -> None:
    """Check that a page is the admin's, and what it leads back to."""
    assert len(elements(page, "div", id="site-name")) == 1
    assert elements(page, "header", class_="masthead") == []
    ways = [
        (link.text, link.attributes["href"])
        for link in elements(page, "a")
        if link.text in ("Back to the list", "All lists")
    ]
    assert ways == ([("Back to the list", back)] if back else []) + [("All lists", "/admin/")]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page=600", "page: The pages of this list go by “p”."),
        ("page=2&page_size=5", "page: The pages of this list go by “p”.page_size: No parameter of this list."),
        ("creator__password__startswith=p", None),
        (MANY, None),
    ],
)
def test_a_bad_address_is_a_400_of_the_admin(desk: Client, query: str, said: str | None) -> None:
    page = desk.get(f"{LIST}?{query}")
    assert (page.status_code, texts(page, "h1")) == (400, ["This cannot be shown"])
    assert texts(page, "ul", class_="errorlist") == ([said] if said else [])
    expect_frame(page)


@pytest.mark.parametrize("path", [LIST, "/admin/users/user/", "/admin/authtoken/tokenproxy/", "/admin/auth/group/"])
def test_an_action_upon_no_row_is_a_400_of_the_admin(desk: Client, path: str) -> None:
    for row in ("\0", "1\0") if "token" in path else ("abc", "\0", "1.5", ""):
        page = desk.post(path, {"action": "delete_selected", "_selected_action": ["1", row], "post": "yes"})
        said = texts(page, "ul", class_="errorlist")
        assert (page.status_code, said) == (400, ["rows: What was ticked is no row of this list."]), row
        expect_frame(page, back=path)


@pytest.mark.parametrize("path", [LIST, "/admin/users/user/", "/admin/waffle/switch/", "/admin/auth/group/"])
def test_a_list_passes_over_parameters_of_others(desk: Client, path: str) -> None:
    page = desk.get(f"{path}?fbclid=y&utm_source=x&ref=a&_ga=1")
    assert (page.status_code, b"fbclid" in page.content) == (200, False)


def test_a_filter_that_is_not_understood_is_left_out_and_said(desk: Client) -> None:
    page = desk.get(f"{LIST}?is_private__exact=maybe&fbclid=y", follow=True)
    assert texts(page, "li", class_="warning") == ["A filter of that address was not understood and left out."]


@pytest.mark.parametrize("path", ["/admin/nowhere/", "/admin/content/nowhere/"])
def test_an_unknown_address_is_a_404_of_the_admin(desk: Client, path: str) -> None:
    page = desk.get(path)
    assert (page.status_code, texts(page, "h1")) == (404, ["Nothing is at this address"])
    expect_frame(page, back=None)


def test_what_is_not_allowed_is_a_403_of_the_admin(client: Client, bob: User) -> None:
    item = ContentItemFactory()
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_contentitem"))
    client.force_login(bob)
    for path in (f"{LIST}add/", f"{LIST}{item.pk}/delete/"):
        page = client.get(path)
        assert (page.status_code, texts(page, "h1")) == (403, ["You may not do this"])
        expect_frame(page)


def test_a_form_that_has_expired_is_a_403_of_the_admin(staff: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    page = client.post(f"{LIST}add/", {"title": "x"})
    assert (page.status_code, texts(page, "h1")) == (403, ["That form has expired"])
    expect_frame(page)
    assert client.post("/api/v1/content/", {}).json()["status"] == 403


@pytest.mark.parametrize(("error", "status"), [(ValueError, 500), (OperationalError, 503)])
def test_what_broke_needs_nothing_that_may_have_broken(rf: RequestFactory, error: type[Exception], status: int) -> None:
    try:
        raise error
    except error:
        page = error_pages.server_error(rf.get(f"{LIST}1/change/"))
    assert (page.status_code, page.headers.get("Retry-After")) == (status, "5" if status == 503 else None)
    assert [address for address in hrefs(page, "link") if "static" not in address] == []
    expect_frame(page)


def test_what_fails_before_the_reader_is_known_is_the_admins_all_the_same(rf: RequestFactory) -> None:
    page = error_pages.bad_request(rf.get(LIST), InvalidParametersError({"x": ["No."]}))
    assert (page.status_code, texts(page, "ul", class_="errorlist")) == (400, ["x: No."])
    expect_frame(page)
