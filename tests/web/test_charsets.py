"""Charsets: bodies are UTF-8, as the site says; queries are, whatever charset a request names for its body."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.http import urlencode
from rest_framework.test import APIClient

from albums.models import Album
from content.models import ContentItem
from tests.factories import ContentItemFactory
from tests.test_uploads import rows
from users.models import User

FORM = "application/x-www-form-urlencoded"
# Those that mean other letters, that take none but ASCII, that are for bytes or for text only, that refuse `replace`.
CHARSETS = ("iso-8859-1", "utf-16", "us-ascii", "zlib", "rot13", "idna", "undefined", "none-such")
# An unknown charset, parts of a value with and without numbers, a number that is no int, and a NUL for a charset.
UNREADABLE = [
    f"application/json; {parameter}" for parameter in ("q*=x''1", "a*0=x; a*=y", f"a*{'9' * 5_000}=x", "a*=%00''1")
]
PROBLEM, TOKEN, READ = "application/problem+json", "/api/v1/auth/token/", "/api/v1/notifications/read/"
TITLE = "A café 漢"


@pytest.mark.parametrize("form", [FORM, MULTIPART_CONTENT])
@pytest.mark.parametrize("charset", ["utf-8", "us-ascii", "ascii"])
def test_a_form_is_read_as_utf_8_if_it_is_taken(
    client_of: Callable[[User], APIClient], alice: User, form: str, charset: str
) -> None:
    def body(**fields: str) -> str | bytes:
        return urlencode(fields) if form == FORM else encode_multipart(BOUNDARY, fields)

    client, content_type = client_of(alice), f"{form}; charset={charset}"
    work = client.generic("POST", "/api/v1/content/", body(title=TITLE, content_type="text"), content_type)
    album = client.generic("POST", "/albums/new/", body(title=TITLE), content_type)
    assert (work.status_code, album.status_code) == (201, 303)
    assert (ContentItem.objects.get().title, Album.objects.get().title) == (TITLE, TITLE)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("path", ["/api/v1/content/", "/api/v1/content/?page_size=5", "/fragments/works/"])
def test_a_query_is_read_as_utf_8_whatever_the_charset(alice: User, path: str, charset: str) -> None:
    ContentItemFactory(creator=alice, title=TITLE, tags=["café"])
    address = f"{path}{'&' if '?' in path else '?'}tag=caf%C3%A9"
    plain, typed = Client().get(address), Client(CONTENT_TYPE=f"text/plain; charset={charset}").get(address)
    assert (plain.status_code, TITLE in plain.content.decode()) == (200, True)
    assert (typed.status_code, typed.content) == (200, plain.content)


@pytest.mark.parametrize("charset", [charset for charset in CHARSETS if charset != "us-ascii"])
def test_a_body_in_another_charset_is_refused(
    client_of: Callable[[User], APIClient], alice: User, charset: str
) -> None:
    client = client_of(alice)
    before = rows()
    for path in ("/albums/new/?q=%41", "/admin/login/?next=%41", "/api/v1/content/?format=json"):
        response = client.generic("POST", path, "title=%41", f"{FORM}; charset={charset}")
        assert (response.status_code, b"UTF-8" in response.content) == (415, True), path
    assert rows() == before


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        *((f"application/json; charset={charset}", 415) for charset in CHARSETS if charset != "us-ascii"),
        *((f"application/json; charset={charset}", 201) for charset in ("utf-8", "us-ascii")),
        *((text, 415) for text in UNREADABLE),
    ],
)
def test_the_body_inside_a_form_of_the_browsable_api_is_held_to_the_same(
    client_of: Callable[[User], APIClient], alice: User, media_type: str, status: int
) -> None:
    fields = {"_content": f'{{"title": "{TITLE}", "content_type": "text"}}', "_content_type": media_type}
    response = client_of(alice).post("/api/v1/content/", fields, format="multipart", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert list(ContentItem.objects.values_list("title", flat=True)) == ([TITLE] if status == 201 else [])


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_body_whose_media_type_cannot_be_read_is_refused(
    client_of: Callable[[User], APIClient], alice: User, text: str
) -> None:
    client = client_of(alice)
    bodies = [client.generic("POST", path, "{}", text) for path in ("/api/v1/content/", "/albums/new/", TOKEN)]
    without = [client.generic(*request, content_type=text) for request in (("GET", "/"), ("POST", READ))]
    assert [answer.status_code for answer in [*bodies, *without]] == [415, 415, 415, 200, 200]


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize(
    "path", ["/api/v1/content/", "/api/v1/users/", "/api/v1/", "/api/v1/none/", "/api/v1/users/me/"]
)
def test_a_media_range_that_cannot_be_read_is_passed_over(db: None, path: str, text: str) -> None:
    for accept in (f"{text}, application/json", f"{text}, text/html", f"{text}, text/html;q=0.5, application/json"):
        known = Client().get(path, headers={"accept": accept.removeprefix(f"{text}, ")})
        answer = Client().get(path, headers={"accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (known.status_code, known["Content-Type"])
    alone = Client().get(path, headers={"accept": text})
    assert (alone.status_code, alone["Content-Type"]) == (404 if "none" in path else 406, PROBLEM)


def test_a_parameter_that_cannot_be_written_again_is_left_out(db: None) -> None:
    """The renderer's media type holds it, which others read."""
    for parameter in ("""a=";b*=x''1\"""", "a*=utf-8''1%3B%20b*%3Dx''1", "a**=x''1"):
        answer = Client().get("/api/v1/users/", headers={"accept": f"application/json; {parameter}"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("parameters", ["name*=x''title", "name*0=ti; name*=tle", "name=\"title\"; a*=x''1"])
def test_a_form_with_a_part_whose_header_cannot_be_read_is_refused(
    client_of: Callable[[User], APIClient], alice: User, parameters: str
) -> None:
    """Django passes over the part, or fails."""
    client = client_of(alice)
    part = f"--x\r\nContent-Disposition: form-data; {parameters}\r\n\r\n{TITLE}\r\n"
    rest = '--x\r\nContent-Disposition: form-data; name="content_type"\r\n\r\ntext\r\n--x--\r\n'
    for path in ("/api/v1/content/", "/albums/new/", "/upload/"):
        answer = client.generic("POST", path, part + rest, "multipart/form-data; boundary=x")
        assert answer.status_code == 400, path
    assert not ContentItem.objects.exists()
    assert not Album.objects.exists()
