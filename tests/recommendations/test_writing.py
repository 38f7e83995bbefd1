"""Recommendations as they are written, beside deletions and page views of the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from content.models import ContentItem
from genonaut.database.removal import Batch, remove
from recommendations import refreshing
from recommendations.learning import learn, write_popular
from recommendations.models import PopularWork
from recommendations.popular import popular
from recommendations.reading import newest_deeds
from recommendations.refreshing import compute, write
from tests.factories import ContentItemFactory, UserFactory
from tests.recommendations.acts import in_own_connection, like, recommended, titles, wait_until, waiting_for_locks
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_works_that_are_deleted_meanwhile_are_left_out_of_a_batch(
    alice: User, bob: User, foxes: list[ContentItem]
) -> None:
    fox, cub, _vixen = foxes
    learn()
    like(alice, fox, ContentItemFactory(title="boat"))
    computed = compute([alice.pk, bob.pk])
    assert {row for one in computed for row in one.picked.because} == {fox.pk, None}
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            remove(ContentItem.objects.filter(pk__in=[fox.pk, cub.pk]), Batch(1_000))
            writing = pool.submit(in_own_connection, write, computed)
            wait_until(lambda: writing.done() or waiting_for_locks())
        assert writing.result() == 2
    assert [(title, because) for title, _reason, because in recommended(alice)] == [("vixen", None)]
    assert titles(bob) == {"vixen"}


def test_works_that_are_deleted_meanwhile_are_not_popular(foxes: list[ContentItem]) -> None:
    deeds = newest_deeds()
    found = popular(deeds, float(deeds.times.max()))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            remove(ContentItem.objects.filter(pk=foxes[0].pk), Batch(1_000))
            writing = pool.submit(in_own_connection, write_popular, found)
            wait_until(lambda: writing.done() or waiting_for_locks())
        writing.result()
    assert set(PopularWork.objects.values_list("content__title", flat=True)) == {"fox cub", "vixen"}


def test_accounts_are_locked_while_few_are_written(foxes: list[ContentItem], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "BATCH_WRITTEN", 1)
    learn()
    first, second = UserFactory(), UserFactory()
    computed = compute([first.pk, second.pk])
    accounts = User.objects.select_for_update(no_key=True, nowait=True)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            accounts.get(pk=second.pk)
            writing = pool.submit(in_own_connection, write, computed)
            wait_until(lambda: writing.done() or waiting_for_locks())
            # Written, and free for a page view, while the worker waits for the next.
            assert titles(first) == {"fox", "fox cub", "vixen"}
            accounts.get(pk=first.pk)
        assert writing.result() == 2
    assert titles(second) == titles(first)
