"""Stacks: works made alike are one card in lists of stacks, and the newest of each leads it, whatever happens."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from albums.models import Album
from content import stacks
from content.bookkeeping import StackChange, StackState
from content.listings import ContentListing
from content.models import ContentItem
from content.own_works import OwnWorksListing
from content.stacks import Drift, build, drift, settle
from content.trash import move_to_trash, restore
from tests.factories import ContentItemFactory, GenerationDataFactory, MediaFileFactory
from users.levels import Level
from users.models import User

ClientOf = Callable[[User | None], APIClient]


def made(
    creator: User | None, number: int = 1, *, recipe: dict[str, object] | None = None, **fields: object
) -> list[ContentItem]:
    """Make works alike, each with a seed of its own; they are read again, as the trigger writes their stacks."""
    recipe = {"prompt": "fog", "negative_prompt": "rain", "steps": 20, **(recipe or {})}
    works = [
        ContentItemFactory(creator=creator, generation=GenerationDataFactory(seed=seed, **recipe), **fields)
        for seed in range(number)
    ]
    return list(ContentItem.objects.filter(pk__in=[work.pk for work in works]).order_by("pk"))


def leaders(**fields: object) -> list[int]:
    """Return the works that lead, once what changed is settled."""
    settle()
    return list(ContentItem.objects.filter(leads_stack=True, **fields).order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("recipe", "fields"),
    [
        ({"prompt": "mist"}, {}),
        ({"negative_prompt": ""}, {}),
        ({"steps": 21}, {}),
        ({"cfg": 7.5}, {}),
        ({"sampler": "euler"}, {}),
        ({"width": 512}, {}),
        ({"loras": [1], "lora_weights": [0.5]}, {}),
        ({}, {"content_type": "video"}),
        ({}, {"is_private": True}),
        ({}, {"level": Level.SENSITIVE}),
        ({}, {"hides_prompt": True}),
        ({}, {"creator": None}),
    ],
)
def test_works_are_stacked_that_differ_in_nothing_but_the_seed(
    alice: User, recipe: dict[str, object], fields: dict[str, object]
) -> None:
    one, two = made(alice, 2)
    (other,) = made(**{"creator": alice, "recipe": recipe, **fields})
    assert one.stack == two.stack is not None
    assert other.stack not in (None, one.stack)


def test_works_of_others_without_a_prompt_and_of_other_sizes_are_not_stacked(alice: User, bob: User) -> None:
    (one,), (others,) = made(alice), made(bob)
    (unsaid,) = made(alice, recipe={"prompt": ""})
    plain = ContentItem.objects.get(pk=ContentItemFactory(creator=alice).pk)
    (large,) = made(alice, media_file=MediaFileFactory(width=64, height=64))
    assert len({one.stack, others.stack, large.stack}) == 3
    assert [(work.stack, work.leads_stack) for work in (unsaid, plain)] == [(None, True), (None, True)]


def test_the_newest_leads_whatever_happens(alice: User, bob: User) -> None:
    works = made(alice, 4)
    ids = [work.pk for work in works]
    rows = ContentItem.objects.filter(pk=ids[3])

    def after(change: Callable[[], object]) -> list[int]:
        change()
        return leaders()

    assert leaders() == [ids[3]]
    # A work in the trash is in no stack; it leads itself.
    assert after(lambda: move_to_trash(rows)) == [ids[2], ids[3]]
    assert after(lambda: restore(rows)) == [ids[3]]
    # Private and public works are two stacks.
    assert after(lambda: rows.update(is_private=True)) == [ids[2], ids[3]]
    assert after(lambda: rows.update(is_private=False)) == [ids[3]]
    assert after(lambda: rows.update(creator=bob)) == [ids[2], ids[3]]
    assert after(lambda: rows.update(creator=alice)) == [ids[3]]
    assert after(lambda: rows.update(created_at=works[0].created_at - timedelta(days=1))) == [ids[2]]
    # So are works of two levels.
    assert after(lambda: rows.update(level=Level.EXPLICIT)) == [ids[2], ids[3]]
    assert after(lambda: rows.update(level=Level.GENERAL)) == [ids[2]]
    # The generator's data is read again.
    generation = works[2].generation
    generation.prompt = "mist"
    assert after(generation.save) == [ids[1], ids[2]]
    assert after(ContentItem.objects.filter(pk=ids[1]).delete) == [ids[0], ids[2]]
    assert drift() == Drift(0, 0)
    assert not StackChange.objects.exists()


def test_a_stale_instance_takes_no_leader_back(alice: User) -> None:
    old, new = made(alice, 2)
    assert old.leads_stack
    settle()
    old.title = "Other"
    old.save()
    assert leaders() == [new.pk]
    assert drift() == Drift(0, 0)


def test_many_works_of_one_stack_are_settled_in_steps(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "STEP_WORKS", 2)
    monkeypatch.setattr(stacks, "STEP_CHANGES", 1)
    works = made(alice, 6)
    assert settle() == 5
    assert leaders() == [works[-1].pk]


def test_works_that_were_there_before_are_put_into_stacks_and_go_on_where_it_ended(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "BATCH_WORKS", 2)
    # Tests that empty all tables take its row along, which has the secret of the hash.
    StackState.objects.get_or_create(pk=1)
    works = made(alice, 5)
    expected = works[0].stack
    with connection.cursor() as cursor:
        # As before the migration.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE content_contentitem DISABLE TRIGGER USER")
        cursor.execute("UPDATE content_contentitem SET stack = NULL, leads_stack = true")
        cursor.execute("ALTER TABLE content_contentitem ENABLE TRIGGER USER")
    StackChange.objects.all().delete()
    with pytest.raises(CommandError, match="5 works in a wrong stack"):
        call_command("stacks", "verify", verbosity=0)
    over = iter([False, True])
    assert build(is_over=lambda: next(over)) == 2
    assert StackState.objects.get().build_from == works[2].pk
    stacks.keep_up()
    assert StackState.objects.get().is_built
    call_command("stacks", "verify", verbosity=0)
    stacked = ContentItem.objects.filter(pk__in=[work.pk for work in works])
    assert set(stacked.values_list("stack", flat=True)) == {expected}
    assert leaders() == [works[-1].pk]


def titles(client: APIClient, query: str) -> list[tuple[str, int]]:
    """Return the titles of a list of the API, with the sizes of their stacks."""
    settle()
    return [(row["title"], row["stack_size"]) for row in client.get(f"/api/v1/content/?{query}").json()["items"]]


@pytest.fixture
def gallery(alice: User, bob: User) -> dict[str, list[ContentItem]]:
    """Stacks of alice's, three public works and two private ones, and works that are alone."""
    return {
        "public": made(alice, 3, title="Public", quality_score=0.5),
        "private": made(alice, 2, title="Private", is_private=True),
        "trashed": made(alice, 1, title="Trashed", recipe={"steps": 1}),
        "alone": [ContentItemFactory(creator=bob, title="Alone", quality_score=0.7)],
    }


