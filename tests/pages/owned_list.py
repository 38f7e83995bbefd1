"""A member's own works in the list, with what it loads late."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext
from tests.pages.stillness import still
from tests.pages.test_lightbox import hear
from users.models import User


def owner_of(count: int) -> User:
    """Make Ada and so many works of hers; the newest, which has the highest number, comes first."""
    ada = UserFactory(username="ada", name="Ada")
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(pk=number, title=f"Work {number}", creator=ada) for number in range(1, count + 1)
    )
    return ada


def list_of(open_context: OpenContext, user: User, complaints: list[str], *, size: tuple[int, int]) -> Iterator[Page]:
    """Yield the list of all works in a window; a test ends once the page asks for nothing more."""
    count = ContentItem.objects.count()
    page = open_context(user=user, viewport={"width": size[0], "height": size[1]}).new_page()
    hear(page, complaints)
    page.goto(f"/?page_size={count}")
    expect(page.locator(".card__like")).to_have_count(count)  # what loads late is there
    yield page
    still(page)
