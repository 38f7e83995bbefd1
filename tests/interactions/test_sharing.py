"""Sharing: what the page offers, what is counted, and that public works alone come in frames."""

import pytest
from django.http import HttpResponse
from django.test import Client

from content.models import ContentItem
from interactions.models import Kind
from tests.factories import ContentItemFactory
from tests.interactions.test_likes import rows
from tests.interactions.test_views import HUGE
from tests.pages.html import elements, foreign_scripts, hrefs, texts
from users.models import User

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def item(alice: User) -> ContentItem:
    return ContentItemFactory(title=HOSTILE, creator=alice)


def policy(answer: HttpResponse) -> dict[str, str]:
    """Return the directives of the answer's Content-Security-Policy."""
    parts = answer["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


def test_the_page_gives_link_and_code(client: Client, item: ContentItem) -> None:
    page = client.get(f"/content/{item.pk}/share/")
    [link] = elements(page, "input", id="share-link")
    assert link.attributes["value"] == f"http://testserver/content/{item.pk}/"
    title = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;"
    src = f"http://testserver/embed/{item.pk}/"
    assert texts(page, "textarea") == [
        f'<iframe src="{src}" title="{title}" width="480" height="560" loading="lazy"></iframe>'
    ]
    assert (foreign_scripts(page), page["Cache-Control"]) == ([], "private, no-store")


def test_a_member_s_share_counts_once_an_hour(client: Client, bob: User, item: ContentItem) -> None:
    address = f"/content/{item.pk}/share/"
    assert client.post(address)["Location"] == address
    client.get(address)
    assert rows() == []
    client.force_login(bob)
    for _ in range(2):
        assert client.post(address).status_code == 303
    assert rows() == [(bob.pk, item.pk, Kind.SHARE)]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(address).status_code == 403


def test_of_a_private_work_there_is_no_frame_not_even_for_its_creator(
    client: Client, alice: User, bob: User, staff: User, item: ContentItem
) -> None:
    ContentItem.objects.filter(pk=item.pk).update(is_private=True)
    for user, status in ((None, 404), (bob, 404), (alice, 200), (staff, 200)):
        if user is not None:
            client.force_login(user)
        page = client.get(f"/content/{item.pk}/share/")
        assert (page.status_code, elements(page, "textarea")) == (status, [])
        assert [client.get(f"/embed/{pk}/").status_code for pk in (item.pk, *HUGE)] == [404] * (1 + len(HUGE))
    assert client.post(f"/content/{item.pk + 1}/share/").status_code == 404


def test_a_frame_may_stand_in_any_site_and_no_other_page_may(client: Client, alice: User, item: ContentItem) -> None:
    frame, page = client.get(f"/embed/{item.pk}/"), client.get(item.get_absolute_url())
    assert (policy(frame)["frame-ancestors"], policy(page)["frame-ancestors"]) == ("*", "'none'")
    assert ("X-Frame-Options" in frame, page["X-Frame-Options"]) == (False, "DENY")
    changed = {"frame-ancestors", "script-src"}
    assert {name: text for name, text in policy(frame).items() if name not in changed} == {
        name: text for name, text in policy(page).items() if name not in changed
    }
    assert elements(frame, "script") == elements(frame, "form") == []
    assert [link.attributes["target"] for link in elements(frame, "a")] == ["_blank"] * len(elements(frame, "a"))
    assert hrefs(frame, "a")[-1] == item.get_absolute_url()
    # The same to all, so that it may be kept for all.
    assert "Set-Cookie" not in frame.headers
    assert frame["Cache-Control"] == "public, no-cache"
    client.force_login(alice)
    assert client.get(f"/embed/{item.pk}/").content == frame.content


def test_a_frame_shows_texts_and_what_has_no_picture(client: Client, db: None) -> None:
    text = ContentItemFactory(content_type="text", data="Once <b>upon</b> " + "x" * 700, title="Tale")
    [shown] = texts(client.get(f"/embed/{text.pk}/"), "p", class_="embed__text")
    assert (shown[:17], len(shown)) == ("Once <b>upon</b> ", 600)
    sound = ContentItemFactory(content_type="audio", title="Song", source_id="")
    frame = client.get(f"/embed/{sound.pk}/")
    assert texts(frame, "p", class_="embed__text") == ["Audio"]
    assert texts(frame, "div", class_="embed__caption")[0].startswith("Song by ")
