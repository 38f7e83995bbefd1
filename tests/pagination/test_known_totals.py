"""Lists whose total the catalog knows: exact from the first request on, and read from the end where that is nearer."""

import pytest
from rest_framework.test import APIClient

from catalog import totals as catalog_totals
from catalog.counting import compact
from content.models import ContentItem
from genonaut.pagination import plain, totals
from genonaut.pagination.anchors.scheduler import SCHEDULER, State
from tests.factories import ContentItemFactory, UserFactory
from tests.pagination.walks import ids, read
from users.models import User

CONTENT = "/api/v1/content/"
ROWS, SIZE = 120, 9


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory(username="alice")


@pytest.fixture
def newest_first(alice: User, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of 120 public works of alice's, all tagged; 10 are many, none anchored, 50 reached."""
    monkeypatch.setattr(totals, "COUNT_BUDGET", 10)
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", 15)
    monkeypatch.setattr(plain, "MAX_OFFSET", 50)
    monkeypatch.setattr(SCHEDULER, "begin", lambda *_args, **_options: State.FAILED)
    items = ContentItem.objects.bulk_create(
        ContentItemFactory.build(creator=alice, tags=["Sea"] if number % 2 else ["sea", "SEA"])
        for number in range(ROWS)
    )
    compact()
    return [item.pk for item in reversed(items)]


def numbers(page: dict) -> tuple:
    return tuple(page["pagination"][name] for name in ("total_count", "total_count_kind", "total_pages"))


@pytest.mark.parametrize("query", ["tag=sea", "creator=alice", "tag=SEA&sort=created_at"])
def test_a_first_page_has_the_exact_total(api: APIClient, newest_first: list[int], query: str) -> None:
    page = read(api, f"{CONTENT}?{query}&page_size={SIZE}")
    assert (ids(page), numbers(page)) == (newest_first[:SIZE], (ROWS, "exact", 14))


@pytest.mark.parametrize("query", ["tag=sea", "creator=alice"])
@pytest.mark.parametrize("number", [1, 2, 5, 10, 13, 14])
def test_pages_near_either_end_are_numbered(api: APIClient, newest_first: list[int], query: str, number: int) -> None:
    page = read(api, f"{CONTENT}?{query}&page_size={SIZE}&page={number}")
    assert ids(page) == newest_first[(number - 1) * SIZE : number * SIZE]
    assert numbers(page) == (ROWS, "exact", 14)
    assert page["pagination"]["has_next"] == (number < 14)


def test_in_the_other_order_too(api: APIClient, newest_first: list[int]) -> None:
    for number in (1, 2, 13, 14):
        page = read(api, f"{CONTENT}?tag=sea&page_size={SIZE}&page={number}&order=asc")
        assert ids(page) == newest_first[::-1][(number - 1) * SIZE : number * SIZE]


def test_a_page_past_the_end_is_not_there(api: APIClient, newest_first: list[int]) -> None:
    assert api.get(f"{CONTENT}?tag=sea&page_size={SIZE}&page=15").status_code == 404


def test_a_page_in_the_middle_is_out_of_reach(api: APIClient, newest_first: list[int]) -> None:
    assert api.get(f"{CONTENT}?tag=sea&page_size={SIZE}&page=7").status_code == 400


def test_what_has_just_changed_is_counted(api: APIClient, newest_first: list[int]) -> None:
    ContentItem.objects.get(pk=newest_first[0]).delete()
    ContentItem.objects.filter(pk=newest_first[1]).update(is_private=True)
    ContentItem.objects.filter(pk=newest_first[2]).update(tags=["hill"])
    assert numbers(read(api, f"{CONTENT}?tag=sea"))[:2] == (ROWS - 3, "exact")


def test_own_private_works_are_counted_for_their_owner_alone(
    api: APIClient, newest_first: list[int], alice: User
) -> None:
    ContentItemFactory.create_batch(3, creator=alice, is_private=True, tags=["SEA"])
    assert numbers(read(api, f"{CONTENT}?tag=sea"))[:2] == (ROWS, "exact")
    api.force_authenticate(UserFactory())
    assert numbers(read(api, f"{CONTENT}?tag=sea"))[:2] == (ROWS, "exact")
    api.force_authenticate(alice)
    assert numbers(read(api, f"{CONTENT}?tag=sea"))[:2] == (ROWS + 3, "exact")
    assert numbers(read(api, f"{CONTENT}?creator=alice"))[:2] == (ROWS + 3, "exact")


def test_with_another_filter_the_total_is_not_the_tag_s(api: APIClient, newest_first: list[int]) -> None:
    for other in ("content_type=image", "tag=hill", "creator=alice", "q=zebra", "min_quality=0.5"):
        page = read(api, f"{CONTENT}?tag=sea&{other}&page_size=200")
        kept = ids(page)
        assert page["pagination"]["total_count_kind"] != "exact" or numbers(page)[0] == len(kept)


def test_staff_see_more_than_is_counted(api: APIClient, newest_first: list[int], staff: User) -> None:
    ContentItemFactory(is_private=True, tags=["sea"], creator=UserFactory())
    api.force_authenticate(staff)
    assert len(ids(read(api, f"{CONTENT}?tag=sea&page_size=200"))) == ROWS + 1


def test_after_very_many_changes_it_is_an_estimate(
    api: APIClient, newest_first: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalog_totals.works_tagged("sea") == ROWS
    ContentItemFactory.create_batch(3, tags=["hill"])
    monkeypatch.setattr(catalog_totals, "MOST_DELTAS", 2)
    assert catalog_totals.works_tagged("sea") is None
    assert read(api, f"{CONTENT}?tag=sea&page_size=5")["pagination"]["total_count_kind"] != "exact"