@pytest.mark.parametrize("sort", ["created_at", "quality_score", "likes", "popular"])
def test_a_list_of_stacks_shows_each_viewer_the_stacks_that_they_see(
    gallery: dict[str, list[ContentItem]], client_of: ClientOf, alice: User, bob: User, staff: User, sort: str
) -> None:
    move_to_trash(ContentItem.objects.filter(title="Trashed"))
    public, private = ("Public", 3), ("Private", 2)
    shown = {None: {public}, bob: {public}, alice: {public, private}, staff: {public, private, ("Trashed", 1)}}
    for viewer, stacked in shown.items():
        client = client_of(viewer)
        seen = titles(client, f"stacks=on&sort={sort}")
        assert (len(seen), set(seen)) == (len(stacked) + 1, {*stacked, ("Alone", 1)})
        page = client.get(f"/api/v1/content/?stacks=on&sort={sort}").json()["pagination"]
        assert page["total_count"] == len(seen)
        for works in (gallery["public"], gallery["private"]):
            listed = client.get(f"/api/v1/content/?stack={works[0].stack}&sort={sort}").json()
            count = len(works) if (works[0].title, len(works)) in stacked else 0
            assert (len(listed["items"]), listed["pagination"]["total_count"]) == (count, count)


def test_a_list_of_stacks_keeps_the_contract_of_lists(alice: User, client_of: ClientOf) -> None:
    for steps in range(1, 8):
        made(alice, 2, recipe={"steps": steps})
    client = client_of(None)
    settle()
    expected = [row.pk for row in ContentItem.objects.filter(leads_stack=True).order_by("-created_at")]
    assert len(expected) == 7
    pages = [client.get(f"/api/v1/content/?stacks=on&page_size=3&page={number}").json() for number in (1, 2, 3)]
    assert [row["id"] for page in pages for row in page["items"]] == expected
    assert {page["pagination"]["total_count"] for page in pages} == {7}
    following = client.get(f"/api/v1/content/?stacks=on&page_size=3&cursor={pages[0]['pagination']['next_cursor']}")
    assert [row["id"] for row in following.json()["items"]] == expected[3:6]
    first = pages[0]["items"][0]
    assert (first["stack"], first["stack_size"]) == (str(ContentItem.objects.get(pk=expected[0]).stack), 2)
    details = client.get(f"/api/v1/content/{first['id']}/").json()
    assert (details["stack"], details["stack_size"]) == (first["stack"], 2)
    wrong = [client.get(f"/api/v1/content/?{query}").status_code for query in ("stacks=off", "stack=x", "stack=-1")]
    assert wrong == [400, 400, 400]
    assert client.get(f"/api/v1/content/?stack={2**63}").status_code == 400


