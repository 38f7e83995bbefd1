"""The page of one work: everything about it, shown as text, to those who may see it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from tests.factories import AutoContentItemFactory, ContentItemFactory, UserFactory
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from users.models import User

HOSTILE = "<script>alert(1)</script>\"'&"


def facts(page: object) -> dict[str, str]:
    """Return the page's definition lists as one mapping."""
    return dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))


def test_it_shows_everything_about_the_work(client: Client, alice: User) -> None:
    item = ContentItemFactory(
        title="Fog", creator=alice, prompt="a lighthouse\nin fog", quality_score=0.875, created_at="2024-02-03T04:05Z"
    )
    page = client.get(f"/content/{item.pk}/")
    assert texts(page, "h1") == ["Fog"]
    assert hrefs(page, "a", class_="byline__name") == ["/users/alice/"]
    assert texts(page, "p", class_="prompt") == ["a lighthouse in fog"]
    assert facts(page) == {
        "Type": "Image",
        "Made by": "A user",
        "Added": "3 February 2024, 04:05 UTC",
        "Quality": "0.88 of 1",
    }


def test_an_automatic_work_without_score_or_creator(db: None, client: Client) -> None:
    item = AutoContentItemFactory(creator=None, content_type="audio")
    page = client.get(item.get_absolute_url())
    assert texts(page, "span", class_="badge") == ["Audio", "Automatic"]
    assert texts(page, "span", class_="byline__name") == ["Made by Genonaut"]
    assert facts(page)["Quality"] == "Not rated"


def test_the_picture_is_large_and_at_once(db: None, client: Client) -> None:
    item = ContentItemFactory(title="Fog", seed=5)
    page = client.get(item.get_absolute_url())
    [image] = elements(page, "img", fetchpriority="high")
    addresses = [f"/pictures/v2/image/{width}/5.webp" for width in (320, 640, 1280)]
    assert image.attributes == {
        "src": addresses[1],
        "srcset": f"{addresses[0]} 320w, {addresses[1]} 640w, {addresses[2]} 832w",
        "sizes": "(max-width: 60rem) 100vw, min(90rem, 62vw)",
        "width": "832",
        "height": "1216",
        "alt": "Picture of Fog",
        "fetchpriority": "high",
    }
    assert hrefs(page, "a", class_="stage__link") == [addresses[2]]


@pytest.mark.parametrize(
    ("content_type", "data", "said"),
    [
        ("image", "https://example.org/a.png", ["No picture", "This work came without a file."]),
        ("video", "", ["No picture", "This work came without a file."]),
        ("audio", "", ["No sound", "This work came without a file."]),
        ("text", "", ["No text"]),
        ("text", "Once upon a time", []),
    ],
)
def test_a_record_without_a_file_shows_nothing_else_in_its_place(
    db: None, client: Client, content_type: str, data: str, said: list[str]
) -> None:
    item = ContentItemFactory(source_id="list-3", content_type=content_type, data=data)
    page = client.get(item.get_absolute_url())
    assert [text for text in texts(page, "p") if text in (*said, "No picture", "No sound", "No text")] == said
    assert elements(page, "img", fetchpriority="high") == []
    described = [meta.attributes.get("property") for meta in elements(page, "meta")]
    assert "og:image" not in described


def test_tags_lead_to_the_gallery(db: None, client: Client) -> None:
    item = ContentItemFactory(title="Fog", tags=["low tide", "a&b=c", "50%", "å/é#"])
    page = client.get(item.get_absolute_url())
    assert texts(page, "a", rel="tag") == ["low tide", "a&b=c", "50%", "å/é#"]
    for address in hrefs(page, "a", rel="tag"):
        assert titles(client.get(address)) == ["Fog"]


@pytest.mark.parametrize("address", ["https://example.org/a.mp4?b=c&d=e", "http://example.org"])
def test_data_that_is_an_address_is_a_link_that_tells_nothing(db: None, client: Client, address: str) -> None:
    item = ContentItemFactory(data=f" {address}\n")
    page = client.get(item.get_absolute_url())
    [link] = [link for link in elements(page, "a") if link.text == "Open the original at example.org"]
    assert (link.attributes["href"], link.attributes["rel"]) == (address, "noopener nofollow")


