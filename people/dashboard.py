"""What a member sees first: their figures, their newest works, their open jobs, and what is new in their feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from content.card_rows import read_works
from content.models import ContentItem
from content.own_works import OwnWorksListing
from culling.own_tasks import open_tasks
from generation.models import OPEN, GenerationJob
from generation.pages.job_cards import JobCard, cards_of, for_cards
from genonaut.counted import capped_text, count_up_to
from genonaut.pagination.listing import Listing
from genonaut.pagination.page import Page
from genonaut.pagination.wording import total_text
from interactions.models import Interaction, Kind
from people.follows import COUNT_LIMIT, fixed_feed, following_of
from people.listings import FeedListing
from people.models import Follow
from users.models import User

# Works in a row, and open jobs that are shown.
STRIP_WORKS = 8
MOST_JOBS = 5


class Figure(NamedTuple):
    """A number of a member's things, and where they are."""

    label: str
    text: str
    address: str


@dataclass(frozen=True)
class Dashboard:
    """All that the page shows of a member."""

    figures: list[Figure]
    works: Sequence[ContentItem]
    feed: Sequence[ContentItem]
    jobs: list[JobCard]


def dashboard_of(user: User) -> Dashboard:
    """Return a member's dashboard. Some twenty queries, each of which an index answers, however much there is."""
    works = _newest(OwnWorksListing, user, creator=str(user.pk))
    feed = _newest(FeedListing, user, **fixed_feed(user))
    open_jobs = _open_jobs(user)
    return Dashboard(
        figures=_figures(user, works, open_jobs),
        works=works.items,
        feed=feed.items,
        jobs=cards_of(for_cards(open_jobs)[:MOST_JOBS], user),
    )


def _newest(listing: type[Listing], user: User, **fixed: str) -> Page:
    return listing(user, QueryDict(f"page_size={STRIP_WORKS}"), fixed=fixed, read=read_works).page()


def _open_jobs(user: User) -> QuerySet:
    """Return a user's open jobs by turn: along `job_user_open`."""
    pending, running = OPEN
    return GenerationJob.objects.filter(Q(status=pending) | Q(status=running), user=user).order_by("turn", "pk")


def _figures(user: User, works: Page, open_jobs: QuerySet) -> list[Figure]:
    marks = Interaction.objects.filter(user=user).of_shown_items(user)
    followed = Follow.objects.filter(user=user, person__is_active=True)
    return [
        Figure("Works", total_text(works.total), reverse("people:works")),
        Figure("Likes", _counted(marks.filter(kind=Kind.LIKE)), reverse("people:likes")),
        Figure("Bookmarks", _counted(marks.filter(kind=Kind.BOOKMARK)), reverse("people:bookmarks")),
        Figure("Followers", capped_text(following_of(user, user).count, COUNT_LIMIT), user.get_absolute_url()),
        Figure("Following", _counted(followed), reverse("people:follows")),
        Figure("Open jobs", _counted(open_jobs), reverse("generation:jobs")),
        Figure("Open tasks", _counted(open_tasks(user)), reverse("culling:tasks")),
    ]


def _counted(rows: QuerySet) -> str:
    """Return how many rows there are, up to COUNT_LIMIT. One query."""
    return capped_text(count_up_to(rows, COUNT_LIMIT), COUNT_LIMIT)
