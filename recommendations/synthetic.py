"""Synthetic recommendations of public items, to people who did not make them."""

from collections.abc import Iterator
from datetime import timedelta

from content.models import ContentItem
from content.synthetic import TABLE as CONTENT
from content.synthetic import items
from genonaut.seeding import Block, FollowingTable
from recommendations.models import Recommendation
from users.models import User
from users.synthetic import count as count_users

ITEMS_PER_RECOMMENDATION = 4
ALGORITHMS = ("covisitation-1", "tags-1")
SERVED_SHARE = 0.6
LONGEST_DELAY = timedelta(days=30)


def lines(block: Block) -> Iterator[str]:
    """Give the recommendations of a block's items; where the dice repeat one, it is left out."""
    random, drawn = block.random("recommendations"), items(block)
    first_item, first_user = block.dataset.first_ids[ContentItem] + block.first, block.dataset.first_ids[User]
    users = count_users(block.dataset)
    given: set[tuple[int, int, str]] = set()
    for algorithm in random.choices(ALGORITHMS, k=block.rows // ITEMS_PER_RECOMMENDATION):
        index = random.randrange(block.rows)
        while drawn.is_private[index]:
            index = (index + 1) % block.rows
        user = first_user + int(users * random.random() ** 2)
        if user == drawn.creators[index] or (user, index, algorithm) in given:
            continue
        given.add((user, index, algorithm))
        moment = drawn.created_at[index] + LONGEST_DELAY * random.random()
        is_served = "t" if random.random() < SERVED_SHARE else "f"
        yield f"{user}\t{first_item + index}\t{random.random():.4f}\t{algorithm}\t{is_served}\t{moment}+00"


TABLES = (
    FollowingTable(
        model=Recommendation,
        columns=("user_id", "content_id", "score", "algorithm", "is_served", "created_at"),
        lines=lines,
        follows=CONTENT,
    ),
)
