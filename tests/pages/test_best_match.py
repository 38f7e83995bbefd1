"""Best match on the gallery's pages: a sort of a search, which goes with it."""

import pytest
from django.test import Client

from tests.factories import ContentItemFactory
from tests.pages.html import elements, texts, titles

SORTS = ["Newest first", "Oldest first", "Best first", "Lowest quality first", "Most liked", "Popular this week"]


@pytest.fixture(autouse=True)
def works(db: None) -> None:
    """A work that shows a dragon in its title, and a later one that shows it in its prompt alone."""
    ContentItemFactory(title="A dragon", tags=["fog"])
    ContentItemFactory(title="A hill", prompt="a dragon", tags=["fog"])


def sorts(client: Client, query: str) -> list[str]:
    """Return the sorts that a page offers."""
    return texts(client.get(f"/?{query}"), "ul", class_="menu")


def test_it_is_offered_to_a_search_alone(client: Client) -> None:
    assert sorts(client, "") == [" ".join(SORTS)]
    assert sorts(client, "q=dragon") == [" ".join(["Best match", *SORTS])]
    assert sorts(client, "q=dragon&sort=match&order=asc") == [" ".join(["Best match", *SORTS, "Poorest match"])]


def test_the_page_shows_the_best_match_first_and_says_so(client: Client) -> None:
    page = client.get("/?q=dragon&sort=match")
    assert texts(page, "h2")[:2] == ["A dragon", "A hill"]
    assert "best match" in texts(page, "title")[0]
    current = [link.text for link in elements(page, "a") if link.attributes.get("aria-current") == "true"]
    assert "Best match" in current


def test_it_goes_with_the_search(client: Client) -> None:
    page = client.get("/?q=dragon&sort=match&tag=fog")
    [chip] = [link.attributes["href"] for link in elements(page, "a") if link.text.startswith("Remove filter Search")]
    assert chip == "?tag=fog"


@pytest.mark.parametrize("query", ["sort=match", "q=&sort=match", "q=+&sort=match&order=desc"])
def test_an_emptied_search_shows_everything_and_leaves_nothing_out(client: Client, query: str) -> None:
    page = client.get(f"/?{query}")
    assert page.status_code == 200
    assert elements(page, "div", class_="left-out") == []
    assert titles(page)[:2] == ["A hill", "A dragon"]
