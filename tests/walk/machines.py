"""What a client does at two web machines of one site in turn: signs in at one and goes on at the other.

    faults = cross("http://one:8000", "http://two:8000", "alice", password)

The machines may be of two builds, as while a site is upgraded. They share the database, files and uploads on their way.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

LIST = "/api/v1/content/?page_size=3"
TITLE = "Sent to two machines"


class Reply(NamedTuple):
    """An answer."""

    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        """Return the body's value."""
        return json.loads(self.body)


class FollowNothing(HTTPRedirectHandler):
    """Leaves redirects to the caller."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Return no further request."""


class Browser:
    """Asks two machines with the same cookies, which belong to a host and not to a port."""

    def __init__(self) -> None:
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), FollowNothing)

    def ask(self, url: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """Return the answer, whatever its status."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            request = Request(url, data=body, headers=sent, method=method)  # noqa: S310 - of the caller's machines
            with self.opener.open(request, timeout=60) as response:
                return Reply(response.status, response.headers, response.read())
        except HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def submit(self, page_of: str, send_to: str, path: str, action: str, **values: str) -> Reply:
        """Read a page of one machine, and send its form to the other with all that it holds. Raises LookupError."""
        form = FormReader.read(self.ask(page_of + path).body.decode(), path, action)
        fields = urlencode({**form.fields, **values}).encode()
        kind = "application/x-www-form-urlencoded"
        return self.ask(send_to + form.action, method="POST", body=fields, Content_Type=kind, Referer=send_to + path)


class FormReader(HTMLParser):
    """Reads the form of a page that is posted to an address, which may be the page's own."""

    def __init__(self, path: str, ending: str) -> None:
        super().__init__()
        self.path, self.ending, self.action, self.is_inside = path, ending, "", False
        self.fields: dict[str, str] = {}

    @classmethod
    def read(cls, page: str, path: str, ending: str) -> "FormReader":
        """Return the form. Raises LookupError if the page has none."""
        reader = cls(path, ending)
        reader.feed(page)
        if not reader.action:
            raise LookupError(f"The page has no form for {ending}.")
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the form's address, and what its inputs hold."""
        said = dict(attrs)
        if tag == "form" and not self.action and said.get("method") == "post":
            address = said.get("action") or self.path
            if address.partition("?")[0].endswith(self.ending):
                self.action, self.is_inside = address, True
        elif self.is_inside and tag in ("input", "button") and said.get("name"):
            self.fields.setdefault(said["name"] or "", said.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        """Notice the form's end."""
        if tag == "form":
            self.is_inside = False


def cross(one: str, two: str, username: str, password: str, pictures: Sequence[bytes]) -> list[str]:
    """Do everything at both machines in turn, with a picture for each that the account does not have; return faults."""
    faults: list[str] = []

    def expect(name: str, found: object, expected: object) -> None:
        if found != expected:
            faults.append(f"{name}: {found!r} is not {expected!r}")

    browser = Browser()
    signed_in = browser.submit(
        one, two, "/accounts/login/?next=/accounts/me/", "/login/", username=username, password=password
    )
    expect("the form of one signs in at two", signed_in.status, 302)
    expect("one knows the session of two", browser.ask(f"{one}/accounts/me/").status, 200)
    given = Browser().ask(
        f"{one}/api/v1/auth/token/",
        method="POST",
        body=json.dumps({"username": username, "password": password}).encode(),
        Content_Type="application/json",
    )
    if given.status != 200:
        return [*faults, f"one gives no token: {given.status} {given.json()}"]
    token = given.json()["token"]
    for (first, second), picture in zip(((one, two), (two, one)), pictures, strict=True):
        _cross_lists(browser, first, second, expect)
        pk = _cross_upload(browser, first, second, picture, token, expect)
        _cross_deeds(browser, first, second, pk, expect)
    return faults


def _cross_lists(browser: Browser, one: str, two: str, expect: Any) -> None:
    """Read a list at one, and go on at the other by cursor and ETag."""
    first = browser.ask(one + LIST)
    cursor = first.json()["pagination"]["next_cursor"]
    pages = [browser.ask(f"{url}{LIST}&cursor={cursor}").json() for url in (one, two)]
    expect("the cursor of one at the other", ids_of(pages[1]), ids_of(pages[0]))
    if "pagination" in pages[1]:
        back = browser.ask(f"{one}{LIST}&cursor={pages[1]['pagination']['prev_cursor']}").json()
        expect("the cursor back", ids_of(back), ids_of(first.json()))
    again = browser.ask(two + LIST, If_None_Match=first.headers["ETag"])
    is_same = again.status == 304 or (again.status == 200 and ids_of(again.json()) == ids_of(first.json()))
    expect("the ETag of one at the other", is_same, True)


def _cross_upload(browser: Browser, one: str, two: str, picture: bytes, token: str, expect: Any) -> int:
    """Send the first half of a file to one machine and the rest to the other; both show it. Return the work's id."""
    half = len(picture) // 2
    own = {"Authorization": f"Token {token}", "Tus_Resumable": "1.0.0"}
    name = b64encode(b"two.png").decode()
    title = b64encode(TITLE.encode()).decode()
    metadata = f"filename {name},title {title}"
    length = str(len(picture))
    stranger = Browser()
    made = stranger.ask(
        f"{one}/api/v1/uploads/", method="POST", body=b"", Upload_Length=length, Upload_Metadata=metadata, **own
    )
    path = "/api/v1/" + made.headers["Location"].partition("/api/v1/")[2]
    piece = {"Content_Type": "application/offset+octet-stream", **own}
    stranger.ask(one + path, method="PATCH", body=picture[:half], Upload_Offset="0", **piece)
    last = stranger.ask(two + path, method="PATCH", body=picture[half:], Upload_Offset=str(half), **piece)
    expect("the last piece at the other", last.status, 204)
    pk = int(last.headers["Upload-Item"])
    for url in (one, two):
        work = browser.ask(f"{url}/api/v1/content/{pk}/").json()
        expect(f"the file at {url}", browser.ask(f"{url}/content/{pk}/file/").body, picture)
        address = "/" + work["picture"]["url"].partition("://")[2].partition("/")[2]
        expect(f"the picture at {url}", browser.ask(url + address).headers["Content-Type"], "image/webp")
        newest = ids_of(browser.ask(url + LIST).json())
        expect(f"the newest work at {url}", newest[0], pk)
    return pk


def _cross_deeds(browser: Browser, one: str, two: str, pk: int, expect: Any) -> None:
    """Like a work by the form of one machine at the other; then delete it at one."""
    liked = browser.submit(one, two, f"/content/{pk}/", f"/content/{pk}/like/")
    expect("the form of one at the other", liked.status in (200, 302, 303), True)
    expect("the like at one", browser.ask(f"{one}/api/v1/content/{pk}/").json()["like_count"], 1)


def ids_of(page: dict[str, Any]) -> list[Any]:
    """Return the ids on a page; of a problem what it says."""
    return [item["id"] for item in page["items"]] if "items" in page else [page]