@pytest.mark.parametrize(
    "data",
    [
        "Once upon a time",
        "javascript:alert(1)",
        "https://",
        "http://[",
        "data:text/html,<b>",
        "see https://example.org",
        "https://example.org\nand more",
        HOSTILE,
    ],
)
def test_other_data_is_text(db: None, client: Client, data: str) -> None:
    item = ContentItemFactory(data=data, content_type="text")
    page = client.get(item.get_absolute_url())
    assert texts(page, "div", class_="prose") == [" ".join(data.split())]
    assert elements(page, "a", rel="noopener nofollow") == []


def test_metadata_is_a_list_of_names_and_values(db: None, client: Client) -> None:
    metadata = {"items": 30, "model": HOSTILE, "tiled": False, "size": {"width": 1536}, "none": None, "steps": 1000}
    item = ContentItemFactory(metadata=metadata)
    found = facts(client.get(item.get_absolute_url()))
    assert {name: found[name] for name in metadata} == {
        "items": "30",
        "model": HOSTILE,
        "tiled": "false",
        "size": '{"width": 1536}',
        "none": "null",
        "steps": "1000",
    }


@pytest.mark.parametrize(("metadata", "expected"), [([1, "two"], '[1, "two"]'), ("plain", "plain"), (0, "0")])
def test_metadata_of_another_shape_is_shown_whole(db: None, client: Client, metadata: object, expected: str) -> None:
    item = ContentItemFactory(metadata=metadata)
    assert facts(client.get(item.get_absolute_url()))["value"] == expected


def test_hostile_text_stays_text(db: None, client: Client) -> None:
    item = ContentItemFactory(title=HOSTILE, prompt=HOSTILE, tags=[HOSTILE], creator=UserFactory(name=HOSTILE))
    page = client.get(item.get_absolute_url())
    assert [texts(page, "h1"), texts(page, "p", class_="prompt"), texts(page, "a", rel="tag")] == [[HOSTILE]] * 3
    assert texts(page, "title") == [f"{HOSTILE} · Genonaut"]
    assert foreign_scripts(page) == []


def test_it_can_be_shared(db: None, client: Client) -> None:
    item = ContentItemFactory(title="Fog", prompt="word " * 100, seed=5)
    page = client.get(item.get_absolute_url())
    described = {meta.attributes.get("property"): meta.attributes["content"] for meta in elements(page, "meta")[1:]}
    assert described["og:title"] == "Fog"
    assert described["og:image"] == "http://testserver/pictures/v2/image/1280/5.webp"
    assert described["og:url"] == f"http://testserver/content/{item.pk}/"
    assert described["og:description"].endswith("word…") and len(described["og:description"]) <= 200


# --- Who may see it


@pytest.fixture
def secret(alice: User) -> ContentItem:
    return ContentItemFactory(title="Secret", creator=alice, is_private=True)


def test_its_creator_sees_a_private_work_marked(client: Client, alice: User, secret: ContentItem) -> None:
    client.force_login(alice)
    page = client.get(secret.get_absolute_url())
    assert (texts(page, "h1"), texts(page, "span", class_="badge--private")) == (["Secret"], ["Private"])


def test_staff_see_a_private_work(client: Client, staff: User, secret: ContentItem) -> None:
    client.force_login(staff)
    assert client.get(secret.get_absolute_url()).status_code == 200


@pytest.mark.usefixtures("one_request_id")
def test_to_others_a_private_work_is_like_one_that_never_was(client: Client, bob: User, secret: ContentItem) -> None:
    anonymous = client.get(secret.get_absolute_url())
    client.force_login(bob)
    theirs, never = client.get(secret.get_absolute_url()), client.get("/content/999999/")
    assert [anonymous.status_code, theirs.status_code] == [404, 404]
    assert texts(theirs, "main") == texts(never, "main")


@pytest.mark.parametrize("pk", ["0", "9223372036854775807", "9223372036854775808", "9" * 100, "9" * 5000, "-1", "x"])
def test_an_id_that_no_work_has_is_not_found(db: None, client: Client, pk: str) -> None:
    assert client.get(f"/content/{pk}/").status_code == 404


def test_three_queries_show_a_work_its_likes_and_its_kin(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    item = ContentItemFactory(tags=[str(number) for number in range(50)])
    with django_assert_num_queries(3):
        client.get(item.get_absolute_url())
