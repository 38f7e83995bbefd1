"""One scene before the site in use: what its clients saw, and whether all is right afterwards."""

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import psycopg

from tests.chaos import rejoining, site
from tests.chaos.clients import LIST, Answer, Crowd, ask
from tests.chaos.cluster import Cluster, Node, polls
from tests.chaos.scenes import Scene, SplitBrainError
from tests.chaos.watching import Promotion, Watcher

CALM_SECONDS = 3


@dataclass
class Outcome:
    """What a scene did to the clients."""

    scene: str
    answers: list[Answer]
    began_at: float
    promotion: Promotion | None
    acknowledged: int = 0
    lost: int = 0
    stale: int = 0
    # Nodes whose data was mended before they followed again, by how.
    repaired: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[Answer]:
        """The answers that came after the scene began."""
        return [answer for answer in self.answers if answer.came_at > self.began_at]

    @property
    def failed(self) -> Counter[int]:
        """How many answers were not good, by status."""
        return Counter(answer.status for answer in self.asked if not answer.is_good)

    @property
    def longest(self) -> float:
        """How long the client waited that waited longest."""
        return max(answer.seconds for answer in self.asked)

    @property
    def away(self) -> float:
        """How long no answer was good, at most."""
        good = [self.began_at, *(answer.came_at for answer in self.asked if answer.is_good)]
        return max(later - sooner for sooner, later in pairwise(good))

    def after_promotion(self, *, is_write: bool) -> float | None:
        """Return the seconds from the promotion to the first good answer; None without a promotion."""
        if self.promotion is None:
            return None
        good = (answer for answer in self.asked if answer.is_good and answer.is_write == is_write)
        return next((answer.came_at - self.promotion.at for answer in good if answer.came_at > self.promotion.at), None)

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong afterwards; lost commits are said, and judged by the caller."""
        return not self.stale and not self.complaints


def rehearse(cluster: Cluster, watcher: Watcher, token: str, name: str, scene: Scene) -> Outcome:
    """Play a scene before readers and writers, then look for what they were told, and verify all counts."""
    leader, repaired = cluster.leader(), rejoining.repairs()
    complaints = []
    with Crowd(token) as crowd:
        time.sleep(CALM_SECONDS)
        began_at = time.monotonic()
        try:
            scene(cluster, leader)
            wait_until_good(crowd)
            cluster.wait_until_whole()
        except (TimeoutError, SplitBrainError) as error:
            complaints.append(str(error))
        time.sleep(CALM_SECONDS)
    outcome = Outcome(name, crowd.answers(), began_at, watcher.first_since(began_at))
    outcome.repaired = rejoining.repairs() - repaired
    outcome.acknowledged = len(crowd.acknowledged())
    outcome.lost = outcome.acknowledged - found(cluster.leader(), crowd.acknowledged())
    outcome.stale = sum(ask("GET", LIST, If_None_Match=etag)[0] == 304 for etag in crowd.etags(began_at))
    outcome.complaints = complaints + site.verify()
    return outcome


def wait_until_good(crowd: Crowd) -> None:
    """Wait until a reader and a writer are answered well who asked from now on. Raises TimeoutError."""
    over_at = time.monotonic()
    for _ in polls("the site is not back"):
        good = [answer for answer in crowd.answers() if answer.is_good and answer.asked_at > over_at]
        if {answer.is_write for answer in good} == {True, False}:
            return


def found(leader: Node, titles: list[str]) -> int:
    """Return how many works of these titles there are."""
    with psycopg.connect(leader.url, dbname=site.NAME) as connection:
        query = "SELECT count(*) FROM content_contentitem WHERE title = ANY(%s)"
        return connection.execute(query, [titles]).fetchone()[0]
