"""Whole journeys in a real Chromium, as a newcomer makes them: with script and without."""

import re
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from albums.models import Album, AlbumItem
from content.models import ContentItem
from exports.worker_tasks import make_exports
from interactions.models import Interaction
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, until
from tests.uploads.files import picture

pytestmark = [pytest.mark.usefixtures("own_folders")]
PHONE = {"width": 390, "height": 844}
PASSWORD = "a long and odd password"


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])
def test_a_visitor_signs_up_to_like_a_work_and_shares_an_album_of_it(
    open_context: OpenContext, has_script: bool
) -> None:
    work = ContentItemFactory(title="Fog", creator=UserFactory())
    page = open_context(viewport=PHONE, java_script_enabled=has_script).new_page()
    page.goto(work.get_absolute_url())
    page.get_by_role("button", name="Sign in to like").click()
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("nova")
    for label in ("Password", "Password confirmation"):
        page.get_by_label(label, exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(re.compile(rf"{work.get_absolute_url()}$"))
    expect(page.get_by_role("button", name="Like", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Add to album").click()
    page.get_by_role("link", name="New album with it").click()
    page.get_by_label("Title").fill("Mornings")
    page.get_by_role("button", name="Make the album").click()
    page.get_by_role("link", name="Edit and share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    copies = page.get_by_role("button", name="Copy the link")
    if has_script:
        copies.click()
        expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    else:
        expect(copies).to_be_hidden()
    page.wait_for_load_state()  # with its style sheets
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    stranger = open_context(viewport=PHONE, java_script_enabled=not has_script).new_page()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Mornings")
    expect(stranger.locator(".card__title")).to_have_text(["Fog"])
    assert list(Interaction.objects.filter(kind="like").values_list("user__username", "content")) == [("nova", work.pk)]
    assert (Album.objects.get().is_public, AlbumItem.objects.get().content_id) == (False, work.pk)


def test_a_member_uploads_judges_by_keys_and_takes_the_works_away(open_context: OpenContext) -> None:
    page = open_context(user=UserFactory(username="ada"), viewport=PHONE).new_page()
    page.goto("/upload/")
    page.get_by_label("Files").set_input_files({"name": "fog.png", "mimeType": "image/png", "buffer": picture()})
    page.get_by_role("button", name="Add them").click()
    until(ContentItem.objects.exists, page)
    page.goto("/me/works/")
    expect(page.locator(".card__title")).to_have_text(["fog"])
    expect(page.locator(".card__like")).to_have_count(1)
    page.locator(".card__title a").focus()
    page.keyboard.press("4")
    until(lambda: list(Interaction.objects.filter(kind="rate").values_list("rating", flat=True)) == [4], page)
    page.keyboard.press("x")
    bar = page.get_by_role("region", name="Selection")
    expect(bar.get_by_role("button", name="Move to trash")).to_be_attached()
    # The works stay in sight behind the bar, and all that it offers is reached by pushing it sideways.
    assert bar.bounding_box()["height"] < PHONE["height"] / 4
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator(".card__title a").focus()
    page.keyboard.press("Delete")
    until(ContentItem.objects.filter(trashed_at__isnull=False).exists, page)
    page.keyboard.press("u")
    until(ContentItem.objects.filter(trashed_at=None).exists, page)
    page.goto("/export/")
    page.get_by_role("button", name="Make zips").click()
    expect(page.get_by_text("0 of about 1 works")).to_be_visible()
    make_exports()
    page.get_by_role("link", name="Look again").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Part 1")).click()
    with ZipFile(download.value.path()) as zipped:
        assert picture() in [zipped.read(name) for name in zipped.namelist()]
