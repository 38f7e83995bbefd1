"""Recommendations of users, made of what they did and of what was learned, and written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from interactions.models import Interaction
from recommendations import reading
from recommendations.blending import NONE, Candidates, Profile, candidates, diverse, profile
from recommendations.deeds import Deeds
from recommendations.models import ALGORITHM, Reason, Refresh
from recommendations.reading import Facts, deeds_of, dismissed, public_works, shown_levels_of, sources_for
from users.levels import Level
from users.models import User

# Recommendations of a user; candidates among which are private ones, the user's own and those of a creator too many.
MOST = 40
MOST_CANDIDATES = 120

WANTED = """
WITH wanted AS (
    SELECT * FROM unnest(%(users)s::bigint[], %(works)s::bigint[], %(scores)s::float8[], %(reasons)s::text[],
        %(because)s::bigint[]) AS wanted(user_id, content_id, score, reason, because_id)
)
"""
DELETE = f"""{WANTED}
DELETE FROM recommendations_recommendation AS old WHERE old.user_id = ANY(%(all_users)s::bigint[])
AND old.algorithm = %(algorithm)s AND NOT EXISTS (
    SELECT FROM wanted WHERE (wanted.user_id, wanted.content_id) = (old.user_id, old.content_id)
)
"""  # noqa: S608
# What was dismissed meanwhile is left out: a dismissal waits for the lock of its account, or is seen here.
# In the order of the unique index: two processes that write the same never wait for each other in a circle.
WRITE = f"""{WANTED}
INSERT INTO recommendations_recommendation AS old
    (user_id, content_id, score, algorithm, is_served, reason, because_id, created_at)
SELECT user_id, content_id, score, %(algorithm)s, false, reason, because_id, now() FROM wanted
WHERE NOT EXISTS (
    SELECT FROM recommendations_dismissal AS gone
    WHERE (gone.user_id, gone.content_id) = (wanted.user_id, wanted.content_id)
)
ORDER BY user_id, content_id
ON CONFLICT (user_id, content_id, algorithm) DO UPDATE
SET score = excluded.score, reason = excluded.reason, because_id = excluded.because_id
WHERE (old.score, old.reason, old.because_id) IS DISTINCT FROM (excluded.score, excluded.reason, excluded.because_id)
"""  # noqa: S608

NEWEST = """
SELECT asked.pk, (
    SELECT id FROM interactions_interaction WHERE user_id = asked.pk ORDER BY created_at DESC, id DESC LIMIT 1
) FROM unnest(%s::bigint[]) AS asked(pk)
"""


class UserState(NamedTuple):
    """What one user's recommendations are made of."""

    user: int
    taste: Profile
    seen: NDArray[np.int64]
    newest: int | None
    active_at: float | None
    # Whether there are older interactions, which were not read.
    is_cut: bool = False


class Picked(NamedTuple):
    """The recommendations of one user: works, scores, reasons, and the works that led to them (None: none)."""

    user: int
    works: list[int]
    scores: list[float]
    reasons: list[Reason]
    because: list[int | None]


class Computed(NamedTuple):
    """What one user's recommendations are made of, up to which level, and what they are."""

    state: UserState
    level: int
    picked: Picked


def refresh(users: Sequence[int]) -> int:
    """Make the recommendations of some users; return of how many. Sixteen queries, whatever they are.

    Works that a user made, saw or dismissed, works that not all may see and works above the user's level are not among
    them. A user who did something
    meanwhile is left as they are.
    """
    return write(compute(users))


def compute(users: Sequence[int]) -> list[Computed]:
    """Return what is to be recommended to some users. Nine queries."""
    states = read_states(users)
    seeds = np.unique(np.concatenate([np.zeros(0, np.int64), *(state.taste.seeds for state in states)]))
    sources = sources_for(seeds)
    found = [unseen(state, candidates(state.taste, sources, state.seen, MOST_CANDIDATES)) for state in states]
    wanted = np.concatenate([np.zeros(0, np.int64), *(one.works for one in found), seeds])
    facts = public_works(np.unique(wanted))
    levels = shown_levels_of(users)
    return [
        Computed(state, level, pick(state.user, one, facts, level))
        for state, one in zip(states, found, strict=True)
        for level in [levels.get(state.user, Level.GENERAL)]
    ]


