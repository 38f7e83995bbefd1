"""What the admin says in words and signs: neutral states, named sections and pictures, dates that leave room."""

from datetime import UTC, datetime

from django.test import Client

from tests.factories import ContentItemFactory, RecommendationFactory, UserFactory
from tests.pages.html import elements, texts

ITEMS = "/admin/content/contentitem/"
# Every list of the admin.
LISTS = [
    ITEMS,
    "/admin/content/autocontentitem/",
    "/admin/users/user/",
    "/admin/recommendations/recommendation/",
    "/admin/interactions/interaction/",
    "/admin/generation/generationjob/",
    "/admin/waffle/switch/",
    "/admin/auth/group/",
    "/admin/authtoken/tokenproxy/",
]


def test_states_are_words_and_no_list_crosses_anything_out(desk: Client) -> None:
    ContentItemFactory(is_private=True)
    ContentItemFactory(is_private=False)
    RecommendationFactory(is_served=False)
    UserFactory(username="gone", is_active=False)
    for path in LISTS:
        page = desk.get(path)
        assert "icon-no" not in page.content.decode(), path
        assert [image for image in elements(page, "img") if "icon" in image.attributes["src"]] == []
    assert texts(desk.get(ITEMS), "td", class_="field-visibility") == ["Public", "Public", "Private"]
    assert "Deactivated" in texts(desk.get("/admin/users/user/"), "td", class_="field-state")
    assert texts(desk.get("/admin/recommendations/recommendation/"), "td", class_="field-state") == ["Waiting"]


def test_a_picture_that_is_a_link_has_the_name_of_its_work(desk: Client) -> None:
    ContentItemFactory(title='Fog "at" dawn')
    [image] = elements(desk.get(ITEMS), "img", class_="picture")
    assert image.attributes["alt"] == 'Picture of Fog "at" dawn'


def test_sections_have_names_for_people(desk: Client) -> None:
    sections = texts(desk.get("/admin/"), "a", class_="section")
    assert {"API tokens", "Feature switches", "Groups of accounts"} <= set(sections)
    assert not any("_" in name or "django" in name.lower() or "auth" in name.lower() for name in sections)


def test_more_dates_than_a_line_holds_are_folded(desk: Client) -> None:
    for year in range(1990, 2003):
        ContentItemFactory(created_at=datetime(year, 5, 1, tzinfo=UTC))
    page = desk.get(ITEMS)
    [fold] = elements(page, "details", class_="dates-more")
    assert (texts(page, "summary")[0], "open" in fold.attributes) == ("1990 to 2002: 13 years", False)
    assert elements(desk.get(f"{ITEMS}?created_at__year=1990"), "details", class_="dates-more") == []


def test_a_number_is_an_id_or_a_word_of_a_work(desk: Client) -> None:
    titled = ContentItemFactory(title="1984")
    number = str(ContentItemFactory(title="Fog").pk)
    called = ContentItemFactory(title=f"Number {number}")
    for term, titles in (("1984", ["1984"]), (number, [called.title, "Fog"]), (str(titled.pk), ["1984"])):
        assert texts(desk.get(f"{ITEMS}?q={term}"), "td", class_="field-title") == titles
