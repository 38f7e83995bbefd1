"""Learning on a cluster: two processes, each of which reads and writes the database."""

from datetime import datetime
from typing import Self

import distributed
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from content.models import ContentItem
from interactions.models import Interaction, Kind
from recommendations.learning import CLUSTER, learn
from recommendations.models import Neighbours, Reason, Watermark
from tests.factories import EPOCH, ContentItemFactory, InteractionFactory, UserFactory
from tests.processes import manage_with

SECONDS = 300


def neighbours() -> dict[str, dict[int, float]]:
    """Return the co-visited works by the title of a work, with scores."""
    rows = Neighbours.objects.filter(kind=Reason.COVISITED).select_related("content")
    return {row.content.title: dict(zip(row.neighbours, row.scores, strict=True)) for row in rows}


def liked_works() -> list[ContentItem]:
    """Return six works, of which twelve users like three each: five are met with others."""
    works = [ContentItemFactory(title=f"work {number}") for number in range(6)]
    for number in range(12):
        user = UserFactory()
        for work in works[number % 3 : number % 3 + 3]:
            InteractionFactory(user=user, content=work, kind=Kind.LIKE, created_at=timezone.now())
    return works


@pytest.mark.django_db(transaction=True)
def test_a_cluster_learns_what_one_machine_does_and_is_left_to_it() -> None:
    works = liked_works()
    learn()
    expected = neighbours()
    assert len(expected) == 5
    Neighbours.objects.all().delete()
    lonely = Neighbours.objects.create(content=works[5], kind=Reason.COVISITED, neighbours=[1], scores=[0.5])
    changes = (
        "from recommendations import partitions; partitions.BLOCK_VISITS = 10; "
        "from recommendations.management.commands import learn_covisits; learn_covisits.SECONDS = 300"
    )
    cluster = manage_with(changes, "learn_covisits", "--processes", 2, "--partitions", 5)
    shown, errors = cluster.communicate(timeout=SECONDS)
    assert (cluster.returncode, shown.splitlines()[-1]) == (0, "Neighbours of 5 works are learned."), errors
    assert "5 works in 4 blocks, users in 5 partitions" in shown
    assert neighbours().keys() == expected.keys()
    for title, scores in expected.items():
        assert neighbours()[title] == pytest.approx(scores, abs=1e-5)
    assert not Neighbours.objects.filter(pk=lonely.pk).exists()
    # The site's own worker leaves it alone, until the cluster has learned nothing for long.
    Interaction.objects.all().delete()
    learn()
    assert neighbours().keys() == expected.keys()
    Watermark.objects.filter(pk=CLUSTER).update(moved_at="2026-01-01T00:00Z")
    learn()
    assert (neighbours(), ContentItem.objects.count()) == ({}, 6)


@pytest.mark.django_db(transaction=True)
def test_what_a_cluster_writes_is_left_alone_by_the_site_from_its_first_run_on() -> None:
    liked_works()
    # The site's own worker, which knows one interaction alone, learns whenever the cluster says something.
    changes = (
        "from recommendations import cluster, learning, partitions, reading; "
        "partitions.BLOCK_VISITS = 10; reading.MOST_LEARNED = 1; by_cluster = cluster.learn_covisits; "
        "cluster.learn_covisits = lambda client, parts, say: "
        "by_cluster(client, parts, lambda text: (say(text), learning.learn())); "
        "from recommendations.management.commands import learn_covisits; learn_covisits.SECONDS = 300"
    )
    command = manage_with(changes, "learn_covisits", "--processes", 2, "--partitions", 5)
    shown, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, "4 blocks are written" in shown) == (0, True), errors
    assert len(neighbours()) == 5


class InterruptedClient:
    """A client of Dask's whose first task Ctrl-C interrupts."""

    def __init__(self, *_args: object, **_options: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def map(self, *_args: object, **_options: object) -> None:
        """Be interrupted."""
        raise KeyboardInterrupt


@pytest.mark.parametrize("marks", [[], [EPOCH]])
def test_an_interrupted_run_leaves_co_visits_to_the_worker_as_it_was(
    db: None, monkeypatch: pytest.MonkeyPatch, marks: list[datetime]
) -> None:
    for mark in marks:
        Watermark.objects.create(pk=CLUSTER, moved_at=mark)
    monkeypatch.setattr(distributed, "Client", InterruptedClient)
    with pytest.raises(CommandError, match=r"^Interrupted\.") as error:
        call_command("learn_covisits", "--scheduler", "tcp://127.0.0.1:1")
    assert error.value.returncode == 130
    assert list(Watermark.objects.filter(pk=CLUSTER).values_list("moved_at", flat=True)) == marks


def test_a_cluster_that_does_not_answer_is_named(db: None) -> None:
    command = manage_with("pass", "learn_covisits", "--scheduler", "tcp://127.0.0.1:1")
    shown, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, shown) == (1, "")
    assert "No cluster answers at tcp://127.0.0.1:1" in errors
