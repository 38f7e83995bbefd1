"""Cards of works with files, and the months of a list by date: what the server writes."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.http import QueryDict
from django.template import engines
from django.template.defaultfilters import date, floatformat
from django.test import Client
from jinja2 import UndefinedError
from PIL import Image
from playwright.sync_api import Route, expect
from pytest_django.fixtures import Settings

from content.cards import cards_of
from content.drawings import drawing_colour
from content.models import ContentItem
from content.shapes import shape_class
from media.models import Library, MediaFile
from media.pictures.placeholders import thumbhash_of
from media.thumbnails import thumbnail_address
from tests.factories import EPOCH, ContentItemFactory, UserFactory
from tests.pages.conftest import OpenContext, listen
from tests.pages.html import Element, elements, texts
from tests.pages.pictured import make_file, make_thumbnails, serve_thumbnails
from users.models import User


def card(client: Client) -> list[str]:
    """Return the classes of the gallery's only card."""
    [only] = elements(client.get("/"), "li", class_="card")
    return only.attributes["class"].split()


def image(client: Client) -> Element:
    [only] = elements(client.get("/"), "img")
    return only


def make(width: int | None, height: int | None, *, is_pictured: bool = True, **fields: object) -> ContentItem:
    """Make a work with a file of this size; `duration` and `colour` are the file's."""
    of_file = {name: fields.pop(name) for name in ("duration", "colour") if name in fields}
    file = make_file("one", width, height, **of_file)
    return ContentItemFactory(title="Fog", media_file=file, is_pictured=is_pictured, **fields)


def test_a_card_shows_the_thumbnails_of_its_file_in_its_shape(db: None, client: Client) -> None:
    hex_digits = make(832, 1216).media_file.hex
    small, large = (thumbnail_address(hex_digits, width) for width in (320, 640))
    assert card(client) == ["card", "card--picture", shape_class(832, 1216)]
    assert {name: image(client).attributes[name] for name in ("src", "srcset", "sizes", "width", "height", "alt")} == {
        "src": small,
        "srcset": f"{small} 320w, {large} 640w",
        "sizes": "auto, 165px",
        "width": "320",
        "height": "468",
        "alt": "Preview of Fog",
    }


@pytest.mark.parametrize(
    ("width", "names", "reals"),
    [(512, [320, 640], [320, 512]), (320, [320], [320]), (200, [320], [200]), (1, [320], [1])],
)
def test_a_narrow_picture_has_no_width_that_it_has_not(
    client: Client, db: None, width: int, names: list[int], reals: list[int]
) -> None:
    hex_digits = make(width, 300).media_file.hex
    pairs = zip(names, reals, strict=True)
    expected = ", ".join(f"{thumbnail_address(hex_digits, name)} {real}w" for name, real in pairs)
    assert image(client).attributes["srcset"] == expected
    assert image(client).attributes["width"] == str(reals[0])


def test_the_colour_of_a_file_stands_under_its_picture_and_before_it(client: Client, db: None) -> None:
    work = make(832, 1216, colour="#7a5c40", is_pictured=False)
    assert card(client) == ["card", "card--waiting", shape_class(832, 1216)]
    page = client.get("/")
    assert (elements(page, "img"), texts(page, "span", class_="card__none")) == ([], ["No picture yet"])
    [ground] = elements(page, "svg", class_="card__ground")
    assert ground.attributes["color"] == "#7a5c40"
    ContentItem.objects.filter(pk=work.pk).update(is_pictured=True)
    [ground] = elements(client.get("/"), "svg", class_="card__ground")
    assert ground.attributes["color"] == "#7a5c40"
    assert "style=" not in client.get("/").content.decode()


@pytest.mark.parametrize(("size", "look"), [((3000, 300), "whole"), ((300, 3000), "whole"), ((3000, 700), "picture")])
def test_a_picture_that_its_card_would_cut_away_is_shown_whole(
    client: Client, db: None, size: tuple[int, int], look: str
) -> None:
    make(*size)
    assert card(client)[1:] == [f"card--{look}", shape_class(*size)]


@pytest.mark.parametrize(
    ("content_type", "shape", "look"),
    [
        ("text", (4, 5), "text"),
        ("audio", (1, 1), "audio"),
        ("video", (16, 9), "waiting"),
        ("image", (1, 1), "waiting"),
    ],
)
def test_a_file_without_a_size_has_the_shape_of_its_kind(
    client: Client, db: None, content_type: str, shape: tuple[int, int], look: str
) -> None:
    make(None, None, content_type=content_type, colour="", is_pictured=False)
    assert card(client) == ["card", f"card--{look}", shape_class(*shape)]
    assert elements(client.get("/"), "img") == []


