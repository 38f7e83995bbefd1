"""The counts of its page cache that a page sends as it is left."""

from genonaut.monitoring.clients import EVENTS
from tests.factories import ContentItemFactory
from tests.monitoring.test_requests import value
from tests.pages.conftest import OpenContext, until
from tests.pages.stillness import still


def test_a_page_that_is_left_tells_its_counts_once(transactional_db: None, open_context: OpenContext) -> None:
    for _ in range(5):
        ContentItemFactory()
    page = open_context().new_page()
    page.goto("/?page_size=2")
    still(page)
    page.click('a[rel="next"]')
    still(page)
    counted = page.evaluate("import('genonaut/pages/cache').then(({cache}) => cache.statistics)")
    assert counted.keys() == set(EVENTS)
    assert sum(counted.values()) > 0
    before = known()
    page.goto("/accounts/login/")
    until(lambda: known() == {name: before[name] + counted[name] for name in EVENTS}, page)
    page.goto("/accounts/login/")
    still(page)
    assert known() == {name: before[name] + counted[name] for name in EVENTS}


def known() -> dict[str, float]:
    """Return what the site has counted, which runs in this process."""
    return {name: value("genonaut_page_cache_events_total", event=name) for name in EVENTS}
