"""The forms of a page as a browser sees them: what they would send, where and how."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from rest_framework.test import APIClient

VOID = {"input", "br", "link", "meta", "img"}


@dataclass
class Form:
    """One form: its attributes, values by name in order, and the names and values of its buttons."""

    attributes: dict[str, str | None]
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str | None, str | None]] = field(default_factory=list)
    labelled: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    @property
    def is_raw(self) -> bool:
        """Whether it sends a whole body."""
        return "_content" in self.values

    def fill(self, **values: Any) -> "Form":
        """Fill in fields that are there."""
        self.values |= {name: str(value) for name, value in values.items() if name in self.values}
        return self

    def post(self, client: APIClient, button: tuple[str | None, str | None]) -> Any:
        """Send it by one of its buttons, as a browser without script does."""
        data = {**self.values, **({button[0]: button[1]} if button[0] else {})}
        return client.post(self.attributes["action"], data, format="multipart", headers={"Accept": "text/html"})

    def post_by_script(self, client: APIClient, button: tuple[str | None, str | None]) -> Any:
        """Send it as DRF's script does: by its method, a raw one as the body that it holds."""
        method = button[1] if self.is_raw else self.attributes.get("data-method") or "POST"
        headers = {"Accept": "text/html; q=1.0, */*", "X-CSRFToken": self.values.get("csrfmiddlewaretoken", "")}
        send = getattr(client, method.lower())
        if not self.is_raw:
            return send(self.attributes["action"], self.values, format="multipart", headers=headers)
        content_type = self.values["_content_type"]
        return send(self.attributes["action"], self.values["_content"], content_type=content_type, headers=headers)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            assert self.form is None, "a form inside a form"
            self.form = Form(given)
            self.forms.append(self.form)
        elif self.form is not None:
            self._note(self.form, tag, given)

    def _note(self, form: Form, tag: str, given: dict[str, str | None]) -> None:
        if tag == "label":
            form.labelled.append(given.get("for") or "")
        elif tag == "button":
            form.buttons.append((given.get("name"), given.get("value")))
        elif tag == "option" and self.select and (self.select not in form.values or "selected" in given):
            form.values[self.select] = given.get("value") or ""
        elif tag in ("input", "select", "textarea"):
            self._note_control(form, tag, given)

    def _note_control(self, form: Form, tag: str, given: dict[str, str | None]) -> None:
        if given.get("type") != "hidden":
            form.ids.append(given.get("id") or "")
        self.select = given["name"] if tag == "select" else None
        self.area = given["name"] if tag == "textarea" else None
        if tag != "select":
            form.values[given["name"]] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.form and self.area:
            self.form.values[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.form and self.area:
            # The first line end of a text area is not part of it; the others are sent as two characters.
            text = self.form.values[self.area].removeprefix("\n")
            self.form.values[self.area] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self.area = None


def forms_of(page: str) -> list[Form]:
    """Return the forms that write something: all but those that are sent by GET, and the one that signs out."""
    reader = _Reader()
    reader.feed(page)
    written = [form for form in reader.forms if (form.attributes.get("method") or "get").lower() == "post"]
    return [form for form in written if "logout" not in (form.attributes.get("action") or "")]
