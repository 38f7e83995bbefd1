"""What is asked of several servers, beside one with as many rows: times, round trips, rows read, and what is wrong."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from statistics import median
from time import perf_counter

from django.contrib.auth.models import AnonymousUser

from content.models import ContentItem
from genonaut.ranking import compact, pending_deltas, rebuild
from tests.stress import report
from tests.stress.rounds import Samples
from tests.stress.shards import truth
from tests.stress.shards.aliases import Servers, connected
from tests.stress.shards.lists import GalleryList
from tests.stress.shards.reading import Page
from tests.stress.shards.trips import counted
from tests.stress.shards.writers import writing
from users.models import User

NAME = "shards"
SERVERS = 4
SIZE = 50
ROUNDS = 20
# Pages of each list that are compared with its rows at rest, and with COUNT while works are written.
PAGES_AT_REST, PAGES_BESIDE_WRITERS = 100, 10
LIMIT = SIZE + 1
FIRST, MIDDLE, LAST, CURSOR, TOTAL = "page 1", "half depth", "last page", "cursor at half depth", "total alone"


def lists(servers: Servers) -> list[GalleryList]:
    """Return the lists: of an anonymous viewer, of the member with the most private works, of staff."""
    members = ContentItem.objects.filter(is_private=True, creator__is_staff=False).values_list("creator_id", flat=True)
    creators = servers.on(0, lambda: list(members[:200]))
    member = User(pk=max(set(creators), key=creators.count), username="member")
    staff = User(pk=0, username="staff", is_staff=True)
    return [
        GalleryList(AnonymousUser()),
        GalleryList(AnonymousUser(), "content_type=video"),
        GalleryList(member, "sort=quality_score"),
        GalleryList(staff, "source=user&content_type=image"),
    ]


def measure(one: str, urls: Sequence[str]) -> report.Result:
    """Compare, at rest and beside writers, then measure in turns with one server."""
    with connected([*urls, one]) as all_servers:
        servers, single = all_servers.split(len(urls))
        listed = lists(servers)
        # Leaves take the size that is set.
        servers.each(lambda _number: rebuild(ContentItem.rankings))
        single.each(lambda _number: compact(ContentItem.rankings))
        result = {"rows": servers_rows(servers), "servers": len(urls), "lists": [str(some) for some in listed]}
        result |= at_rest(servers, listed)
        result |= {"samples": report.packed(timed(servers, single, listed[0]))}
        result |= beside_writers(servers, listed, urls)
    return result


def servers_rows(servers: Servers) -> int:
    """Return how many works all servers have."""
    return sum(servers.each(lambda _number: ContentItem.objects.count()))


def at_rest(servers: Servers, listed: Sequence[GalleryList]) -> report.Result:
    """Compare random pages with the rows of all servers; return what is wrong, with trips and rows read."""
    random, wrong, pages, trips, rows_read = Random(1), [], 0, [], []
    for some in listed:
        with servers.snapshot():
            rows = truth.all_keys(servers, some)
        last = max(len(rows) - SIZE, 0)
        for rank in [0, last, len(rows), *(random.randrange(len(rows)) for _ in range(PAGES_AT_REST - 3))]:
            with servers.snapshot(), counted(servers) as counts:
                page = some.over(servers).at_rank(rank, SIZE, is_descending=some.order.is_descending)
            if (page.total, list(page.keys)) != (len(rows), rows[rank : rank + SIZE]):
                wrong.append(f"{some}: rank {rank}")
            pages += 1
            trips.append(max(counts))
            rows_read.append(page.rows_read)
    return {
        "wrong": wrong,
        "pages": pages,
        "most_trips": max(trips),
        "rows_read": median(rows_read),
        "most_rows_read": max(rows_read),
    }


def beside_writers(servers: Servers, listed: Sequence[GalleryList], urls: Sequence[str]) -> report.Result:
    """Compare random pages with COUNT in their snapshots, while works come, go and move; compact now and then."""
    random, wrong, pages, seconds, pending = Random(2), [], 0, Samples(), []
    begin = perf_counter()
    with writing(urls) as writers:
        for number in range(PAGES_BESIDE_WRITERS * len(listed)):
            some = listed[number % len(listed)]
            with servers.snapshot():
                rank = random.randrange(truth.total(servers, some))
                asked = perf_counter()
                page = some.over(servers).at_rank(rank, SIZE, is_descending=some.order.is_descending)
                seconds.seconds.append(perf_counter() - asked)
                wrong += truth.faults(servers, some, page, rank, SIZE)
            pages += 1
            pending.append(sum(servers.each(lambda _number: pending_deltas(ContentItem.rankings))))
            if number % 9 == 8:
                servers.on(random.randrange(len(servers)), lambda: compact(ContentItem.rankings, wait=False))
        written = sum(writer.written for writer in writers)
    return {
        "wrong_beside": wrong,
        "pages_beside": pages,
        "written": written,
        "write_seconds": perf_counter() - begin,
        "most_pending": max(pending),
        "beside": report.packed({"page": seconds})["page"],
    }


def timed(servers: Servers, single: Servers, listed: GalleryList) -> dict[str, Samples]:
    """Read the same pages over all servers and of the one, in turns; each in a snapshot."""
    cells = {
        f"{name}/{where}": cell
        for where, group in (("several", servers), ("one", single))
        for name, cell in cells_of(group, listed).items()
    }
    samples = {name: Samples() for name in cells}
    for number in range(ROUNDS + 2):
        for name, cell in cells.items():
            begin = perf_counter()
            cell()
            if number > 1:
                samples[name].seconds.append(perf_counter() - begin)
    return samples


def cells_of(servers: Servers, listed: GalleryList) -> dict[str, Callable[[], object]]:
    """Return what is asked of servers, by name."""
    reader, is_descending = listed.over(servers), listed.order.is_descending
    with servers.snapshot():
        total, _ = reader.totals()
        middle = page_of(servers, listed, total // 2)
    behind = listed.order.past(middle.keys[-1])

    def after_cursor() -> Page:
        with servers.snapshot():
            return reader.from_bound(behind, LIMIT, is_descending=is_descending)

    def total_alone() -> int:
        with servers.snapshot():
            return reader.totals()[0]

    ranks = {FIRST: 0, MIDDLE: total // 2, LAST: total - SIZE}
    pages = {name: partial(page_in_snapshot, servers, listed, rank) for name, rank in ranks.items()}
    return {**pages, CURSOR: after_cursor, TOTAL: total_alone}


def page_in_snapshot(servers: Servers, listed: GalleryList, rank: int) -> Page:
    """Return a page: by three round trips over several servers, by one statement of one."""
    with servers.snapshot():
        return page_of(servers, listed, rank)


def page_of(servers: Servers, listed: GalleryList, rank: int) -> Page:
    """Return a page of this snapshot."""
    is_descending = listed.order.is_descending
    if len(servers) > 1:
        return listed.over(servers).at_rank(rank, LIMIT, is_descending=is_descending)
    result = servers.on(0, lambda: listed.reader.at_rank(rank, LIMIT, is_descending=is_descending))
    return Page(result.keys, result.first, result.total, result.version, len(result.keys))


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    names = [FIRST, MIDDLE, LAST, CURSOR, TOTAL]
    lines = [
        [
            name,
            report.milliseconds(samples[f"{name}/one"]),
            report.milliseconds(samples[f"{name}/several"]),
            report.times(samples[f"{name}/several"], samples[f"{name}/one"]),
        ]
        for name in names
    ]
    return f"""Lists over several servers
{result["servers"]} PostgreSQL servers with {result["rows"]:,} works, read by a prototype
([scaling.md](scaling.md#shards)): {SIZE} keys a page. Lists: {"; ".join(result["lists"])}.

{_compared(result)}
{"".join(f"- {fault}" for fault in [*result["wrong"], *result["wrong_beside"]][:9])}
The first list, in turns with one server of as many rows; all servers share the cores:

{report.table(["", "one server", f"{result['servers']} servers", "times as long"], lines)}
"""


def _compared(result: report.Result) -> str:
    """Return how many pages were compared, and how many were wrong."""
    wrong, wrong_beside = len(result["wrong"]), len(result["wrong_beside"])
    read = f"{result['rows_read']:,.0f} keys read for a page (median), at most {result['most_rows_read']:,}"
    writes = f"{result['written']:,} transactions in {result['write_seconds']:.0f} s"
    took = report.milliseconds(Samples(**result["beside"]))
    return f"""- At rest {result["pages"]:,} pages at random ranks, compared with all rows of all servers:
  **{wrong} wrong**; at most {result["most_trips"]} round trips to a server; {read}.
- Beside one writer of each server, {writes}, up to {result["most_pending"]:,} deltas pending:
  {result["pages_beside"]:,} pages, each compared with COUNT and ORDER BY in its own snapshots:
  **{wrong_beside} wrong**; a page took {took}."""
