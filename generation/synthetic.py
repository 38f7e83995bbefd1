"""Synthetic generation jobs: the completed ones made items of their user's; the others came to nothing.

All have ended: a worker would run any that waits.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from content.models import ContentItem
from content.synthetic import TABLE as CONTENT
from content.synthetic import items
from content.vocabulary import MODELS
from generation.models import GenerationJob
from genonaut.database.copy import NULL
from genonaut.seeding import Block, FollowingTable

ITEMS_PER_JOB = 50
STATUSES = ("completed", "failed", "cancelled")
STATUS_WEIGHTS = tuple(accumulate((80, 12, 8)))
ERRORS = ("The backend did not answer in time.", "Out of memory on the backend.", "The backend returned no picture.")


def settings_pool() -> tuple[str, ...]:
    """Return parameters to choose from: a generator's settings, as JSON."""
    random = Random(0)  # noqa: S311 - sample data
    return tuple(
        f'{{"model": "{random.choice(MODELS)}", "steps": {random.randrange(12, 60)}, '
        f'"guidance": {random.randrange(30, 120) / 10}, "width": {size * 64}, "height": {size * 48}}}'
        for size in (random.choice((12, 16, 20, 32)) for _ in range(500))
    )


SETTINGS = settings_pool()


def lines(block: Block) -> Iterator[str]:
    """Yield the jobs of a block: one each for some of the items that have a creator."""
    random, drawn = block.random("jobs"), items(block)
    first_item = block.dataset.first_ids[ContentItem] + block.first
    owned = [index for index, creator in enumerate(drawn.creators) if creator is not None]
    for index in sorted(random.sample(owned, min(block.rows // ITEMS_PER_JOB, len(owned)))):
        status = random.choices(STATUSES, cum_weights=STATUS_WEIGHTS)[0]
        result = str(first_item + index) if status == "completed" else NULL
        error = random.choice(ERRORS) if status == "failed" else ""
        begin = (drawn.creators[index], drawn.types[index], drawn.prompts[index], random.choice(SETTINGS), status)
        times = job_times(status, drawn.created_at[index], random.random(), random.random())
        yield "\t".join((*map(str, begin), result, error, *times))


def job_times(status: str, finished: datetime, waited: float, ran: float) -> tuple[str, str, str]:
    """Return when a job was created, started (unless it was cancelled) and finished; `waited` and `ran` are 0 to 1."""
    started = finished - timedelta(seconds=1 + 59 * ran)
    created = started - timedelta(seconds=600 * waited**3)
    return f"{created}+00", NULL if status == "cancelled" else f"{started}+00", f"{finished}+00"


TABLES = (
    FollowingTable(
        model=GenerationJob,
        columns=(
            *("user_id", "job_type", "prompt", "parameters", "status", "result_id", "error"),
            *("created_at", "started_at", "finished_at"),
        ),
        lines=lines,
        follows=CONTENT,
    ),
)
