"""For you in a browser: a like changes it, it says why, and what is dismissed goes; with script and without."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from interactions.models import Kind
from recommendations.learning import learn
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen
from users.models import User


@pytest.mark.parametrize("has_script", [True, False])
def test_a_person_likes_a_work_and_is_shown_what_goes_with_it_and_why(
    open_context: OpenContext, alice: User, has_script: bool, complaints: list[str]
) -> None:
    fox, *rest = (ContentItemFactory(title=title) for title in ("Fox", "Cub", "Vixen"))
    for _ in range(3):
        user = UserFactory()
        for item in (fox, *rest):
            InteractionFactory(user=user, content=item, kind=Kind.LIKE, created_at=timezone.now())
    learn()
    page = open_context(user=alice, java_script_enabled=has_script, viewport={"width": 360, "height": 800}).new_page()
    if has_script:
        listen(page, complaints)
    page.goto("/for-you/")
    expect(page.get_by_role("link", name="Fox", exact=True).first).to_be_visible()
    InteractionFactory(user=alice, content=fox, kind=Kind.LIKE, created_at=timezone.now())
    page.goto("/for-you/")
    works = page.get_by_role("region", name="Works")
    expect(works.get_by_role("link", name="Cub")).to_be_visible()
    expect(works.get_by_role("link", name="Fox")).to_have_count(0)
    page.get_by_text("Why these works?").click()
    expect(page.get_by_text("Because of Fox.").first).to_be_visible()
    if has_script:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Not interested in Cub").click()
    expect(page.get_by_text("It is recommended to you no more.")).to_be_visible()
    expect(works.get_by_role("link", name="Vixen")).to_be_visible()
    expect(works.get_by_role("link", name="Cub")).to_have_count(0)