@pytest.mark.parametrize("sort", ["created_at", "quality_score"])
@pytest.mark.parametrize("level", Level)
def test_lists_of_stacks_have_an_index_at_each_level(alice: User, level: Level, sort: str) -> None:
    alice.shown_level = level
    query = QueryDict(f"stacks=on&sort={sort}")
    assert ContentListing(AnonymousUser(), query).rows.is_index_served
    assert ContentListing(alice, query).rows.is_index_served
    assert OwnWorksListing(alice, query, fixed={"creator": str(alice.pk)}).rows.is_index_served


@pytest.mark.parametrize("accept", ["application/json", "application/json; indent=1"])
def test_the_api_counts_stacks_where_it_shows_them_alone(alice: User, client_of: ClientOf, accept: str) -> None:
    item = made(alice, 2)[1]
    settle()
    sizes = {}
    with CaptureQueriesContext(connection) as queries:
        for query in ("", "stacks=", "stacks=on", f"stack={item.stack}"):
            for viewer in (None, alice):
                answer = client_of(viewer).get(f"/api/v1/content/?{query}", headers={"Accept": accept})
                sizes.setdefault(query, set()).update(row["stack_size"] for row in answer.json()["items"])
    assert sizes == {"": {None}, "stacks=": {None}, "stacks=on": {2}, f"stack={item.stack}": {None}}
    assert sum("AS stacked" in query["sql"] for query in queries) == 2


def test_the_api_tells_of_the_stack_that_a_change_leads_to(alice: User, client_of: ClientOf) -> None:
    work = made(alice, 2)[0]
    answer = client_of(alice).patch(f"/api/v1/content/{work.pk}/", {"is_private": True}, format="json").json()
    assert (answer["stack"], answer["stack_size"]) == (str(ContentItem.objects.get(pk=work.pk).stack), 1)
    assert answer["stack"] != str(work.stack)


def test_a_page_of_stacks_says_how_many_works_each_has_and_leads_to_them(
    gallery: dict[str, list[ContentItem]], client: Client, alice: User, django_assert_max_num_queries: Callable
) -> None:
    settle()
    with django_assert_max_num_queries(8):
        page = client.get("/?stacks=on").content.decode()
    stack = gallery["public"][0].stack
    assert f'href="/?stack={stack}"' in page
    assert "3 works<span" in page
    assert "3 stacks, 5 works" in page
    assert "Show each work by itself" in page
    assert page.count('<a class="badge card__stack"') == 1
    opened = client.get(f"/?stack={stack}").content.decode()
    assert "Works of one stack" in opened
    assert ("3 works" in opened, "card__stack" in opened) == (True, False)
    client.force_login(alice)
    own = client.get("/me/works/?stacks=on").content.decode()
    assert "3 stacks, 6 works" in own
    assert own.count('<a class="badge card__stack"') == 2
    saved = Album.objects.create(owner=alice, title="Saved", query="stacks=on")
    album = client.get(f"/albums/{saved.pk}/").content.decode()
    # It has nothing to turn off.
    assert ("4 stacks, 7 works" in album, "Show each work by itself" in album) == (True, False)
