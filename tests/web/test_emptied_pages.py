"""A form that empties the last page of a list leads to the page that is the last one then."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.test import Client

from albums.items import add_works
from content.models import ContentItem
from content.trash import move_to_trash
from notices.models import Notice
from people.models import Follow
from tests.factories import AlbumFactory, ContentItemFactory, GenerationJobFactory, UserFactory
from tests.pages.html import texts
from users.models import User

pytestmark = pytest.mark.django_db


class Case(NamedTuple):
    """A list of two pages of one row each, and what is sent to empty the second."""

    address: str
    action: str
    sent: dict[str, object]


def trash(alice: User) -> Case:
    work = ContentItemFactory.create_batch(2, creator=alice)[0]
    move_to_trash(ContentItem.objects.all())
    return Case("/trash/?page_size=1&page=2", "/trash/restore/", {"work": work.pk})


def follows(alice: User) -> Case:
    people = UserFactory.create_batch(2)
    for person in people:
        Follow.objects.create(user=alice, person=person)
    return Case("/me/following/?page_size=1&page=2", f"/follow/{people[0].pk}/", {"on": "0"})


def arranged(alice: User) -> Case:
    album = AlbumFactory(owner=alice)
    pks = [ContentItemFactory().pk for _ in range(2)]
    add_works(album, alice, pks)
    address = f"/albums/{album.pk}/arrange/?page_size=1&page=2"
    return Case(address, f"/albums/{album.pk}/items/{pks[1]}/", {"deed": "remove"})


def selection(alice: User) -> Case:
    work = ContentItemFactory.create_batch(2, creator=alice, tags=["a b"])[0]
    return Case("/selection/?tag=a%20b&page_size=1&page=2", "/selection/", {"action": "trash", "work": work.pk})


def notices(alice: User) -> Case:
    jobs = GenerationJobFactory.create_batch(2, user=alice)
    told = [Notice.objects.create(user=alice, kind="job", job=job, completed=1, failed=0) for job in jobs]
    return Case("/notifications/?is_read=false&page=2&page_size=1", f"/notifications/{told[0].pk}/read/", {})


def jobs(alice: User) -> Case:
    job = GenerationJobFactory.create_batch(2, user=alice, status="pending")[0]
    return Case("/create/jobs/?status=pending&page_size=1&page=2", f"/create/jobs/{job.pk}/cancel/", {})


@pytest.mark.parametrize("make", [trash, follows, arranged, selection, notices, jobs])
def test_what_empties_the_last_page_leads_to_the_one_that_is_last_now(
    client: Client, alice: User, make: Callable[[User], Case]
) -> None:
    case = make(alice)
    client.force_login(alice)
    assert client.get(case.address).status_code == 200
    sent = {**case.sent, "next": case.address}
    answer = client.post(case.action, sent, follow=True, headers={"Referer": f"http://testserver{case.address}"})
    path = case.address.partition("?")[0]
    ends = [address.partition("?")[0] for address, _ in answer.redirect_chain]
    assert (answer.status_code, ends, answer.request["PATH_INFO"]) == (200, [path, path], path)
    assert "page=1" in answer.request["QUERY_STRING"].split("&")
    assert texts(answer, "h1") != ["404 Not found"]
    assert client.get(case.address).status_code == 404


@pytest.mark.parametrize(
    "referrer",
    [
        "http://testserver/trash/?page_size=1&page=1",
        "http://testserver/trash/",
        "http://example.org/trash/?page_size=1&page=3",
        "http://[",
        f"http://testserver/trash/?{'&'.join(f'a{number}' for number in range(2_000))}",
        "",
    ],
)
def test_a_page_past_the_end_that_no_form_led_to_is_not_found(client: Client, alice: User, referrer: str) -> None:
    case = trash(alice)
    client.force_login(alice)
    address = f"{case.address[:-1]}3"
    assert client.get(address, headers={"Referer": referrer}).status_code == 404
    own = {"Referer": f"http://testserver{address}"}
    assert client.head(address, headers=own).status_code == 404
    assert client.get(address, headers=own)["Location"] == "/trash/?page_size=1&page=2"


def test_the_message_of_what_was_done_is_on_the_page_that_follows(client: Client, alice: User) -> None:
    case = trash(alice)
    client.force_login(alice)
    headers = {"Referer": f"http://testserver{case.address}"}
    answer = client.post(case.action, {**case.sent, "next": case.address}, follow=True, headers=headers)
    assert texts(answer, "p", class_="message") == ["Restored 1 work."]
