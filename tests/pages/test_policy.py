"""The faces that are not ours in every line, admin and browsable API: whole under our Content-Security-Policy."""

import pytest

from tests.factories import (
    AutoContentItemFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from tests.pages.conftest import OpenContext
from tests.pages.stillness import still
from users.models import User

ADMIN = ("users/user", "content/contentitem", "content/autocontentitem", "interactions/interaction")
ADMIN += ("recommendations/recommendation", "generation/generationjob")
API = ("content", "content-auto", "users", "interactions", "recommendations", "generation-jobs")
PATHS = [
    "/admin/",
    *(f"/admin/{name}/" for name in ADMIN),
    *(f"/admin/{name}/add/" for name in ADMIN),
    "/api/v1/",
    "/api/v1/docs/",
    *(f"/api/v1/{name}/" for name in API),
    "/api/v1/content/1/",
    "/api/v1/content/?page=0",
]
WINDOWS = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture
def stella(transactional_db: None) -> User:
    """Staff, with a row in every list."""
    stella = UserFactory(username="stella", is_staff=True, is_superuser=True)
    item = ContentItemFactory(pk=1, creator=stella)
    AutoContentItemFactory(pk=2)
    for factory in (InteractionFactory, RecommendationFactory):
        factory(user=stella, content=item)
    GenerationJobFactory(user=stella)
    return stella


def test_the_policy_refuses_nothing_and_nothing_is_too_wide(open_context: OpenContext, stella: User) -> None:
    page = open_context(user=stella).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    for path in PATHS:
        page.goto(path)
        still(page)
        for window in WINDOWS:
            page.set_viewport_size(window)
            assert page.evaluate("document.documentElement.scrollWidth") <= window["width"], path
        # What is left are the browser's hints for forms that are Django's.
        assert [text for text in heard if "Content Security Policy" in text or "Error" in text] == [], path