def read_states(users: Sequence[int]) -> list[UserState]:
    """Return what the recommendations of users are made of. Two queries."""
    ids, deeds = deeds_of(users)
    hidden = dismissed(users)
    order = np.lexsort((-ids, -deeds.times, deeds.users))
    ids, deeds = ids[order], deeds.where(order)
    return [_state(user, ids, deeds, hidden.get(user, [])) for user in users]


def _state(user: int, ids: NDArray[np.int64], deeds: Deeds, hidden: list[int]) -> UserState:
    first, end = np.searchsorted(deeds.users, [user, user + 1])
    own = deeds.where(slice(first, end))
    seen = np.unique(np.concatenate([own.works, np.array(hidden, np.int64)]))
    if first == end:
        return UserState(user, profile(own), seen, None, None)
    taste = profile(own)
    is_wanted = ~np.isin(taste.seeds, hidden)
    taste = Profile(taste.seeds[is_wanted], taste.weights[is_wanted])
    return UserState(user, taste, seen, int(ids[first]), float(own.times[0]), end - first >= reading.MOST_OF_A_USER)


def unseen(state: UserState, found: Candidates) -> Candidates:
    """Return candidates without those that a user of more interactions than are read met before. One query for such a
    user, none for others."""
    if not state.is_cut:
        return found
    met = Interaction.objects.filter(user=state.user, content__in=found.works.tolist())
    is_new = ~np.isin(found.works, list(met.values_list("content_id", flat=True)))
    return found.of(np.flatnonzero(is_new))


def pick(user: int, found: Candidates, facts: Facts, level: int) -> Picked:
    """Return those of a user's candidates that are public, another's and up to a level, so that they differ."""
    if not len(facts.works):
        return Picked(user, [], [], [], [])
    places = np.minimum(np.searchsorted(facts.works, found.works), len(facts.works) - 1)
    creators = facts.creators[places]
    is_shown = (facts.works[places] == found.works) & (facts.levels[places] <= level)
    numbers = np.flatnonzero(is_shown & (creators != user))
    left = found.of(numbers)
    shown = diverse(left, creators[numbers].tolist(), MOST)
    is_known = np.isin(left.because, facts.works)
    because = [int(left.because[n]) if left.because[n] != NONE and is_known[n] else None for n in shown]
    scores = [float(left.scores[n]) for n in shown]
    return Picked(user, left.works[shown].tolist(), scores, [left.reasons[n] for n in shown], because)


def write(computed: Sequence[Computed]) -> int:
    """Write the recommendations of users in place of their last ones; return of how many users.

    Those that stay keep their served mark. Left out are users who did something since theirs were computed: a like of
    that moment would be recommended again. Five queries in a transaction.
    """
    with transaction.atomic():
        unchanged = _locked_and_unchanged({one.state.user: one.state.newest for one in computed})
        chosen = [one for one in computed if one.state.user in unchanged]
        params = _parameters([one.picked for one in chosen])
        with connection.cursor() as cursor:
            cursor.execute(DELETE, params)
            cursor.execute(WRITE, params)
        Refresh.objects.bulk_create(
            [
                Refresh(
                    user_id=state.user,
                    newest_interaction=state.newest,
                    active_at=_moment(state.active_at),
                    level=level,
                )
                for state, level, _ in chosen
            ],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["newest_interaction", "active_at", "made_at", "level"],
        )
    return len(chosen)


def _locked_and_unchanged(newest: dict[int, int | None]) -> set[int]:
    """Lock the accounts of users, and return whose newest interaction is the one given. Two queries: what was committed
    while the first waited is seen by the second."""
    there = User.objects.select_for_update(no_key=True).filter(pk__in=newest).order_by("pk")
    alive = list(there.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [alive])
        return {user for user, pk in cursor.fetchall() if pk == newest[user]}


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _parameters(picked: Sequence[Picked]) -> dict[str, object]:
    return {
        "users": [one.user for one in picked for _work in one.works],
        "works": [work for one in picked for work in one.works],
        "scores": [score for one in picked for score in one.scores],
        "reasons": [str(reason) for one in picked for reason in one.reasons],
        "because": [work for one in picked for work in one.because],
        "all_users": sorted(one.user for one in picked),
        "algorithm": ALGORITHM,
    }