def test_a_file_that_gave_no_picture_says_so(client: Client, db: None) -> None:
    work = make(832, 1216, is_pictured=False)
    MediaFile.objects.filter(pk=work.media_file_id).update(pictured_at=EPOCH, picture_error="is damaged")
    assert card(client)[1] == "card--bare"
    assert texts(client.get("/"), "span", class_="card__none") == ["No picture"]


def test_a_synthetic_work_has_a_drawing_in_its_own_shape(client: Client, db: None) -> None:
    ContentItemFactory(seed=7, content_type="text")
    assert card(client) == ["card", "card--picture", shape_class(896, 1120)]
    assert image(client).attributes["src"] == "/pictures/v2/text/320/7.webp"
    [ground] = elements(client.get("/"), "svg", class_="card__ground")
    assert ground.attributes["color"] == drawing_colour(7)


@pytest.mark.parametrize(
    ("content_type", "look", "shape"),
    [("image", "bare", (1, 1)), ("video", "bare", (16, 9)), ("audio", "audio", (1, 1)), ("text", "text", (4, 5))],
)
def test_a_record_without_a_file_shows_no_other_s_picture(
    client: Client, db: None, content_type: str, look: str, shape: tuple[int, int]
) -> None:
    ContentItemFactory(source_id="list-3", content_type=content_type)
    assert card(client) == ["card", f"card--{look}", shape_class(*shape)]
    page = client.get("/")
    assert elements(page, "img") == []
    assert texts(page, "span", class_="card__none") == ["No picture"] * (look == "bare")


@pytest.mark.parametrize(
    ("content_type", "data", "shown"),
    [
        ("text", "Snow fell. " * 100, [("Snow fell. " * 100)[:240].strip()]),
        ("text", "<b>Snow</b>", ["<b>Snow</b>"]),
        ("text", "https://example.org/a.txt", []),
        ("image", "Snow fell.", []),
    ],
)
def test_a_text_shows_how_it_begins(client: Client, db: None, content_type: str, data: str, shown: list[str]) -> None:
    ContentItemFactory(source_id=None, content_type=content_type, data=data)
    assert texts(client.get("/"), "p", class_="card__opening") == shown


@pytest.mark.parametrize(
    ("content_type", "seconds", "said"),
    [
        ("video", 42.4, "Video, 0:42"),
        ("video", 3723.0, "Video, 1:02:03"),
        ("audio", 59.7, "Audio, 1:00"),
        ("image", 3.2, "Animation, 0:03"),
        ("video", None, "Video"),
        ("image", None, ""),
    ],
)
def test_a_card_says_how_long_its_work_is(
    client: Client, db: None, content_type: str, seconds: float | None, said: str
) -> None:
    make(640, 360, content_type=content_type, duration=seconds)
    assert "".join(texts(client.get("/"), "span", class_="badge")) == said


# --- Months


@pytest.fixture
def three_months(db: None) -> None:
    """Two works of March, one of the last moment of February, one of January."""
    for moment in ("2026-03-20", "2026-03-01", "2026-02-28T23:59:59", "2026-01-09"):
        ContentItemFactory(title=moment[:10], created_at=datetime.fromisoformat(moment).replace(tzinfo=UTC))


def test_a_list_by_date_has_its_months(client: Client, three_months: None) -> None:
    page = client.get("/")
    assert texts(page, "h2", class_="month") == ["March 2026", "February 2026", "January 2026"]
    assert [month.attributes["datetime"] for month in elements(page, "time") if "class" not in month.attributes] == [
        "2026-03",
        "2026-02",
        "2026-01",
    ]
    assert len(elements(page, "ol", class_="cards")) == 3
    oldest_first = client.get("/?sort=created_at&order=asc")
    assert texts(oldest_first, "h2", class_="month") == ["January 2026", "February 2026", "March 2026"]


def test_positions_go_on_over_the_months(client: Client, three_months: None) -> None:
    cards = elements(client.get("/"), "li", class_="card")
    assert [card.attributes["aria-posinset"] for card in cards] == ["1", "2", "3", "4"]


def test_a_page_begins_with_its_month_and_all_but_the_first_say_it_quietly(client: Client, three_months: None) -> None:
    first, second = (elements(client.get(f"/?page_size=2&page={number}"), "h2", class_="month") for number in (1, 2))
    assert [(month.text, month.attributes["class"]) for month in first] == [("March 2026", "month")]
    assert [(month.text, month.attributes["class"]) for month in second] == [
        ("February 2026", "month month--quiet"),
        ("January 2026", "month"),
    ]


def test_a_list_by_quality_has_no_months(client: Client, three_months: None) -> None:
    page = client.get("/?sort=quality_score")
    assert (elements(page, "h2", class_="month"), len(elements(page, "ol", class_="cards"))) == ([], 1)
    assert len(elements(page, "h2", class_="card__title")) == 4


