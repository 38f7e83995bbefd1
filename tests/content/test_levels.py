"""Levels: lists leave out others' works above a viewer's, in rows, totals, positions and histograms alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from albums.cards import cards_of
from albums.items import add_works
from albums.listings import items_of
from albums.models import Album, AlbumItem
from catalog.counting import compact
from content.listings import ContentListing
from content.models import ContentItem
from content.own_works import OwnWorksListing
from content.similar import similar_to
from generation.models import JobOutput
from generation.pages.kin import kin_of
from genonaut.pagination.listing import Listing
from interactions.models import Kind
from people.listings import FeedListing, LikeListing
from recommendations.listings import ForYouListing
from recommendations.models import ALGORITHM
from recommendations.showing import strip_for
from tests.factories import ContentItemFactory, GenerationJobFactory, InteractionFactory, RecommendationFactory
from users.levels import Level
from users.models import User

Viewer = User | AnonymousUser
EPOCH = datetime(2025, 3, 1, tzinfo=UTC)
LEVELS = {"g": 0, "s": 1, "e": 2}


@pytest.fixture
def works(alice: User, bob: User) -> dict[str, ContentItem]:
    """A public and a private work of each level: bob's in small letters, alice's in capitals; private ones end in p."""
    made = {}
    for owner in (bob, alice):
        for name, level in LEVELS.items():
            for is_private in (False, True):
                title = (name.upper() if owner == alice else name) + ("p" if is_private else "")
                made[title] = ContentItemFactory(
                    title=title,
                    creator=owner,
                    level=level,
                    is_private=is_private,
                    tags=["fog"],
                    quality_score=len(made) / 20,
                    created_at=EPOCH + timedelta(days=len(made)),
                )
    return made


def shows(viewer: Viewer, level: int) -> Viewer:
    """Return the viewer, who is shown works up to a level."""
    if viewer.is_authenticated:
        viewer.shown_level = level
        viewer.save(update_fields=["shown_level"])
    return viewer


def titles(listing: Listing) -> list[str]:
    """Return the titles of a list, after all that it says of itself was compared with its rows."""
    page = listing.page()
    works = [getattr(row, listing.reference) if listing.reference else row for row in page.items]
    found = [work.title for work in works]
    assert (page.total.count, page.total.is_exact) == (len(found), True)
    if listing.uses_ranking:
        assert [listing.position(row.pk) for row in page.items] == [(at, len(found)) for at in range(1, len(found) + 1)]
    return sorted(found)


OWN = ["E", "Ep", "G", "Gp", "S", "Sp"]
OTHERS = ["g", "s", "e"]
SORTS = ["created_at", "quality_score", "likes", "popular"]


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    "query",
    [*(f"sort={sort}" for sort in SORTS), "content_type=image", "source=user", "tag=fog", "q=fog", "min_quality=0.01"],
)
def test_the_gallery_shows_others_works_up_to_the_viewers_level_and_all_of_their_own(
    works: dict[str, ContentItem], alice: User, level: int, query: str
) -> None:
    shown = titles(ContentListing(shows(alice, level), QueryDict(query)))
    of_others = set(OTHERS[: level + 1]) - ({"g"} if "min_quality" in query else set())
    assert shown == sorted([*OWN, *of_others])


@pytest.mark.parametrize("level", Level)
def test_an_anonymous_viewers_level_is_a_setting(
    works: dict[str, ContentItem], settings: Settings, level: Level
) -> None:
    settings.ANONYMOUS_LEVEL = level.name.lower()
    expected = sorted(title for title in "gseGSE" if LEVELS[title.lower()] <= level)
    assert titles(ContentListing(AnonymousUser(), QueryDict(""))) == expected


@pytest.mark.parametrize("level", Level)
def test_staff_are_shown_private_works_up_to_their_level(
    works: dict[str, ContentItem], staff: User, level: int
) -> None:
    expected = [title for title in works if LEVELS[title[0].lower()] <= level]
    assert titles(ContentListing(shows(staff, level), QueryDict(""))) == sorted(expected)


@pytest.mark.parametrize(
    ("viewer", "shown", "expected"),
    [
        ("anonymous", 0, {"general": ["G", "g"], "sensitive": [], "explicit": []}),
        ("alice", 0, {"general": ["G", "Gp", "g"], "sensitive": ["S", "Sp"], "explicit": ["E", "Ep"]}),
        ("alice", 2, {"general": ["G", "Gp", "g"], "sensitive": ["S", "Sp", "s"], "explicit": ["E", "Ep", "e"]}),
        ("staff", 1, {"general": ["G", "Gp", "g", "gp"], "sensitive": ["S", "Sp", "s", "sp"], "explicit": []}),
    ],
)
def test_the_filter_narrows_a_list_to_a_level_and_widens_none(
    works: dict[str, ContentItem], alice: User, staff: User, viewer: str, shown: int, expected: dict[str, list[str]]
) -> None:
    user = shows({"alice": alice, "staff": staff}.get(viewer, AnonymousUser()), shown)
    for query in ("", "&content_type=image", "&tag=fog", "&sort=likes"):
        found = {name: titles(ContentListing(user, QueryDict(f"level={name}{query}"))) for name in expected}
        assert found == expected


@pytest.mark.parametrize("level", Level)
def test_lists_of_marks_feeds_recommendations_and_likenesses_leave_out_the_same(
    works: dict[str, ContentItem], alice: User, bob: User, level: int
) -> None:
    for number, work in enumerate(works.values()):
        InteractionFactory(user=alice, content=work, kind=Kind.LIKE)
        RecommendationFactory(user=alice, content=work, algorithm=ALGORITHM, score=number / 20)
    # Tags that few works have make works alike.
    compact()
    viewer = shows(alice, level)
    mine = sorted([*OWN, *OTHERS[: level + 1]])
    assert titles(LikeListing(viewer, QueryDict(""))) == mine
    # Private works are recommended to no one.
    public = [title for title in mine if not title.endswith("p")]
    assert titles(ForYouListing(viewer, QueryDict(""))) == public
    assert sorted(work.title for work in strip_for(viewer)) == public
    assert titles(OwnWorksListing(viewer, QueryDict(""), fixed={"creator": str(alice.pk)})) == OWN
    assert titles(FeedListing(viewer, QueryDict(""), fixed={"followed": str(bob.pk)})) == sorted(OTHERS[: level + 1])
    like = [item.title for section in similar_to(works["Gp"], viewer) for item in section.items]
    assert sorted(like) == [title for title in mine if title != "Gp"]


@pytest.mark.parametrize("level", Level)
def test_albums_leave_out_the_same_and_count_so(
    works: dict[str, ContentItem], alice: User, bob: User, level: int
) -> None:
    album = Album.objects.create(owner=alice, title="Fogs", is_public=True)
    add_works(album, alice, [work.pk for title, work in works.items() if title in [*OWN, *OTHERS]])
    for viewer in (alice, bob):
        shows(viewer, level)
    expected = {
        alice: sorted([*OWN, *OTHERS[: level + 1]]),
        bob: sorted(OTHERS[: level + 1] + [title.upper() for title in OTHERS[: level + 1]]),
    }
    for viewer, shown in expected.items():
        assert titles(items_of(album, viewer, QueryDict(""))) == shown
        assert [card.count for card in cards_of([album], viewer)] == [len(shown)]


@pytest.mark.parametrize("level", Level)
def test_staff_see_their_own_works_of_any_level_in_their_own_albums(
    client: Client, works: dict[str, ContentItem], alice: User, level: Level
) -> None:
    album = Album.objects.create(owner=alice, title="Fogs", is_public=True)
    add_works(album, alice, [work.pk for title, work in works.items() if title in (*OWN, *"gse")])
    client.force_login(shows(alice, level))

    def seen() -> tuple[object, ...]:
        rows = client.get(f"/albums/{album.pk}/arrange/").context["rows"]
        page = client.get(f"/api/v1/albums/{album.pk}/items/").json()
        return (
            sorted(item["title"] for item in page["items"]),
            page["pagination"]["total_count"],
            [card.count for card in cards_of([album], alice)],
            sorted(row["item"].content.title for row in rows),
            client.get(f"/api/v1/albums/{album.pk}/items/{works['Ep'].pk}/").status_code,
        )

    before = seen()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.refresh_from_db()
    assert before[0] == sorted([*OWN, *OTHERS[: level + 1]])
    assert seen() == before


def test_staff_see_private_works_in_the_albums_of_others_up_to_their_level(
    works: dict[str, ContentItem], alice: User, staff: User
) -> None:
    album = Album.objects.create(owner=alice, title="Fogs", is_public=True)
    add_works(album, staff, [work.pk for work in works.values()])
    assert titles(items_of(album, staff, QueryDict(""))) == ["G", "Gp", "g", "gp"]


def test_a_change_of_level_moves_a_work_in_albums_and_counts(
    works: dict[str, ContentItem], alice: User, bob: User
) -> None:
    album = Album.objects.create(owner=alice, title="Fogs", is_public=True)
    add_works(album, alice, [works["G"].pk, works["g"].pk])
    everyone = AnonymousUser()
    for level, expected in ((2, []), (1, []), (0, ["G", "g"])):
        ContentItem.objects.filter(title__in=["g", "G"]).update(level=level)
        assert titles(items_of(album, everyone, QueryDict(""))) == expected
        assert titles(ContentListing(everyone, QueryDict(""))) == expected
        assert titles(items_of(album, alice, QueryDict(""))) == ["G", *expected[1:]]
    assert set(AlbumItem.objects.values_list("audience", flat=True)) == {0}


def test_a_list_has_another_version_and_other_cursors_for_another_level(
    works: dict[str, ContentItem], client_of: Callable[[User | None], APIClient], alice: User, bob: User
) -> None:
    ContentItem.objects.filter(creator=alice).delete()
    client = client_of(shows(alice, 0))
    first = client.get("/api/v1/content/")
    same = client.get("/api/v1/content/", headers={"If-None-Match": first["ETag"]})
    client = client_of(shows(alice, 2))
    other = client.get("/api/v1/content/", headers={"If-None-Match": first["ETag"]})
    assert [answer.status_code for answer in (first, same, other)] == [200, 304, 200]
    assert [len(answer.json()["items"]) for answer in (first, other)] == [1, 3]


def test_the_list_of_albums_is_another_page_for_another_level(
    works: dict[str, ContentItem], client: Client, alice: User, bob: User
) -> None:
    album = Album.objects.create(owner=bob, title="Fogs", is_public=True)
    add_works(album, bob, [works["g"].pk, works["e"].pk])
    client.force_login(shows(alice, Level.EXPLICIT))
    first = client.get("/albums/")
    shows(alice, Level.GENERAL)
    other = client.get("/albums/", headers={"If-None-Match": first["ETag"]})
    assert ("2 works" in first.content.decode(), "1 work" in other.content.decode()) == (True, True)


@pytest.mark.parametrize("level", Level)
def test_variants_of_a_work_are_left_out_likewise(works: dict[str, ContentItem], alice: User, level: Level) -> None:
    for name in ("s", "e", "S"):
        JobOutput.objects.create(job=GenerationJobFactory(parent=works["g"]), item=works[name], position=0)
    expected = sorted(["S", *OTHERS[1 : level + 1]])
    assert sorted(work.title for work in kin_of(works["g"], shows(alice, level)).variants) == expected


@pytest.mark.parametrize("level", Level)
def test_windows_of_a_filtered_list_are_measured_in_works_that_its_viewer_is_shown(
    works: dict[str, ContentItem], alice: User, level: Level
) -> None:
    listing = ContentListing(shows(alice, level), QueryDict("tag=fog"))
    windows = listing.planner.plain_pages.windows(1)
    assert windows.total == 2 * (level + 1)


def test_a_work_above_the_viewers_level_is_reached_by_its_address(
    works: dict[str, ContentItem], api: APIClient
) -> None:
    answers = [api.get(f"/api/v1/content/{works[title].pk}/").status_code for title in ("e", "ep")]
    assert answers == [200, 404]
