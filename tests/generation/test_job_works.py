"""The works of a job: the first of many on its card, all of them on its page."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from content.trash import move_to_trash, restore
from generation.models import GenerationJob, JobOutput
from generation.pages import job_works
from generation.pages.job_actions import publish
from generation.pages.job_works import MOST_OTHERS, MOST_SHOWN
from tests.factories import ContentItemFactory, UserFactory
from tests.generation.test_pages import job_of
from tests.pages.html import hrefs, texts
from users.models import User


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


def works_of(job: GenerationJob, number: int, **fields: Any) -> list[ContentItem]:
    """Give a job so many more works of its user."""
    first = job.outputs.count()
    items = [ContentItemFactory(creator=job.user, title=f"Other {place}", **fields) for place in range(number)]
    JobOutput.objects.bulk_create(
        JobOutput(job=job, item=item, position=first + place) for place, item in enumerate(items)
    )
    return items


def works_linked(page: HttpResponse) -> list[str]:
    return [href for href in hrefs(page, "a") if href.startswith("/content/")]


def test_of_many_works_a_card_shows_the_first_and_the_page_of_its_job_all(hers: Client, alice: User) -> None:
    job = job_of(alice, "cancelled", batch=uuid4())
    works = [*works_of(job, 4), *works_of(job, 2, is_private=True)]
    addresses = [item.get_absolute_url() for item in works]
    lists = ("/create/jobs/", f"/create/jobs/batch/{job.batch}/", f"/fragments/create/jobs/?open={job.pk}")
    for path in lists:
        page = hers.get(path)
        assert (works_linked(page), texts(page, "p", class_="job__others")) == (
            [*addresses[:4], addresses[0]],
            ["and 2 more works"],
        )
        assert "Publish" in texts(page, "button")
    page = hers.get(f"/create/jobs/{job.pk}/")
    assert works_linked(page) == [*addresses[:4], addresses[0], *addresses[4:]]
    assert "Publish" in texts(page, "button")
    hers.post(f"/create/jobs/{job.pk}/publish/")
    assert not ContentItem.objects.filter(is_private=True).exists()
    assert "Publish" not in texts(hers.get(f"/create/jobs/{job.pk}/"), "button")


@pytest.mark.parametrize("number", [1, 50])
def test_the_works_of_a_job_are_published_in_as_many_statements_however_many_they_are(
    hers: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    job = job_of(alice, "cancelled")
    works_of(job, number, is_private=True)
    [of_another] = works_of(job, 1, is_private=True)
    ContentItem.objects.filter(pk=of_another.pk).update(creator=UserFactory())
    with django_assert_num_queries(2):
        assert publish(job, alice).said == "Published: everybody sees it now."
    assert ContentItem.objects.get(is_private=True) == of_another


def test_works_that_a_viewer_does_not_see_are_not_counted(hers: Client, alice: User, bob: User) -> None:
    job = job_of(alice, "cancelled")
    works_of(job, 5)
    hidden = ContentItemFactory(creator=bob, is_private=True)
    JobOutput.objects.create(job=job, item=hidden, position=5)
    page = hers.get(f"/create/jobs/{job.pk}/")
    assert (texts(page, "p", class_="job__others"), len(set(works_linked(page)))) == (["and 1 more work"], 5)
    assert "Publish" not in texts(page, "button")


def test_the_other_works_of_a_job_come_page_by_page(hers: Client, alice: User) -> None:
    job = job_of(alice, "cancelled")
    expected = [item.get_absolute_url() for item in works_of(job, MOST_SHOWN + 2 * MOST_OTHERS + 1)][MOST_SHOWN:]
    path, found = f"/create/jobs/{job.pk}/", []
    for _ in range(3):
        page = hers.get(path)
        found.append(works_linked(page)[MOST_SHOWN + 1 :])
        path = next((path_of(job, href) for href in hrefs(page, "a") if href.startswith("?after=")), "")
    assert (found, path) == ([expected[:MOST_OTHERS], expected[MOST_OTHERS:-1], expected[-1:]], "")
    assert f"/create/jobs/{job.pk}/#other-works" in hrefs(page, "a")
    for odd in ("x", "-1", "9" * 30, "99999", ""):
        assert works_linked(hers.get(f"/create/jobs/{job.pk}/?after={odd}"))[MOST_SHOWN + 1 :] == expected[:MOST_OTHERS]


@pytest.mark.parametrize("number", [1, 2])
def test_a_job_whose_works_are_in_the_trash_says_so_and_where_they_are(hers: Client, alice: User, number: int) -> None:
    job = job_of(alice, "completed")
    works_of(job, number - 1)
    works = ContentItem.objects.filter(made_by__job=job)
    move_to_trash(works)
    for path in ("/create/jobs/", f"/create/jobs/{job.pk}/", f"/fragments/create/jobs/?open={job.pk}"):
        page = hers.get(path)
        said = "Done; its work is in the trash" if number == 1 else "Done; its works are in the trash"
        assert (texts(page, "p", class_="job__state"), works_linked(page)) == ([said], [])
        assert "the trash" in texts(page, "a", href="/trash/")
    restore(works.filter(pk=works.first().pk))
    page = hers.get("/create/jobs/")
    assert (texts(page, "p", class_="job__state"), len(set(works_linked(page)))) == (["Done"], 1)
    works.delete()
    assert texts(hers.get("/create/jobs/"), "p", class_="job__state") == ["Done; its work was deleted"]


def test_the_trash_of_others_is_not_told_of(hers: Client, alice: User, bob: User) -> None:
    job = job_of(alice, "completed")
    works = ContentItem.objects.filter(made_by__job=job)
    works.update(creator=bob)
    move_to_trash(works)
    assert texts(hers.get("/create/jobs/"), "p", class_="job__state") == ["Done; its work was deleted"]


def path_of(job: GenerationJob, href: str) -> str:
    return f"/create/jobs/{job.pk}/{href}"


@pytest.mark.parametrize("number", [6, 30])
def test_rows_that_a_list_reads_do_not_grow_with_the_works_of_its_jobs(alice: User, number: int) -> None:
    job = job_of(alice, "cancelled")
    works_of(job, number)
    with CaptureQueriesContext(connection) as queries:
        works = job_works.works_of([job], alice)[job.pk]
    [query] = [each["sql"] for each in queries.captured_queries]
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert len(cursor.fetchall()) == MOST_SHOWN
    assert (len(works.shown), works.others) == (MOST_SHOWN, number - MOST_SHOWN)