def test_a_card_says_who_and_when(client: Client, alice: User) -> None:
    ContentItemFactory(creator=alice, created_at="2024-02-03T04:05Z")
    page = client.get("/")
    assert texts(page, "a", class_="card__creator") == ["Alice"]
    [time] = elements(page, "time", class_="card__date")
    assert (time.text, time.attributes["datetime"]) == ("3 Feb 2024", "2024-02-03T04:05:00+00:00")


def test_a_blurred_picture_stands_in_the_frame_until_the_picture_is_there(
    open_context: OpenContext, transactional_db: None, complaints: list[str], settings: Settings, tmp_path: Path
) -> None:
    settings.THUMBNAILS_DIR = tmp_path
    # Red and blue, side by side, in two shapes; of one that is shown whole the colour stands there.
    for number, (width, height) in enumerate([(1216, 832), (832, 1216), (3000, 300)]):
        picture = Image.new("RGB", (width, height), "#b02020")
        picture.paste("#2020b0", (width // 2, 0, width, height))
        file = make_file(str(number), width, height, thumbhash=thumbhash_of(picture))
        make_thumbnails(file)
        ContentItemFactory(media_file=file, is_pictured=True)
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    listen(page, complaints)
    held: list[Route] = []
    is_held = [True]
    serve_thumbnails(page)
    page.route("**/thumbnails/**", lambda route: held.append(route) if is_held else route.fallback())
    page.goto("/", wait_until="commit")
    blurs = page.locator("canvas.card__ground")
    expect(blurs).to_have_count(2)
    assert page.evaluate(CORNERS) == [["red", "blue", True]] * 2
    before = page.locator(".card").first.bounding_box()
    is_held.clear()
    for route in held:
        route.fallback()
    expect(blurs).to_have_count(0)
    assert page.locator(".card").first.bounding_box() == before


# Of each canvas: the colour of its first and last pixel, and whether it fills its frame.
CORNERS = """() => [...document.querySelectorAll("canvas.card__ground")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colour = (at) => (data.at(at) > data.at(at + 2) ? "red" : "blue");
  const [own, frame] = [canvas, canvas.parentElement].map((element) => element.getBoundingClientRect());
  return [colour(0), colour(-4), own.width === frame.width && own.height === frame.height];
})"""


HOSTILE = """</title><script>alert(1)</script>"' onload='alert(2)' & {{ 7 * 7 }}{% include "x" %}"""


def hostile_works(ada: User) -> list[ContentItem]:
    """Make works of an account and of a library, each with all that a card may show of what people write."""
    ada.name = HOSTILE[:150]
    ada.save()
    library = Library.objects.create(name=HOSTILE, folder="/nowhere")
    common = {"title": HOSTILE, "data": HOSTILE, "content_type": "text", "tags": [HOSTILE], "source_id": None}
    return [
        ContentItemFactory(creator=ada, **common),
        ContentItemFactory(creator=None, library=library, **common),
        ContentItemFactory(creator=ada, media_file=make_file("one", 832, 1216), is_pictured=True, title=HOSTILE),
    ]


@pytest.mark.parametrize("start", ["/", "/fragments/works/", "/fragments/list/", "/users/ada/"])
def test_what_people_write_is_text_wherever_it_stands(client: Client, db: None, start: str) -> None:
    hostile_works(UserFactory(username="ada"))
    query = QueryDict(mutable=True)
    query["q"], query["sampler"] = HOSTILE, HOSTILE[:100]
    page, filtered = client.get(start), client.get(f"{start}?{query.urlencode()}")
    for answer in (page, filtered):
        assert answer.status_code == 200
        html = answer.content.decode()
        assert "<script>alert" not in html and "onload='" not in html and "49" not in re.findall(r">([^<]*)<", html)
    assert set(texts(page, "p", class_="card__opening")) == {HOSTILE}
    # One work is not its creator's but a library's.
    assert texts(page, "h3", class_="card__title") == [HOSTILE] * (2 if "users" in start else 3)
    [picture] = elements(page, "img", decoding="async")
    assert picture.attributes["alt"] == f"Preview of {HOSTILE}"


def test_a_name_that_no_template_was_given_is_an_error_and_no_empty_text() -> None:
    with pytest.raises(UndefinedError, match="absent"):
        engines["jinja2"].from_string("{{ absent }}").render()


@pytest.mark.parametrize("quality", [0.0, -0.0, 0.005, 0.125, 0.335, 0.995, 1.0])
@pytest.mark.parametrize("moment", [datetime(1, 1, 2, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)])
def test_a_card_says_days_and_scores_as_the_filters_of_django_do(quality: float, moment: datetime) -> None:
    [card] = cards_of([ContentItem(pk=1, title="Fog", content_type="image", quality_score=quality, created_at=moment)])
    assert (card.day, card.score) == (date(moment, "j M Y"), floatformat(quality, 2))
