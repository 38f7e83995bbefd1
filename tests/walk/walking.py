"""A walk from its first part to its last."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from tests.walk.context import Walk
from tests.walk.pages import cursors, every_page, random_pages
from tests.walk.places import dates, histograms, positions
from tests.walk.plan import FULL, Plan
from tests.walk.record import Record, Report
from tests.walk.site import Site
from tests.walk.tags import tag_pages
from tests.walk.truth import Truth
from tests.walk.unchanged import unchanged_pages
from tests.walk.writing import pinned_pages

READING = {
    "pages": every_page,
    "cursors": cursors,
    "random pages": random_pages,
    "positions": positions,
    "histograms": histograms,
    "dates": dates,
    "tag": tag_pages,
    "unchanged": unchanged_pages,
}
# Last: it changes what the others compare with.
WRITING = {"as of a moment": pinned_pages}


def walk(url: str, database_url: str, token: str, plan: Plan = FULL) -> Report:
    """Walk the site at a URL; compare its answers with those of a database. `token` is an API token of staff.

    The two may be reached by different ways: the site through a pooler, say, the database directly. Raises
    NoStaffError.
    """
    record = Record()
    site = Site(url, token, record, patience_seconds=plan.patience_seconds)
    truth = Truth.of(database_url, token)
    with closing(site), ThreadPoolExecutor(plan.threads) as threads:
        walking = Walk(site, truth, record, plan, threads)
        walking.learn()
        for name, part in (READING | (WRITING if plan.is_writing else {})).items():
            with record.part(name):
                part(walking)
    return record.report()
