"""Two works side by side, and what differs: of hidden prompts nothing."""

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.factories import ContentItemFactory, GenerationDataFactory, UserFactory
from tests.pages.html import elements, texts
from users.levels import BLUR_NOTHING, Level
from users.models import User


def address(*ids: object) -> str:
    """Return the address of a comparison."""
    return "/compare/?" + "&".join(f"{name}={pk}" for name, pk in zip("ab", ids, strict=False))


def test_what_differs_is_listed_and_what_is_the_same_counted(client: Client, alice: User) -> None:
    first, second = (
        ContentItemFactory(
            title=title,
            prompt="fog",
            tags=["sea"],
            generation=GenerationDataFactory(sampler="Euler", steps=steps, seed=7),
        )
        for title, steps in (("A", 20), ("B", 30))
    )
    page = client.get(address(first.pk, second.pk))
    assert texts(page, "figcaption") == ["A", "B"]
    assert (texts(page, "th", scope="row"), texts(page, "td")) == (["Steps"], ["20", "30"])
    assert "other fields are the same" in page.content.decode()


def test_a_hidden_prompt_is_not_compared(client: Client, alice: User, bob: User) -> None:
    works = [ContentItemFactory(creator=alice, prompt=f"fog {number}", hides_prompt=True) for number in range(2)]
    for viewer, is_shown in ((bob, False), (alice, True)):
        client.force_login(viewer)
        assert ("fog 1" in client.get(address(*(work.pk for work in works))).content.decode()) == is_shown


def test_who_sees_what(client: Client, alice: User, bob: User, staff: User) -> None:
    ours, hidden = ContentItemFactory(creator=alice), ContentItemFactory(creator=alice, is_private=True)
    answers = [client.get(address(ours.pk, hidden.pk)).status_code]
    for viewer in (bob, alice, staff):
        client.force_login(viewer)
        answers.append(client.get(address(ours.pk, hidden.pk)).status_code)
    assert answers == [404, 404, 200, 200]


@pytest.mark.parametrize("ids", [(), (1,), ("x", 1), (1, "9" * 30), (1, "٣")])
def test_wrong_addresses_are_refused(client: Client, db: None, ids: tuple[object, ...]) -> None:
    assert client.get(address(*ids)).status_code == 400


def test_a_selection_of_two_leads_there(client: Client, db: None) -> None:
    answer = client.post("/compare/", {"work": ["2", "1"], "query": "tag=fog"})
    assert (answer.status_code, answer["Location"]) == (303, "/compare/?a=2&b=1")


@pytest.mark.parametrize("works", [["1"], ["1", "2", "3"]])
def test_a_selection_of_another_number_leads_back_and_says_what_is_missing(
    client: Client, alice: User, works: list[str]
) -> None:
    client.force_login(alice)
    answer = client.post("/compare/", {"work": works, "next": "/selection/?tag=fog"})
    assert (answer.status_code, answer["Location"]) == (303, "/selection/?tag=fog")
    assert "Select two works to compare." in client.get(answer["Location"]).content.decode()


def links(page: HttpResponse) -> dict[str, str]:
    """Return the addresses that a page leads to, by their words."""
    return {link.text: link.attributes["href"] for link in elements(page, "a")}


# Of a sensitive and an explicit work of alice's, by what lists show and from where on works are blurred.
BLURRED = {
    None: ([True, True], "Show them"),
    "alice": ([True, True], "Show them"),
    (Level.EXPLICIT, Level.EXPLICIT): ([False, True], "Show it"),
    (Level.SENSITIVE, BLUR_NOTHING): ([False, True], "Show it"),
    (Level.EXPLICIT, BLUR_NOTHING): ([False, False], None),
}


@pytest.mark.parametrize("who", BLURRED, ids=str)
def test_works_are_blurred_as_on_their_own_pages_until_they_are_asked_for(
    client: Client, alice: User, who: tuple[int, int] | str | None
) -> None:
    levels = {"A": Level.SENSITIVE, "B": Level.EXPLICIT}
    first, second = (ContentItemFactory(creator=alice, title=title, level=levels[title]).pk for title in levels)
    if who is not None:
        chosen = {} if who == "alice" else {"shown_level": who[0], "blurred_level": who[1]}
        client.force_login(UserFactory(**chosen) if chosen else alice)
    expected, words = BLURRED[who]
    page = client.get(address(first, second))
    pictures = [picture for title in levels for picture in elements(page, "img", alt=title)]
    assert [picture.attributes.get("class") == "compare__veiled" for picture in pictures] == expected
    shown = links(page)
    assert shown["Swap them"] == f"?a={second}&b={first}"
    assert {text: shown[text] for text in shown if text.startswith("Show ")} == (
        {words: f"?a={first}&b={second}&reveal=1"} if words else {}
    )
    page = client.get(address(first, second) + "&reveal=1")
    assert elements(page, "img", class_="compare__veiled") == []
    assert links(page)["Swap them"] == f"?a={second}&b={first}&reveal=1"
    assert not any(text.startswith("Show ") for text in links(page))


def test_a_work_without_a_picture_has_nothing_to_show(client: Client, alice: User) -> None:
    fields = {"creator": alice, "source_id": None, "level": Level.EXPLICIT}
    page = client.get(address(*(ContentItemFactory(**fields).pk for _ in range(2))))
    assert (texts(page, "span", class_="pick__none"), elements(page, "div", class_="compare__veil")) == (
        ["No picture"] * 2,
        [],
    )
