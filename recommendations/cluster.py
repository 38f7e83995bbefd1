"""Co-visits learned by the machines of a Dask cluster, each of which reads and writes the database by itself.

Between machines go counts of works, and shares of blocks of pairs; no machine holds all interactions, and none all
pairs. It imports Dask, which is optional: requirements-cluster.txt.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from distributed import Client
from django.db import connection
from django.db.models import Max, Min
from django.db.models.functions import Now

from recommendations.interactions_matrix import Visits, visits
from recommendations.learning import CLUSTER, database_time, delete_stale, write_lists
from recommendations.models import Reason, Watermark
from recommendations.partitions import Totals, added, block_lists, block_share, blocks_of, counted
from recommendations.reading import deeds_of_range
from users.models import User

# Blocks under way for each thread of the cluster: what bounds its memory.
BLOCKS_OF_A_THREAD = 2


def learn_covisits(client: Client, partitions: int, say: Callable[[str], object]) -> int:
    """Learn which works the same users met, of all interactions there are; return of how many works.

    The worker of the site leaves co-visits alone for a while (`learning.CLUSTER_LASTING`), from the begin on: it would
    delete the lists of works that it does not know. If this fails or is interrupted, for as long as it did before.
    """
    before = Watermark.objects.filter(pk=CLUSTER).first()
    _leave_to_cluster()
    try:
        written = _learn(client, partitions, say)
    except BaseException:
        if before:
            before.save()
        else:
            Watermark.objects.filter(pk=CLUSTER).delete()
        raise
    _leave_to_cluster()
    return written


def _learn(client: Client, partitions: int, say: Callable[[str], object]) -> int:
    began = database_time()
    # They stay where they are read.
    parts = client.map(visits_of_range, user_ranges(partitions), pure=False)
    totals = client.submit(added, client.map(counted, parts)).result()
    blocks = blocks_of(totals)
    say(f"{len(totals.works):,} works in {len(blocks):,} blocks, users in {len(parts):,} partitions")
    everywhere = client.scatter(totals, broadcast=True)
    under_way = max(1, BLOCKS_OF_A_THREAD * sum(client.nthreads().values()))
    written = 0
    for first in range(0, len(blocks), under_way):
        tasks = []
        for block in blocks[first : first + under_way]:
            shares = [client.submit(block_share, part, everywhere, block) for part in parts]
            tasks.append(client.submit(write_block, shares, everywhere, block, pure=False))
        written += sum(client.gather(tasks))
        say(f"{min(first + under_way, len(blocks)):,} blocks are written")
    delete_stale(Reason.COVISITED, began)
    return written


def _leave_to_cluster() -> None:
    Watermark.objects.update_or_create(pk=CLUSTER, defaults={"moved_at": Now()})


def user_ranges(partitions: int) -> list[tuple[int, int]]:
    """Return ranges of the ids of users, each from the first to before the second. One query."""
    ends = User.objects.aggregate(first=Min("pk"), last=Max("pk"))
    first, last = ends["first"] or 0, ends["last"] or 0
    bounds = [first + (last + 1 - first) * number // partitions for number in range(partitions + 1)]
    return [(start, end) for start, end in pairwise(bounds) if start < end] or [(0, 0)]


def visits_of_range(users: tuple[int, int]) -> Visits:
    """Return which works the users of a range met. One query, on a machine of the cluster."""
    try:
        return visits(deeds_of_range(*users))
    finally:
        connection.close()


def write_block(shares: Sequence[object], totals: Totals, block: tuple[int, int]) -> int:
    """Write the neighbours of a block's works; return of how many, on a machine of the cluster."""
    lists = block_lists(shares, totals, block)
    try:
        write_lists([lists], Reason.COVISITED)
    finally:
        connection.close()
    return len(lists.works)
