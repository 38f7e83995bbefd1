"""Synthetic interactions: mostly views, most of them of a few popular public items."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate

from content.models import ContentItem
from content.synthetic import TABLE as CONTENT
from content.synthetic import items
from content.vocabulary import COMMENTS
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


def lines(block: Block) -> Iterator[str]:
    """Give the interactions with the public items of a block."""
    random, drawn = block.random("interactions"), items(block)
    first_item, first_user = block.dataset.first_ids[ContentItem] + block.first, block.dataset.first_ids[User]
    users = count_users(block.dataset)
    public = [index for index, private in enumerate(drawn.is_private) if not private]
    random.shuffle(public)
    rows = block.rows // ITEMS_PER_INTERACTION if public else 0
    done_once: set[tuple[int, int, str]] = set()
    for kind in random.choices(KINDS, cum_weights=KIND_WEIGHTS, k=rows):
        index = public[int(len(public) * random.random() ** 3)]
        user = first_user + int(users * random.random() ** 2)
        deed = (user, index, kind)
        if deed in done_once:
            kind = "view"
        elif kind in ONCE_KINDS:
            done_once.add(deed)
        moment = drawn.created_at[index] + LONGEST_DELAY * random.random() ** 4
        yield f"{user}\t{first_item + index}\t{details(kind, random.random())}\t{random.choice(ORIGINS)}\t{moment}+00"


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
