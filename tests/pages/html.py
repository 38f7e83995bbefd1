"""Reads the elements of a response, so that tests compare whole lists instead of searching in text."""

from html.parser import HTMLParser
from typing import NamedTuple

from django.http import HttpResponse

VOID = {"br", "img", "input", "link", "meta", "path", "circle", "ellipse", "use"}


class Element(NamedTuple):
    """One element: its tag, attributes and the text inside it, white space folded."""

    tag: str
    attributes: dict[str, str | None]
    text: str


class _Reader(HTMLParser):
    """Reads all elements but dialogs and what is in them: they are closed, and filled by script."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict, list[str]]] = []
        self.elements: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append((tag, dict(attrs), []))
        if tag in VOID:
            self.handle_endtag(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), ""))

    @property
    def is_in_dialog(self) -> bool:
        return any(tag == "dialog" for tag, _, _ in self.open)

    def handle_data(self, data: str) -> None:
        if self.is_in_dialog:
            return
        for _, _, texts in self.open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        is_shown = not self.is_in_dialog
        opened, attributes, texts = self.open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        if is_shown:
            self.elements.append(Element(tag, attributes, " ".join("".join(texts).split())))


def elements(response: HttpResponse, tag: str, **attributes: str) -> list[Element]:
    """Return the elements with this tag and these attributes (`class_` for class: one of the classes is enough)."""
    reader = _Reader()
    reader.feed(response.content.decode())
    assert not reader.open, f"never closed: {reader.open}"
    name = attributes.pop("class_", None)
    return [
        element
        for element in reader.elements
        if element.tag == tag
        and (name is None or name in (element.attributes.get("class") or "").split())
        and all(element.attributes.get(key) == value for key, value in attributes.items())
    ]


def foreign_scripts(response: HttpResponse) -> list[Element]:
    """Return the scripts of a page but for the import map and those that come from our own files."""
    ours = [{"type": "importmap"}]
    return [
        script
        for script in elements(response, "script")
        if script.attributes not in ours and not (script.attributes.get("src") or "").startswith("/static/")
    ]


def texts(response: HttpResponse, tag: str, **attributes: str) -> list[str]:
    """Return the texts of the elements."""
    return [element.text for element in elements(response, tag, **attributes)]


def hrefs(response: HttpResponse, tag: str, **attributes: str) -> list[str]:
    """Return the addresses that the elements lead to."""
    return [element.attributes["href"] for element in elements(response, tag, **attributes)]


def titles(response: HttpResponse) -> list[str]:
    """Return the titles of the cards, in order."""
    return [element.text for tag in ("h2", "h3") for element in elements(response, tag, class_="card__title")]
