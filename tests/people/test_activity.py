"""Activity: the way to one's own comments, and deeds that are taken back."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from content.models import ContentItem
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory
from tests.pages.html import elements, hrefs, texts, titles
from users.models import User


def mark(user: User, item: ContentItem, kind: Kind, **fields: Any) -> Interaction:
    return InteractionFactory(user=user, content=item, kind=kind, **fields)


def forget(client: Client, pk: object, **sent: str) -> HttpResponse:
    """Send the form that removes a line of Activity."""
    return client.post("/me/activity/forget/", {"id": pk, **sent})


def test_a_comment_is_reached_from_activity_however_many_are_newer(client: Client, alice: User, bob: User) -> None:
    item = ContentItemFactory(creator=bob)
    thread = mark(bob, item, Kind.COMMENT, comment="Where?")
    old = mark(alice, item, Kind.COMMENT, comment="In March", parent=thread)
    for _ in range(60):
        mark(bob, item, Kind.COMMENT, comment="So quiet")
    client.force_login(alice)
    [link] = [link for link in elements(client.get("/me/activity/?kind=comment"), "a") if link.text == "In March"]
    assert link.attributes["href"] == f"/comments/{old.pk}/#comment-{old.pk}"
    page = client.get(link.attributes["href"])
    assert [address for address in hrefs(page, "a") if address.endswith("/edit/")] == [f"/comments/{old.pk}/edit/"]


def test_a_view_is_forgotten_with_all_others_of_its_work_which_keeps_them(
    client: Client, alice: User, bob: User
) -> None:
    fog, rain = (ContentItemFactory(title=title, creator=bob) for title in ("fog", "rain"))
    view, *_ = [mark(alice, item, Kind.VIEW, pk=1_234_560 + n) for n, item in enumerate([fog, fog, rain])]
    mark(alice, fog, Kind.LIKE, pk=1_234_570)
    client.force_login(alice)
    assert "/me/activity/?kind=view" in hrefs(client.get("/me/history/"), "a")
    asked = {field.attributes["value"] for field in elements(client.get("/me/activity/"), "input", name="id")}
    assert str(view.pk) in asked
    for _ in range(2):
        answer = forget(client, view.pk, next="/me/activity/?kind=view")
        assert (answer.status_code, answer["Location"]) == (303, "/me/activity/?kind=view")
    assert titles(client.get("/me/history/")) == ["rain"]
    left = Interaction.objects.order_by("pk").values_list("content", "kind", "user")
    assert list(left) == [
        *[(fog.pk, Kind.VIEW, None)] * 2,
        (rain.pk, Kind.VIEW, alice.pk),
        (fog.pk, Kind.LIKE, alice.pk),
    ]


@pytest.mark.parametrize("kind", [Kind.SHARE, Kind.DOWNLOAD])
def test_a_share_or_a_download_is_taken_back(client: Client, alice: User, kind: Kind) -> None:
    first, second = (mark(alice, ContentItemFactory(), kind) for _ in range(2))
    client.force_login(alice)
    assert texts(client.get(f"/me/activity/?kind={kind}"), "button").count("Remove") == 2
    forget(client, first.pk)
    assert list(Interaction.objects.all()) == [second]


def test_no_deed_of_another_and_no_other_kind_is_forgotten(client: Client, alice: User, bob: User) -> None:
    item = ContentItemFactory()
    kept = [
        mark(bob, item, Kind.VIEW),
        mark(bob, item, Kind.SHARE),
        mark(alice, item, Kind.LIKE),
        mark(alice, item, Kind.COMMENT, comment="So quiet"),
    ]
    anonymous = forget(client, kept[0].pk)
    assert (anonymous.status_code, anonymous["Location"]) == (303, "/accounts/login/?next=/me/activity/")
    client.force_login(alice)
    assert [forget(client, pk).status_code for pk in (*(row.pk for row in kept), "9" * 19)] == [303] * 5
    assert [forget(client, pk).status_code for pk in ("", "x", "9" * 5000)] == [400] * 3
    assert client.get("/me/activity/forget/").status_code == 405
    assert {(row.pk, row.user) for row in Interaction.objects.all()} == {(row.pk, row.user) for row in kept}
