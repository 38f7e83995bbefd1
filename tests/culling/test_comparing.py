"""Two works side by side, and what differs: of hidden prompts nothing."""

import pytest
from django.test import Client

from tests.factories import ContentItemFactory, GenerationDataFactory
from tests.pages.html import texts
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
    assert [client.post("/compare/", {"work": works}).status_code for works in (["1"], ["1", "2", "3"])] == [400, 400]
