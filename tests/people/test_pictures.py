"""Pictures of people that they upload: made square and small, shown, replaced and removed, by form and by API."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rest_framework.test import APIClient

from media import making
from people.models import Follow, Picture
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.html import elements
from users.accounts import close_account
from users.models import User

FORM = "/accounts/me/picture/"
SECRET = b"taken at home"


def png(width: int = 600, height: int = 300, colour: str = "teal") -> bytes:
    """Return a picture with a red left edge, and a text that is not for others."""
    image, text, out = Image.new("RGB", (width, height), colour), PngInfo(), BytesIO()
    image.paste("red", (0, 0, width // 10, height))
    text.add_text("Comment", SECRET.decode())
    image.save(out, "PNG", pnginfo=text)
    return out.getvalue()


def sent(content: bytes, name: str = "me.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def put(client: APIClient, person: User, **parts: object) -> object:
    """Send a form by PUT."""
    body = encode_multipart(BOUNDARY, parts)
    return client.put(f"/api/v1/users/{person.pk}/picture/", body, content_type=MULTIPART_CONTENT)


def picture_in(client: Client, address: str) -> str:
    """Return the address of the first picture without words on a page."""
    return next(i.attributes["src"] for i in elements(client.get(address), "img") if i.attributes["alt"] == "")


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_a_picture_is_shown_as_a_square_without_what_its_file_says(hers: Client, alice: User, bob: User) -> None:
    work = ContentItemFactory(creator=alice)
    Follow.objects.create(user=bob, person=alice)
    assert hers.post(FORM, {"file": sent(png())})["Location"] == "/accounts/me/"
    fan = Client()
    fan.force_login(bob)
    large, *small = (picture_in(fan, page) for page in ("/users/alice/", work.get_absolute_url(), "/me/following/"))
    assert set(small) == {large.replace("-320.webp", "-96.webp")}
    for address, side in ((large, 300), (small[0], 96)):
        answer = Client().get(address)
        with Image.open(BytesIO(answer.content)) as image:
            left = image.convert("RGB").getpixel((0, side // 2))
            assert (answer["Content-Type"], image.size, image.info.keys() & {"exif", "xmp", "comment"}) == (
                "image/webp",
                (side, side),
                set(),
            )
        # The middle of it: the red edge is cut off.
        assert (SECRET in answer.content, left[0] < 100) == (False, True)
    assert "Go back to the drawn one" in hers.get("/accounts/me/").content.decode()


def test_a_picture_is_replaced_and_removed(hers: Client, alice: User) -> None:
    drawn = picture_in(hers, "/users/alice/")
    shown = []
    for colour in ("teal", "navy"):
        hers.post(FORM, {"file": sent(png(colour=colour))})
        shown.append(picture_in(hers, "/users/alice/"))
    assert [hers.get(address).status_code for address in shown] == [404, 200]
    assert hers.post(f"{FORM}end/").status_code == 303
    assert (picture_in(hers, "/users/alice/"), hers.get(shown[1]).status_code) == (drawn, 404)
    assert not Picture.objects.exists()


def test_a_work_takes_its_place_and_a_closed_account_shows_none(hers: Client, alice: User) -> None:
    hers.post(FORM, {"file": sent(png())})
    shown = picture_in(hers, "/users/alice/")
    User.objects.filter(pk=alice.pk).update(preferences={"picture": 1})
    assert hers.get(shown).status_code == 404
    hers.post(FORM, {"file": sent(png())})
    close_account(alice)
    assert Client().get(shown).status_code == 404
    alice.delete()
    assert not Picture.objects.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Choose one picture."),
        ([png(), png()], "Choose one picture."),
        ([b"no picture"], "The file is no PNG, JPEG, GIF, WebP or AVIF."),
        ([b"\x00\x00\x00\x18ftypmp42" + bytes(40)], "The file is no PNG, JPEG, GIF, WebP or AVIF."),
        ([png()[:200]], "The file is damaged"),
    ],
)
def test_a_file_that_gives_no_picture_is_refused_with_a_sentence(
    hers: Client, alice: User, client_of: Callable[[User | None], APIClient], files: list[bytes], said: str
) -> None:
    hers.post(FORM, {"file": [sent(content) for content in files]})
    assert said in hers.get("/accounts/me/").content.decode()
    answer = put(client_of(alice), alice, file=[sent(content) for content in files])
    told = "Given more than once" if len(files) > 1 else said
    assert (answer.status_code, answer.json()["errors"]["file"][0][: len(told)]) == (400, told)
    assert (Picture.objects.exists(), User.objects.get(pk=alice.pk).preferences) == (False, {})


def test_while_too_many_are_made_both_faces_say_so(
    hers: Client, alice: User, client_of: Callable[[User | None], APIClient]
) -> None:
    for _ in range(making.MOST_AT_ONCE):
        making.turns.acquire()
    try:
        hers.post(FORM, {"file": sent(png())})
        assert "Too many pictures are being made" in hers.get("/accounts/me/").content.decode()
        answer = put(client_of(alice), alice, file=sent(png()))
        assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    finally:
        making.turns.release(making.MOST_AT_ONCE)


@pytest.mark.parametrize(
    ("viewer", "statuses"),
    [(None, (401, 401)), ("alice", (200, 204)), ("bob", (403, 403)), ("staff", (200, 204)), ("gone", (401, 401))],
)
def test_who_may_change_a_picture(
    client_of: Callable[[User | None], APIClient],
    alice: User,
    bob: User,
    staff: User,
    viewer: str | None,
    statuses: tuple[int, int],
) -> None:
    people = {"alice": alice, "bob": bob, "staff": staff, "gone": UserFactory(), None: None}
    client = client_of(people[viewer])
    User.objects.filter(pk=people["gone"].pk).update(is_active=False)
    answers = [put(client, alice, file=sent(png())), client.delete(f"/api/v1/users/{alice.pk}/picture/")]
    assert tuple(answer.status_code for answer in answers) == statuses
    assert client_of(bob).delete("/api/v1/users/0/picture/").status_code == 404
    assert not Picture.objects.exists()


def test_the_api_says_where_a_picture_is(
    client_of: Callable[[User | None], APIClient], alice: User, hers: Client
) -> None:
    api = client_of(None)
    assert api.get(f"/api/v1/users/{alice.pk}/").json()["picture"] is None
    answer = put(client_of(alice), alice, file=sent(png()))
    address = answer.json()["picture"]
    assert address.startswith(f"http://testserver/portraits/{alice.pk}/")
    assert api.get(address).status_code == 200
    assert api.get(f"/api/v1/users/{alice.pk}/").json()["picture"] == address
    # What clients write there is no address.
    for odd in ("../../x", [], {"a": 1}, 7, "0" * 16 + "\n"):
        User.objects.filter(pk=alice.pk).update(preferences={"picture": odd})
        assert api.get(f"/api/v1/users/{alice.pk}/").json()["picture"] is None
