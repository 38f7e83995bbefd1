"""Recommendations of users, made of what they did and of what was learned, and written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from interactions.models import ONCE_KINDS, Interaction, Kind
from recommendations import reading
from recommendations.blending import MOST_BLENDED, NONE, Candidates, Profile, Sources, candidates, diverse, profile
from recommendations.clocks import latest_date
from recommendations.deeds import Deeds
from recommendations.models import ALGORITHM, Reason, Refresh, Withdrawal
from recommendations.reading import Facts, deeds_of, dismissed, kept_works, public_works, shown_levels_of, sources_for
from users.levels import Level
from users.models import User

# Recommendations of a user; candidates, among which are those of a creator or for the sake of a work too many.
MOST = 40
MOST_CANDIDATES = 120
# Users whose recommendations are written at once: until then their page views wait, as they lock the account.
BATCH_WRITTEN = 20

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
    SELECT id FROM interactions_interaction WHERE user_id = asked.pk AND created_at <= %s
    ORDER BY created_at DESC, id DESC LIMIT 1
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
    # The rows that say that they took something back, which is regarded.
    withdrawals: list[int]


def refresh(users: Sequence[int]) -> int:
    """Make the recommendations of some users; return of how many. Seventeen queries for up to BATCH_WRITTEN users, with
    those around a transaction, and eight for each as many more; one more if some of them took something back.

    Works that a user made, saw or dismissed, works that not all may see and works above the user's level are not among
    them. A user who did something meanwhile is left as they are.
    """
    return write(compute(users))


def compute(users: Sequence[int]) -> list[Computed]:
    """Return what is to be recommended to some users. Nine queries."""
    # Before what they did: what is taken back after this is another row.
    withdrawals = _withdrawals_of(users)
    states = read_states(users)
    seeds = np.unique(np.concatenate([np.zeros(0, np.int64), *(state.taste.seeds for state in states)]))
    sources = sources_for(seeds)
    facts = public_works(np.union1d(sources.works(), seeds))
    chosen = shown_levels_of(users)
    levels = [chosen.get(state.user, Level.GENERAL) for state in states]
    # Before the best are taken: else those that are not to be shown would take all places.
    shown = {level: sources.among(facts.works[facts.levels <= level]) for level in set(levels)}
    own = facts.of_creators(users)
    computed = []
    for state, level in zip(states, levels, strict=True):
        excluded = np.union1d(state.seen, own[state.user])
        picked = pick(state.user, unseen(state, shown[level], excluded), facts)
        computed.append(Computed(state, level, picked, withdrawals.get(state.user, [])))
    return computed


def _withdrawals_of(users: Sequence[int]) -> dict[int, list[int]]:
    """Return the rows that say that users took something back. One query."""
    found: dict[int, list[int]] = {}
    for pk, user in Withdrawal.objects.filter(user_id__in=users).values_list("pk", "user_id"):
        found.setdefault(user, []).append(pk)
    return found


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


def unseen(state: UserState, sources: Sources, excluded: NDArray[np.int64]) -> Candidates:
    """Return the best candidates for a user without those that they met before. Two queries for a user of more
    interactions than are read, none for others."""
    if not state.is_cut:
        return candidates(state.taste, sources, excluded, MOST_CANDIDATES)
    # The best may all be met.
    found = candidates(state.taste, sources, excluded, MOST_BLENDED)
    met = {work for works in met_of(state.user, found.works.tolist()) for work in works}
    return found.of(np.flatnonzero(~np.isin(found.works, list(met)))[:MOST_CANDIDATES])


def met_of(user: int, works: list[int]) -> list[QuerySet]:
    """Return which of some works a user saw, and which they liked, bookmarked or rated: each along its own index."""
    deeds = Interaction.objects.filter(user=user, content__in=works)
    kinds = (deeds.filter(kind=Kind.VIEW), deeds.filter(kind__in=ONCE_KINDS))
    return [rows.order_by().values_list("content_id", flat=True).distinct() for rows in kinds]


def pick(user: int, found: Candidates, facts: Facts) -> Picked:
    """Return those of a user's candidates, which are among the facts, that are to be shown, so that they differ."""
    shown = diverse(found, facts.creators[np.searchsorted(facts.works, found.works)].tolist(), MOST)
    is_known = np.isin(found.because, facts.works)
    because = [int(found.because[n]) if found.because[n] != NONE and is_known[n] else None for n in shown]
    scores = [float(found.scores[n]) for n in shown]
    return Picked(user, found.works[shown].tolist(), scores, [found.reasons[n] for n in shown], because)


def write(computed: Sequence[Computed]) -> int:
    """Write the recommendations of users in place of their last ones; return of how many users.

    Those that stay keep their served mark. Left out are users who did something since theirs were computed: a like of
    that moment would be recommended again. Six queries in a transaction for each BATCH_WRITTEN users, one more for what
    was taken back.
    """
    return sum(_write(computed[first : first + BATCH_WRITTEN]) for first in range(0, len(computed), BATCH_WRITTEN))


def _write(computed: Sequence[Computed]) -> int:
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
                for state, level, *_ in chosen
            ],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["newest_interaction", "active_at", "made_at", "level"],
        )
        # Those of users who did something meanwhile, too: that alone makes their recommendations be made again.
        Withdrawal.objects.filter(pk__in=[pk for one in computed for pk in one.withdrawals]).delete()
    return len(chosen)


def _locked_and_unchanged(newest: dict[int, int | None]) -> set[int]:
    """Lock the accounts of users, and return whose newest interaction is the one given. Two queries: what was committed
    while the first waited is seen by the second."""
    there = User.objects.select_for_update(no_key=True).filter(pk__in=newest).order_by("pk")
    alive = list(there.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [latest_date(), alive])
        return {user for user, pk in cursor.fetchall() if pk == newest[user]}


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _parameters(picked: Sequence[Picked]) -> dict[str, object]:
    """Return what is to be written: works that are there, kept there until it is. One query."""
    rows = [(one.user, *row) for one in picked for row in zip(*one[1:], strict=True)]
    there = kept_works({work for _user, work, *_, because in rows for work in (work, because) if work is not None})
    rows = [row for row in rows if row[1] in there]
    return {
        "users": [user for user, *_ in rows],
        "works": [work for _user, work, *_ in rows],
        "scores": [score for _user, _work, score, *_ in rows],
        "reasons": [str(reason) for *_, reason, _because in rows],
        "because": [because if because in there else None for *_, because in rows],
        "all_users": sorted(one.user for one in picked),
        "algorithm": ALGORITHM,
    }
