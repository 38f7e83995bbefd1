"""Accounts in a browser: signing up without script, and pages that all can read and use."""

from playwright.sync_api import Page, expect

from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext
from users.models import User
from users.tokens import make_token

ME = "/accounts/me/"
PHONE = {"width": 390, "height": 844}
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"


def test_a_visitor_without_script_signs_up_and_has_liked_what_they_clicked(page: Page, transactional_db: None) -> None:
    fog = ContentItemFactory(title="Fog")
    page.goto(f"/content/{fog.pk}/")
    page.get_by_role("button", name="Sign in to like").click()
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("dora")
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_label("Password confirmation").fill("a long password")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator(".messages")).to_have_text("You like this work now.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fog")
    assert Interaction.objects.filter(user__username="dora", content=fog, kind=Kind.LIKE).exists()


def test_pages_of_the_account_can_be_read_and_used_by_all(open_context: OpenContext, transactional_db: None) -> None:
    ada = UserFactory(username="ada")
    make_token(ada, "backup", 7)
    visitor = open_context(viewport=PHONE, color_scheme="light").new_page()
    for address in ("/accounts/signup/", "/accounts/login/", "/accounts/password/", "/accounts/signup/sent/"):
        visitor.goto(address)
        assert violations(visitor) == [], address
    page = open_context(user=ada, viewport=PHONE, color_scheme="light").new_page()
    for address in ("", "email/", "email/remove/", "username/", "tokens/", "sessions/"):
        page.goto(f"{ME}{address}")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_colours_and_lists_are_as_the_settings_say(open_context: OpenContext, transactional_db: None) -> None:
    ada = UserFactory(username="ada")
    ContentItemFactory.create_batch(2)
    page = open_context(user=ada, viewport=PHONE, color_scheme="light").new_page()
    page.goto(ME)
    light = page.evaluate(BACKGROUND)
    page.get_by_label("Colours").select_option("Dark")
    page.get_by_label("Lists of works").select_option("Endless scroll")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_have_text("Your settings are saved.")
    page.wait_for_load_state()  # with its style sheets
    assert (light, page.evaluate(BACKGROUND)) == ("rgb(248, 247, 244)", "rgb(18, 18, 17)")
    assert violations(page, is_colours_alone=True) == []
    page.goto("/")
    expect(page.locator("#list")).to_have_attribute("data-layout", "scroll")
    page.locator("[data-choose-layout=numbers]").click()
    expect(page.locator("#list")).to_have_attribute("data-layout", "numbers")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(23, 22, 20)"
    assert User.objects.get(pk=ada.pk).theme == "dark"
