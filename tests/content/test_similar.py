"""Works like another: why they are, in which order, and never one that the viewer does not see."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from catalog.counting import compact
from content import similar
from content.models import ContentItem
from content.similar import Reason, similar_to
from media.models import MediaFile
from tests.factories import (
    ContentItemFactory,
    GenerationDataFactory,
    GenerativeModelFactory,
    MediaFileFactory,
    UserFactory,
)
from tests.media.test_near import flipped
from users.models import User

HASH = 0x1234_5678_9ABC_DEF0


def pictured(*turned: int, **fields: object) -> ContentItem:
    """Return a work whose picture differs from HASH in these bits."""
    generation = fields.pop("generation", None)
    file = MediaFileFactory(perceptual_hash=flipped(HASH, list(turned)))
    if generation:
        generation = GenerationDataFactory(media_file=file, **generation)
    return ContentItemFactory(media_file=file, generation=generation, **fields)


def shown(item: ContentItem, viewer: User) -> list[tuple[str, str, int | None, int]]:
    """Return what is shown: title, reason, distance, reposts."""
    return [
        (work.item.title, work.reason, work.distance, work.reposts)
        for section in similar_to(ContentItem.objects.for_details().get(pk=item.pk), viewer)
        for work in section.works
    ]


def test_the_same_file_comes_first_then_the_nearest_pictures(bob: User) -> None:
    item = pictured(title="Original")
    pictured(1, 2, 3, 4, 5, 6, 7, title="Far")
    pictured(1, 20, 40, 60, title="Near")
    ContentItemFactory(title="Copy", media_file=item.media_file)
    pictured(*range(8), title="Farther than all")
    assert shown(item, bob) == [
        ("Copy", "same_file", 0, 0),
        ("Near", "near", 4, 0),
        ("Far", "near", 7, 0),
    ]


def test_siblings_of_a_batch_are_no_near_pictures(bob: User) -> None:
    item = pictured(title="First", generation={"prompt": "fog", "seed": 1})
    pictured(1, title="Sibling", generation={"prompt": "fog", "seed": 2})
    pictured(1, 2, title="Larger", generation={"prompt": "fog", "seed": 1})
    pictured(*range(30), title="Same prompt", generation={"prompt": "fog", "seed": 3})
    pictured(*range(30), title="Other prompt", generation={"prompt": "fog bank", "seed": 1})
    assert shown(item, bob) == [
        ("Larger", "near", 2, 0),
        ("Sibling", "same_prompt", 1, 0),
        ("Same prompt", "same_prompt", None, 0),
    ]


def test_works_without_a_prompt_do_not_share_it(bob: User) -> None:
    item = pictured(generation={"prompt": ""})
    pictured(*range(30), generation={"prompt": ""})
    assert shown(item, bob) == []


def test_related_works_share_rare_tags_those_of_the_same_model_first(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "MOST_TAGGED", 6)
    model = GenerativeModelFactory()
    made = [GenerationDataFactory(prompt="", model=model) for _ in range(3)]
    item = ContentItemFactory(tags=["Night", "harbour", "common"], generation=made[0])
    ContentItemFactory(title="One tag", tags=["harbour"])
    ContentItemFactory(title="Two tags", tags=["harbour", "night"])
    ContentItemFactory(title="Same model", tags=["harbour"], generation=made[1])
    ContentItemFactory(title="Model alone", generation=made[2])
    for _ in range(5):
        ContentItemFactory(title="Common", tags=["common"])
    compact()
    assert shown(item, bob) == [
        ("Same model", "related", None, 0),
        ("Two tags", "related", None, 0),
        ("One tag", "related", None, 0),
    ]


def test_reposts_of_a_picture_are_one_work(bob: User) -> None:
    item = pictured(title="Original")
    near = pictured(1, title="Near")
    ContentItemFactory.create_batch(3, title="Repost", media_file=near.media_file)
    assert shown(item, bob) == [("Near", "near", 1, 3)]


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize(("viewer", "sees"), [("owner", True), ("stella", True), ("bob", False), (None, False)])
def test_private_works_are_shown_to_those_who_see_them(
    client_of: Callable[..., APIClient], alice: User, bob: User, staff: User, reason: str, viewer: str, sees: bool
) -> None:
    item = pictured(tags=["harbour"], generation={"prompt": "fog", "seed": 1})
    copy = {"media_file": item.media_file} if reason == Reason.SAME_FILE else {}
    secret = {
        Reason.SAME_FILE: lambda **own: ContentItemFactory(**copy, **own),
        Reason.NEAR: lambda **own: pictured(1, **own),
        Reason.SAME_PROMPT: lambda **own: ContentItemFactory(generation=GenerationDataFactory(prompt="fog"), **own),
        Reason.RELATED: lambda **own: ContentItemFactory(tags=["harbour"], **own),
    }[reason](title="Secret", creator=alice, is_private=True)
    compact()
    client = client_of({"owner": alice, "stella": staff, "bob": bob, None: None}[viewer])
    answer = client.get(f"/api/v1/content/{item.pk}/similar/").json()
    assert [(work["item"]["id"], work["reason"]) for work in answer["items"]] == ([(secret.pk, reason)] if sees else [])
    page, strip = (client.get(f"{start}/content/{item.pk}/similar/") for start in ("", "/fragments"))
    assert [b"Secret" in one.content for one in (page, strip)] == [sees, sees]


@pytest.mark.parametrize("start", ["", "/api/v1", "/fragments"])
def test_what_is_hidden_has_no_similar_works(
    client_of: Callable[..., APIClient], alice: User, bob: User, start: str
) -> None:
    item = pictured(creator=alice, is_private=True)
    path = f"{start}/content/{item.pk}/similar/"
    assert [client_of(user).get(path).status_code for user in (alice, bob, None)] == [200, 404, 404]


def test_the_api_says_why_and_whether_that_is_all(api: APIClient, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    item, near = pictured(), pictured(1, 2)
    ContentItemFactory(media_file=near.media_file)
    answer = api.get(f"/api/v1/content/{item.pk}/similar/").json()
    (work,) = answer["items"]
    assert (work["item"]["id"], work["item"]["file"]["sha256"]) == (near.pk, near.media_file.hex)
    assert (work["reason"], work["distance"], work["reposts"], answer["is_complete"]) == ("near", 2, 1, True)
    monkeypatch.setattr(similar, "MOST", 1)
    pictured(1)
    answer = api.get(f"/api/v1/content/{item.pk}/similar/").json()
    assert (len(answer["items"]), answer["is_complete"]) == (1, False)
    assert b"at least 1 work" in api.get(f"/content/{item.pk}/similar/").content


@pytest.mark.parametrize("count", [1, 20])
def test_similar_works_are_three_queries(
    db: None, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    item = pictured()
    for _ in range(count):
        pictured(1, creator=UserFactory())
    assert MediaFile.objects.count() == count + 1
    for start in ("", "/api/v1", "/fragments"):
        with django_assert_num_queries(1 + 3):
            assert api.get(f"{start}/content/{item.pk}/similar/").status_code == 200
