"""What the rows of a synthetic data set are like: their shares and skew, and what must not be among them."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q
from django.test import Client

from content import stacks
from content.drawings import drawing_size
from content.models import ContentItem, ContentType, Source
from content.vocabulary import TAGS
from generation.models import GenerationJob
from interactions.models import Interaction, Kind
from interactions.synthetic import tastes_of
from recommendations.learning import learn
from recommendations.models import ALGORITHM, Reason, Recommendation
from recommendations.refreshing import refresh
from users.levels import Level
from users.models import User


@pytest.fixture(scope="module", autouse=True)
def data_set(lasting_rows: None) -> None:
    """Ten thousand items: of fewer the rare tags are too few."""
    call_command("seed", rows=10_000, verbosity=0)


def test_shares_are_those_of_a_real_gallery(db: None) -> None:
    shares = ContentItem.objects.aggregate(
        auto=Count("pk", filter=Q(source=Source.AUTO)),
        private=Count("pk", filter=Q(is_private=True)),
        unscored=Count("pk", filter=Q(quality_score=None)),
        untagged=Count("pk", filter=Q(tags=[])),
        images=Count("pk", filter=Q(content_type=ContentType.IMAGE)),
    )
    expected = {"auto": 4000, "private": 2000, "unscored": 500, "untagged": 600, "images": 7200}
    assert shares == {name: pytest.approx(share, rel=0.15) for name, share in expected.items()}
    assert set(ContentItem.objects.values_list("content_type", flat=True)) == set(ContentType.values)
    assert set(Interaction.objects.values_list("kind", flat=True)) == set(Kind.values)


def test_no_private_item_is_without_a_creator(db: None) -> None:
    assert not ContentItem.objects.filter(is_private=True, creator=None).exists()


def test_a_few_creators_own_most(db: None) -> None:
    owned = list(User.objects.annotate(works=Count("items")).order_by("-works").values_list("works", flat=True))
    assert len(owned) == 200
    assert sum(owned[:20]) > sum(owned) / 2
    assert owned[-1] < owned[0] / 50


def test_many_items_share_one_time(db: None) -> None:
    times = ContentItem.objects.values("created_at").annotate(rows=Count("pk")).order_by("-rows")
    assert times[0]["rows"] > 100


def test_tags_follow_zipfs_law(db: None) -> None:
    rows = ContentItem.objects.values_list("tags", flat=True)
    counts: dict[str, int] = {}
    for tags in rows:
        assert len(tags) == len(set(tags)) <= 8
        for tag in tags:
            counts[tag] = counts.get(tag, 0) + 1
    ranked = sorted(counts.values(), reverse=True)
    assert set(counts) <= set(TAGS)
    assert ranked[0] > 1.5 * ranked[1]
    assert ranked[0] > 100 * ranked[len(ranked) // 2]
    assert len(ranked) > 500


def test_titles_and_prompts_are_whole_and_varied(db: None) -> None:
    titles = list(ContentItem.objects.values_list("title", flat=True))
    assert len(set(titles)) > 0.7 * len(titles)
    assert not [title for title in titles if "{" in title or "\\" in title or title[0].islower()]
    assert not ContentItem.objects.filter(prompt="").exists()
    verse = ContentItem.objects.filter(content_type=ContentType.TEXT).first().data
    assert "\n" in verse


def test_nothing_private_is_noticed_or_recommended(db: None) -> None:
    assert not Interaction.objects.filter(content__is_private=True).exists()
    assert not Recommendation.objects.filter(content__is_private=True).exists()


def test_nobody_is_recommended_their_own_work(db: None) -> None:
    assert not Recommendation.objects.filter(content__creator=F("user")).exists()


def test_completed_jobs_made_their_users_items(db: None) -> None:
    done = GenerationJob.objects.filter(status="completed")
    assert done.exists()
    assert not done.exclude(result__creator=F("user"), result__prompt=F("prompt"), finished_at=F("result__created_at"))


def test_no_job_waits_for_a_worker(db: None) -> None:
    assert set(GenerationJob.objects.values_list("status", flat=True)) == {"completed", "failed", "cancelled"}


def test_nobody_can_log_in(db: None) -> None:
    assert not [user for user in User.objects.all() if user.has_usable_password() or user.is_staff or user.is_superuser]


def test_items_lie_in_time_only_roughly_in_the_order_of_their_ids(db: None) -> None:
    times = list(ContentItem.objects.order_by("pk").values_list("created_at", flat=True))
    backwards = sum(later < earlier for earlier, later in pairwise(times))
    assert backwards > len(times) / 10
    assert max(times) - min(times) > timedelta(days=5 * 360)
    assert times[len(times) // 10] < times[-1]


def test_no_two_drawings_are_alike_and_generation_data_tell_their_sizes(db: None) -> None:
    works = list(ContentItem.objects.select_related("generation"))
    assert len({work.seed for work in works}) == len(works)
    assert all(work.is_synthetic for work in works)
    generated = [work for work in works if work.generation is not None]
    assert len(generated) > len(works) / 2
    for work in generated:
        made = work.generation
        assert (made.width, made.height) == drawing_size(work.content_type, work.seed)


def test_batches_are_stacks_and_their_newest_works_lead_them(db: None) -> None:
    works = ContentItem.objects.filter(stack__isnull=False).values("stack")
    sizes = [row["works"] for row in works.annotate(works=Count("pk")) if row["works"] > 1]
    assert len(sizes) == pytest.approx(115, rel=0.3)
    assert min(sizes) == 2
    assert max(sizes) == 8
    assert stacks.drift() == (0, 0)
    batch = max(works.annotate(works=Count("pk"), prompts=Count("prompt", distinct=True)), key=lambda row: row["works"])
    assert batch["prompts"] == 1


def test_few_works_are_not_for_every_place_and_visitors_are_shown_none_of_them(db: None, client: Client) -> None:
    counts = dict(ContentItem.objects.values_list("level").annotate(works=Count("pk")).order_by())
    assert counts == {
        Level.GENERAL: pytest.approx(9_300, rel=0.02),
        Level.SENSITIVE: pytest.approx(600, rel=0.2),
        Level.EXPLICIT: pytest.approx(100, rel=0.4),
    }
    page = client.get("/api/v1/content/").json()["pagination"]
    assert page["total_count"] == ContentItem.objects.filter(is_private=False, level=Level.GENERAL).count()


def test_what_is_recommended_to_a_user_is_of_their_tastes(db: None) -> None:
    learn()
    first = User.objects.filter(username__endswith="x10000").order_by("pk").first().pk
    busy = User.objects.annotate(met=Count("interactions")).filter(pk__gte=first).order_by("-met", "pk")[:10]
    refresh([user.pk for user in busy])
    shown = of_taste = 0
    for user in busy:
        rows = Recommendation.objects.filter(user=user, algorithm=ALGORITHM, reason=Reason.COVISITED)
        for prompt in rows.values_list("content__prompt", flat=True):
            shown += 1
            of_taste += any(subject in prompt for subject in tastes_of(user.pk - first))
    # By chance it would be one in 35.
    assert of_taste > shown / 4 > 0
