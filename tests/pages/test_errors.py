"""Error pages: what is wrong, in words, and a way on."""

from collections.abc import Callable

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import Client, RequestFactory

from genonaut.http import error_pages
from tests.factories import ContentItemFactory
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from users.models import User


def test_bad_parameters_are_listed_with_what_is_wrong(db: None, client: Client) -> None:
    page = client.get("/?page=0&min_quality=7")
    assert page.status_code == 400
    assert dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True)) == {
        "page": "Must be a whole number from 1.",
        "min_quality": "Ensure this value is less than or equal to 1.",
    }


def test_an_address_with_too_many_parameters_to_read_is_refused_with_a_whole_page(db: None, client: Client) -> None:
    page = client.get(f"/?{'q=sea&' * 1101}")
    assert (page.status_code, texts(page, "h1")) == (400, ["That address asks for something we cannot show"])
    assert [field.attributes["value"] for field in elements(page, "input", name="q")] == [""]
    assert hrefs(page, "a", class_="button")[3:] == ["/", "/"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("/accounts/logout/", "POST, OPTIONS"), ("/content/7/like/", "POST"), ("/content/7/privacy/", "POST")],
)
def test_an_address_that_takes_forms_only_is_no_blank_page(
    client: Client, alice: User, address: str, allowed: str
) -> None:
    client.force_login(alice)
    page = client.get(address)
    assert (page.status_code, page.headers["Allow"], texts(page, "h1")) == (
        405,
        allowed,
        ["What was sent is not taken"],
    )
    assert f"This address takes {allowed} only." in texts(page, "main")[0]
    assert client.head(address).content == b""


def test_a_bad_form_leads_to_no_address_that_takes_forms_only(client: Client, alice: User) -> None:
    work = ContentItemFactory(creator=alice)
    client.force_login(alice)
    page = client.post(f"/content/{work.pk}/privacy/", {"private": "x"})
    assert (page.status_code, texts(page, "a", class_="button")[3:]) == (400, ["Go to the gallery"])
    assert "Go back in your browser" in texts(page, "main")[0]


def test_a_bad_profile_address_leads_back_to_the_profile(client: Client, alice: User) -> None:
    page = client.get("/users/alice/?page=x")
    assert texts(page, "a", class_="button")[3:] == ["Start this list over", "Go to the gallery"]
    assert hrefs(page, "a", class_="button")[3:] == ["/users/alice/", "/"]


@pytest.mark.parametrize(
    "query",
    [
        "page=x",
        "page=-1",
        "page=1.5",
        "cursor=x",
        "cursor=%00",
        "page=1&cursor=x",
        "page=0&<script>=1",
    ],
)
def test_nothing_bad_falls_back_to_the_first_page(db: None, client: Client, query: str) -> None:
    page = client.get(f"/?{query}")
    assert (page.status_code, foreign_scripts(page)) == (400, [])


def test_past_the_end_it_says_how_many_pages_there_are_and_leads_there(db: None, client: Client) -> None:
    for title in "abc":
        ContentItemFactory(title=title, tags=["fog"])
    page = client.get("/?page=9&page_size=1&tag=fog")
    assert (page.status_code, texts(page, "main")[0].count("It has 3 pages.")) == (404, 1)
    last, first = hrefs(page, "a", class_="button")[3:]
    assert titles(client.get(f"/{last}")) == ["a"]
    assert titles(client.get(f"/{first}")) == ["c"]


def test_an_unknown_address_is_not_found(db: None, client: Client) -> None:
    page = client.get("/nowhere/<script>")
    assert (page.status_code, texts(page, "h1")) == (404, ["Nothing is at this address"])


def test_a_form_from_elsewhere_is_refused(db: None) -> None:
    page = Client(enforce_csrf_checks=True).post("/accounts/logout/")
    assert (page.status_code, texts(page, "h1")) == (403, ["That form has expired"])


def test_what_is_forbidden_offers_to_sign_in(db: None, client: Client, rf: RequestFactory) -> None:
    request = rf.get("/somewhere/?a=1")
    request.user = client.get("/").context["user"]
    page = error_pages.permission_denied(request, PermissionError())
    assert page.status_code == 403
    assert hrefs(page, "a", class_="button")[-2] == "/accounts/login/?next=/somewhere/%3Fa%3D1"


@pytest.mark.parametrize("show", [error_pages.bad_request, error_pages.permission_denied, error_pages.page_not_found])
def test_each_error_page_is_whole_without_a_query(
    db: None, client: Client, rf: RequestFactory, show: Callable[[HttpRequest, Exception], HttpResponse]
) -> None:
    request = rf.get(f"/?{'a&' * 1001}")
    request.GET = QueryDict()
    request.user = client.get("/").context["user"]
    page = show(request, SuspiciousOperation())
    assert [field.attributes["value"] for field in elements(page, "input", name="q")] == [""]


def test_a_broken_site_can_still_say_so(rf: RequestFactory) -> None:
    page = error_pages.server_error(rf.get("/"))
    assert (page.status_code, texts(page, "h1")) == (500, ["Something broke on our side"])


def test_a_site_without_its_database_says_when_to_come_back(rf: RequestFactory) -> None:
    try:
        raise OperationalError
    except OperationalError:
        page = error_pages.server_error(rf.get("/"))
    assert (page.status_code, texts(page, "h1"), page["Retry-After"]) == (503, ["The database is away"], "5")


def test_a_browser_is_told_in_the_frame_of_the_browsable_api(db: None, client: Client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = client.get("/api/v1/nowhere/", headers={"Accept": accept})
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at this address." in page.content.decode() and "navbar-brand" in page.content.decode()
    for wanted in ("application/json", "*/*", "text/html;q=0.5, application/json"):
        answer = client.get("/api/v1/nowhere/", headers={"Accept": wanted})
        assert (answer["Content-Type"], answer.json()["status"]) == ("application/problem+json", 404)
