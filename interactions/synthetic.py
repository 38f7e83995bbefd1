"""Synthetic interactions: sessions of users with tastes, mostly views, most of them of a few popular public items."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate
from random import Random

from content.models import ContentItem
from content.synthetic import TABLE as CONTENT
from content.synthetic import items
from content.vocabulary import COMMENTS, SUBJECTS
from genonaut.database.copy import NULL
from genonaut.seeding import Block, FollowingTable
from interactions.counting import catch_up
from interactions.models import ONCE_KINDS, Interaction
from users.models import User
from users.synthetic import count as count_users

ITEMS_PER_INTERACTION = 2
KINDS = ("view", "like", "download", "bookmark", "rate", "share", "comment")
KIND_WEIGHTS = tuple(accumulate((68, 13, 4, 5, 5, 2, 3)))
ORIGINS = ("{}", "{}", '{"from": "gallery"}', '{"from": "search"}', '{"from": "recommendation"}')
LONGEST_DELAY = timedelta(days=90)
LONGEST_VIEW_SECONDS = 240
SESSION_ITEMS = 5
SESSION_STEP = timedelta(seconds=90)
# Sessions of a user's second taste, and items of a session that are of none.
SECOND_TASTE_SHARE = 0.3
CHANCE_SHARE = 0.25
SUBJECT = re.compile("|".join(map(re.escape, sorted(SUBJECTS, key=len, reverse=True))))


def lines(block: Block) -> Iterator[str]:
    """Give the interactions with the public items of a block: sessions of users, each of one of the user's tastes."""
    random, drawn = block.random("interactions"), items(block)
    first_item, first_user = block.dataset.first_ids[ContentItem] + block.first, block.dataset.first_ids[User]
    public = [index for index, private in enumerate(drawn.is_private) if not private]
    random.shuffle(public)
    rows = block.rows // ITEMS_PER_INTERACTION if public else 0
    shelves = by_taste(drawn.prompts, public)
    done_once: set[tuple[int, int, str]] = set()
    kinds = random.choices(KINDS, cum_weights=KIND_WEIGHTS, k=rows)
    for start in range(0, rows, SESSION_ITEMS):
        number = int(count_users(block.dataset) * random.random() ** 2)
        met = session(random, tastes_of(number), shelves, public)
        moment = max(drawn.created_at[index] for index in met) + LONGEST_DELAY * random.random() ** 4
        for index, kind in zip(met, kinds[start : start + SESSION_ITEMS], strict=False):
            user, moment = first_user + number, moment + SESSION_STEP
            deed = (user, index, kind)
            if deed in done_once:
                kind = "view"
            elif kind in ONCE_KINDS:
                done_once.add(deed)
            origin = random.choice(ORIGINS)
            yield f"{user}\t{first_item + index}\t{details(kind, random.random())}\t{origin}\t{moment}+00"


def by_taste(prompts: list[str], public: list[int]) -> dict[str, list[int]]:
    """Return the items of each taste, which is for a subject: the first that a prompt names. The popular ones first."""
    shelves: dict[str, list[int]] = {}
    for index in public:
        if subject := SUBJECT.search(prompts[index]):
            shelves.setdefault(subject[0], []).append(index)
    return shelves


def tastes_of(number: int) -> tuple[str, str]:
    """Return the two subjects that an account likes, the first more than the second; they are the same for ever."""
    first, step = number * 7 % len(SUBJECTS), 1 + number * 13 % (len(SUBJECTS) - 1)
    return SUBJECTS[first], SUBJECTS[(first + step) % len(SUBJECTS)]


def session(random: Random, tastes: tuple[str, str], shelves: dict[str, list[int]], public: list[int]) -> list[int]:
    """Draw the items of a session: most are of one taste, if the block has any of it, and popular ones come first."""
    own = shelves.get(tastes[random.random() < SECOND_TASTE_SHARE], public)
    pools = (public if random.random() < CHANCE_SHARE else own for _ in range(SESSION_ITEMS))
    return [pool[int(len(pool) * random.random() ** 3)] for pool in pools]


def details(kind: str, roll: float) -> str:
    """Return the kind of an interaction and what it carries: rating, comment and duration."""
    rating = str(5 - int(5 * roll * roll)) if kind == "rate" else NULL
    comment = COMMENTS[int(roll * len(COMMENTS))] if kind == "comment" else ""
    seconds = f"{LONGEST_VIEW_SECONDS * roll**3:.1f}" if kind == "view" else NULL
    return f"{kind}\t{rating}\t{comment}\t{seconds}"


TABLES = (
    FollowingTable(
        model=Interaction,
        columns=(
            *("user_id", "content_id", "kind", "rating", "comment", "duration_seconds", "metadata", "created_at"),
        ),
        lines=lines,
        follows=CONTENT,
        finish=catch_up,
    ),
)
