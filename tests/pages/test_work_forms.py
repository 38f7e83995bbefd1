"""Likes, bookmarks and owner's actions in a real Chromium, with script switched off."""

import pytest
from playwright.sync_api import Page, expect

from content.models import ContentItem
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext
from users.models import User

WITHOUT_SCRIPT = {"java_script_enabled": False, "viewport": {"width": 390, "height": 844}}


@pytest.fixture
def ada(transactional_db: None) -> User:
    ada = UserFactory(username="ada", name="Ada")
    ada.set_password("a long password")
    ada.save()
    return ada


@pytest.fixture
def fog(ada: User) -> ContentItem:
    return ContentItemFactory(title="Fog", creator=ada)


def state(page: Page, name: str) -> str | None:
    return page.get_by_role("button", name=name, exact=True).get_attribute("aria-pressed")


def test_a_reader_likes_bookmarks_and_takes_the_like_back(open_context: OpenContext, fog: ContentItem) -> None:
    bob = UserFactory()
    page = open_context(user=bob, **WITHOUT_SCRIPT).new_page()
    page.goto("/")
    page.get_by_role("link", name="Fog").click()
    for name in ("Like", "Bookmark"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Fog")
    assert (state(page, "Like"), state(page, "Bookmark")) == ("true", "true")
    expect(page.locator(".mark").first).to_contain_text("1 like")
    page.get_by_role("button", name="Like", exact=True).click()
    expect(page.locator(".mark").first).to_contain_text("0 likes")
    assert (state(page, "Like"), state(page, "Bookmark")) == ("false", "true")
    kinds = Interaction.objects.filter(user=bob, content=fog).values_list("kind", flat=True)
    assert sorted(kinds) == [Kind.BOOKMARK, Kind.VIEW]


def test_who_is_not_signed_in_comes_back_to_the_work(page: Page, fog: ContentItem) -> None:
    page.goto(f"/content/{fog.pk}/")
    page.get_by_role("button", name="Sign in to like").click()
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(".messages")).to_have_text("You like this work now.")
    expect(page.locator(".mark").first).to_contain_text("1 like")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fog")


def test_an_owner_makes_a_work_private_and_public_again(open_context: OpenContext, ada: User, fog: ContentItem) -> None:
    page = open_context(user=ada, **WITHOUT_SCRIPT).new_page()
    page.goto(f"/content/{fog.pk}/")
    page.get_by_role("button", name="Make private").click()
    expect(page.locator(".messages")).to_have_text("“Fog” is private now.")
    page.reload()
    expect(page.locator(".messages")).to_be_empty()
    page.get_by_role("button", name="Make public").click()
    expect(page.locator(".messages").locator(f"[data-changed-item='{fog.pk}']")).to_have_text("“Fog” is public now.")


def test_an_owner_throws_a_work_away_and_thinks_again(open_context: OpenContext, ada: User, fog: ContentItem) -> None:
    page = open_context(user=ada, **WITHOUT_SCRIPT).new_page()
    page.goto(f"/content/{fog.pk}/")
    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator(".card")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".messages")).to_have_text("Restored 1 work.")
    page.goto("/")
    expect(page.locator(".card")).to_have_count(1)
