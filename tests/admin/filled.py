"""What a browser sends of a form of the admin that is opened and sent as it is."""

from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client

Sent = dict[str, list[str]]


class _Reader(HTMLParser):
    """Reads the controls of a page's forms that are sent: neither buttons nor boxes that are not ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Sent = {}
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("select", "textarea"):
            setattr(self, "select" if tag == "select" else "area", given["name"])
            if tag == "textarea":
                self.sent[given["name"]] = [""]
        elif tag == "option" and self.select and "selected" in dict(attrs):
            self.sent.setdefault(self.select, []).append(given["value"])
        elif tag == "input" and given.get("type") not in ("submit", "button") and "name" in given:
            if given.get("type") != "checkbox":
                self.sent.setdefault(given["name"], []).append(given.get("value", ""))
            elif "checked" in dict(attrs):
                self.sent.setdefault(given["name"], []).append(given.get("value", "on"))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The first line end of a text area is not part of it.
            self.sent[self.area] = [self.sent[self.area][0].removeprefix("\n")]
        if tag in ("select", "textarea"):
            self.select = self.area = ""


def filled(client: Client, address: str) -> Sent:
    """Open a form; return what it sends if nothing is changed in it: browsers end lines with two characters."""
    return filled_of(client.get(address))


def filled_of(page: HttpResponse) -> Sent:
    """Return what the form of a page sends if nothing is changed in it."""
    assert page.status_code == 200
    reader = _Reader()
    # A browser's parser reads any line end as LF.
    reader.feed(page.content.decode().replace("\r\n", "\n").replace("\r", "\n"))
    return {name: [value.replace("\n", "\r\n") for value in values] for name, values in reader.sent.items()}
