"""What the worker does at each turn, and how far it came: learning, placing new works, making recommendations.

Each step goes on where the last turn ended, and is short: a turn ends between two. Done twice it is done once.
What needs numpy is imported once there is something to do: an idle worker takes 23 MB less.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import chain
from time import monotonic

from django.utils import timezone
from django.utils.module_loading import import_string

from content.models import ContentItem
from interactions.models import Interaction
from recommendations.arrivals import forget_old, last_placed, note_placed, unplaced, waiting
from recommendations.models import Refresh, Watermark, Withdrawal

# How far they came in ids: LEARNED and DEEDS of interactions, PLACED of works, SHOWN of works placed before the last
# learning. TRIED tells when a learning began.
LEARNED, TRIED, SHOWN, PLACED, DEEDS = "learned", "tried", "shown", "placed", "deeds"
# Between two learnings, and at least so many times as long as the last one took: it costs 5% of a core at most.
LEARNED_EVERY = timedelta(minutes=15)
REST = 20
# New works of a step; of more than MOST_NEW the oldest are left to the next learning, if users meet them.
BATCH_WORKS, MOST_NEW = 1_000, 10_000
# Users whose recommendations are made at once: some 60 MB of neighbours.
BATCH_USERS = 500
# Interactions of a step: each may be of another user.
BATCH_DEEDS = 500
# Transactions end in another order than their ids: the last ids are looked at again.
OVERLAP_DEEDS, OVERLAP_WORKS = 100, 1_000
# Users who did something in these days have recommendations that wait for them.
ACTIVE = timedelta(days=30)


def learn_if_due() -> bool:
    """Learn if there are new interactions, or works were placed since, and the last try is long enough ago; return
    whether.
    """
    newest = Interaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # Where users do little, new works alone are what is popular.
    placed = last_placed()
    if not _is_due(newest, placed):
        return False
    # First: one that fails, or whose process is killed, is not begun again at the next turn.
    _move(TRIED, newest)
    began = monotonic()
    import_string("recommendations.learning.learn")()
    _move(SHOWN, placed)
    _move(LEARNED, newest, seconds=monotonic() - began)
    return True


def _is_due(newest: int, placed: int) -> bool:
    """Return whether to learn, by the newest interaction and the work that was placed last. One query."""
    marks = Watermark.objects.in_bulk((LEARNED, SHOWN, TRIED))
    learned, shown, tried = (marks.get(name) for name in (LEARNED, SHOWN, TRIED))
    if learned and shown and (newest, placed) == (learned.row_id, shown.row_id):
        return False
    rest = max(LEARNED_EVERY, timedelta(seconds=REST * learned.seconds if learned else 0))
    return tried is None or timezone.now() >= tried.moved_at + rest


def place_new_works(is_over: Callable[[], bool]) -> int:
    """Make works that came or became public since the last turn neighbours of others; return how many."""
    forget_old()
    placed = 0
    # Those that came and became public since are then noted as placed.
    for works in chain(_place_published(), _place_new_ids()):
        placed += works
        if is_over():
            break
    return placed


def _place_new_ids() -> Iterator[int]:
    """Place works behind the watermark, which moves with them; yield after each step how many."""
    newest = ContentItem.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    mark = _place_of(PLACED)
    last, is_done = max(mark, newest - MOST_NEW), False
    while not is_done:
        batch = unplaced(last - OVERLAP_WORKS, BATCH_WORKS)
        _place(batch)
        note_placed(batch)
        is_done = len(batch) < BATCH_WORKS
        last = max(last, newest if is_done else batch[-1])
        if last != mark:
            _move(PLACED, last)
        if batch:
            yield len(batch)


def _place_published() -> Iterator[int]:
    """Place works that became public after they came; yield after each step how many."""
    while rows := waiting(BATCH_WORKS):
        works = sorted(set(rows.values()))
        _place(works)
        note_placed(works, rows)
        yield len(works)


def _place(works: Sequence[int]) -> None:
    if works:
        import_string("recommendations.learning.place")(works)


def refresh_active(is_over: Callable[[], bool]) -> int:
    """Make the recommendations of users who took something back or did something since the last turn, then those that
    are older than what was learned last; return how many users. At least one step, however little time is left."""
    refreshed = 0
    for users in chain(_refresh_after_withdrawals(), _refresh_after_deeds(), _refresh_after_learning()):
        refreshed += users
        if is_over():
            break
    return refreshed


def _refresh_after_withdrawals() -> Iterator[int]:
    """Refresh the users who took something back; yield after each step how many."""
    waiting = Withdrawal.objects.order_by("pk").values_list("user_id", flat=True)
    # A refresh deletes the rows of its users.
    while users := sorted(set(waiting[:BATCH_DEEDS])):
        yield _refresh(users)


def _refresh_after_deeds() -> Iterator[int]:
    """Refresh the users of the interactions after the watermark, which moves with them; yield after each step how many
    users."""
    newest = Interaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = _place_of(DEEDS)
    overlap = OVERLAP_DEEDS
    while last < newest:
        later = Interaction.objects.filter(pk__gt=last - overlap, user__isnull=False).order_by("pk")
        rows = list(later.values_list("pk", "user_id")[: overlap + BATCH_DEEDS])
        refreshed = _refresh(sorted({user for _pk, user in rows}))
        last = rows[-1][0] if len(rows) == overlap + BATCH_DEEDS else newest
        _move(DEEDS, last)
        # Those before came with this turn.
        overlap = 0
        yield refreshed


def _refresh_after_learning() -> Iterator[int]:
    """Refresh active users whose recommendations are older than what was learned; yield after each step how many."""
    mark = Watermark.objects.filter(pk=LEARNED).first()
    if mark is None:
        return
    old = Refresh.objects.filter(
        made_at__lt=mark.moved_at, active_at__gt=timezone.now() - ACTIVE, user__is_active=True
    ).order_by("made_at", "user")
    # Each that was refreshed is old no more.
    while users := list(old.values_list("user_id", flat=True)[:BATCH_USERS]):
        yield _refresh(users)


def _refresh(users: Sequence[int]) -> int:
    refresh = import_string("recommendations.refreshing.refresh")
    return sum(refresh(users[first : first + BATCH_USERS]) for first in range(0, len(users), BATCH_USERS))


def _place_of(name: str) -> int:
    return Watermark.objects.filter(pk=name).values_list("row_id", flat=True).first() or 0


def _move(name: str, row_id: int, **fields: object) -> None:
    Watermark.objects.update_or_create(pk=name, defaults={"row_id": row_id, "moved_at": timezone.now(), **fields})
