"""Cursors: what goes in comes out, and nothing else is followed."""

import base64
import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import CharField, DateTimeField, FloatField
from django.db.models.fields import BigAutoField
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from genonaut.pagination import cursors
from genonaut.pagination.cursors import MAX_LENGTH, VERSION, Cursor, CursorError
from genonaut.ranking import KeyBound
from tests.factories import ContentItemFactory
from tests.pagination.walks import read

SCOPE_DIGEST = "list"
FIELDS = {"time": DateTimeField(), "number": FloatField(), "text": CharField(), "id": BigAutoField()}
VALUES = {
    "time": st.datetimes(timezones=st.just(UTC)),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=150),
    "id": st.integers(min_value=-(2**63), max_value=2**63 - 1),
}


def encoded(cursor: Cursor, *, is_descending: bool = True) -> str:
    return cursors.encode(cursor, scope_digest=SCOPE_DIGEST, is_descending=is_descending)


def decoded(text: str, *names: str, is_descending: bool = True) -> Cursor:
    fields = [FIELDS[name] for name in names]
    return cursors.decode(text, scope_digest=SCOPE_DIGEST, is_descending=is_descending, fields=fields)


def signed(**changes: object) -> str:
    """Return a cursor of our own signing with some of its content changed; ... drops a part."""
    content = {"v": VERSION, "d": "next", "k": [1], "i": 0, "b": SCOPE_DIGEST, **changes}
    return cursors._signer.sign_object({name: value for name, value in content.items() if value is not ...})


def content_of(cursor: str) -> dict[str, Any]:
    """Return the JSON that a cursor carries."""
    payload = cursor.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_cursor_gives_back_every_value_exactly(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(list(FIELDS)), min_size=1, max_size=4))
    keys = data.draw(st.tuples(*(VALUES[name] for name in names)) | st.none())
    bound = keys and KeyBound(keys, after=data.draw(st.booleans()))
    cursor = Cursor(bound, is_backward=data.draw(st.booleans()))
    is_descending = data.draw(st.booleans())
    assert decoded(encoded(cursor, is_descending=is_descending), *names, is_descending=is_descending) == cursor


@pytest.mark.parametrize(
    ("is_descending", "is_backward", "after", "is_read"),
    [
        (True, False, True, 1),
        (True, False, False, 0),
        (False, False, True, 0),
        (False, False, False, 1),
        (True, True, True, 0),
        (True, True, False, 1),
        (False, True, True, 1),
        (False, True, False, 0),
    ],
)
def test_a_cursor_tells_whether_the_row_at_it_is_read(
    is_descending: bool, is_backward: bool, after: bool, is_read: int
) -> None:
    """In the text a bound is told by the direction of reading, as it always was."""
    text = encoded(Cursor(KeyBound((1,), after), is_backward), is_descending=is_descending)
    assert content_of(text)["i"] == is_read


@pytest.mark.parametrize("value", [0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, -0.0, 1.7976931348623157e308])
def test_floats_keep_every_bit(value: float) -> None:
    """Trap 5."""
    text = encoded(Cursor(KeyBound((value,))))
    back = decoded(text, "number").bound.keys[0]
    assert (back, math.copysign(1, back)) == (value, math.copysign(1, value))


def test_times_keep_their_microseconds() -> None:
    """Trap 5."""
    time = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)
    text = encoded(Cursor(KeyBound((time,))))
    assert decoded(text, "time").bound.keys[0] - time == timedelta(0)


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=150, max_size=150))
@settings(max_examples=50, deadline=None)
def test_no_cursor_is_longer_than_is_accepted(text: str) -> None:
    cursor = Cursor(KeyBound((text, 2**63 - 1), after=True), is_backward=True)
    assert len(cursors.encode(cursor, scope_digest="0123456789abcdef", is_descending=True)) <= MAX_LENGTH


def test_a_cursor_is_base64url_of_json_and_safe_in_a_url() -> None:
    text = encoded(Cursor(KeyBound((1,))))
    assert content_of(text) == {"v": VERSION, "d": "next", "k": [1], "i": 0, "b": SCOPE_DIGEST}
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


BAD = {
    "empty": "",
    "not a cursor": "abc",
    "three dots": "...",
    "of one million letters": "A" * 1_000_000,
    "NUL": "\0",
    "NUL in the middle": signed()[:10] + "\0" + signed()[10:],
    "not UTF-8": "\udcff\udcfe",
    "not ASCII": "é" * 20,
    "without its signature": signed().split(".")[0],
    "with an empty signature": signed().split(".")[0] + ".",
    "with another signature": signed().split(".")[0] + "." + "A" * 43,
    "with the payload of another": signed(k=[2]).split(".")[0] + "." + signed().split(".")[1],
    "with a space behind": signed() + " ",
    "doubled": signed() + signed(),
}
WRONGLY_TYPED = {
    "a list": cursors._signer.sign_object([1, 2]),
    "a number": cursors._signer.sign_object(1),
    "null": cursors._signer.sign_object(None),
    "no object": cursors._signer.sign("AAAA"),
    "not base64": cursors._signer.sign("*"),
    "compressed rubbish": cursors._signer.sign(".AAAA"),
    "an older version": signed(v=0),
    "a version of another type": signed(v=[]),
    "no version": signed(v=...),
    "no scope digest": signed(b=...),
    "a scope digest of another type": signed(b={}),
    "no direction": signed(d=...),
    "an unknown direction": signed(d="sideways"),
    "a direction of another type": signed(d=[]),
    "no keys": signed(k=...),
    "keys of another type": signed(k=7),
    "keys in an object": signed(k={"0": 1}),
    "too few keys": signed(k=[]),
    "too many keys": signed(k=[1, 2]),
    "a key that is null": signed(k=[None]),
    "a key that is a list": signed(k=[[1]]),
    "a key that is a text": signed(k=["one"]),
    "a key that is a fraction": signed(k=[1.5]),
    "a key that is true": signed(k=[True]),
    "a key out of range": signed(k=[10**30]),
    "no inclusion": signed(i=...),
    "an inclusion of another type": signed(i="yes"),
}
WRONG_KEYS = {
    "a time that is a number": ("time", 5),
    "a time that is a text": ("time", "yesterday"),
    "a time without a zone": ("time", "2024-01-01T00:00:00"),
    "a time that is null": ("time", None),
    "a number that is a text": ("number", "1e3"),
    "a number that is infinite": ("number", math.inf),
    "a number that is not one": ("number", math.nan),
    "a number that is true": ("number", True),
    "a number that is huge": ("number", 10**400),
    "a text that is a number": ("text", 1),
    "a text with NUL": ("text", "a\0b"),
    "a text with half a surrogate pair": ("text", "\ud800"),
}


@pytest.mark.parametrize("text", [*BAD.values(), *WRONGLY_TYPED.values()], ids=[*BAD, *WRONGLY_TYPED])
def test_what_encode_did_not_make_is_refused(text: str) -> None:
    """Trap 6."""
    with pytest.raises(CursorError):
        decoded(text, "id")


@pytest.mark.parametrize(("name", "value"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_key_of_another_type_is_refused(name: str, value: object) -> None:
    """Trap 6."""
    with pytest.raises(CursorError):
        decoded(signed(k=[value]), name)


@given(position=st.integers(min_value=0, max_value=60), letter=st.sampled_from("Aa0-_"))
@settings(max_examples=100, deadline=None)
def test_a_cursor_with_one_letter_changed_is_refused(position: int, letter: str) -> None:
    """Trap 6."""
    text = signed()
    changed = text[:position] + letter + text[position + 1 :]
    if changed != text:
        with pytest.raises(CursorError):
            decoded(changed, "id")


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_over_http_a_bad_cursor_is_a_problem_with_the_cursor(api: APIClient, db: None, text: str) -> None:
    """Trap 6."""
    response = api.get("/api/v1/content/", {"cursor": text.encode(errors="surrogateescape")})
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert list(response.json()["errors"]) == ["cursor"]


@pytest.mark.parametrize("text", ["%FF%FE", "%00", "%ED%A0%80", "%", "%zz", "a&cursor=b"])
def test_over_http_a_badly_encoded_cursor_is_a_problem_with_the_cursor(api: APIClient, db: None, text: str) -> None:
    """Trap 6."""
    response = api.get(f"/api/v1/content/?cursor={text}")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["cursor"])


CONTENT_KEYS = {
    "right": ([], 200),
    "a time of another type": ([5], 400),
    "no time": ([None], 400),
    "a time without a zone": (["2024-01-01T00:00:00"], 400),
    "a time before all": (["0001-01-01T00:00:00+00:00"], 200),
    "a time after all": (["9999-12-31T23:59:59.999999-14:00"], 200),
    "an id of another type": ([..., "7"], 400),
    "an id out of range": ([..., 2**63], 400),
}


@pytest.mark.parametrize(("keys", "status"), CONTENT_KEYS.values(), ids=CONTENT_KEYS)
def test_over_http_a_signed_cursor_with_other_keys_is_never_an_error_of_ours(
    api: APIClient, db: None, keys: list, status: int
) -> None:
    """Trap 6."""
    ContentItemFactory.create_batch(2)
    content = content_of(read(api, "/api/v1/content/?page_size=1")["pagination"]["next_cursor"])
    changed = [old if new is ... else new for old, new in zip(content["k"], keys, strict=False)]
    content["k"] = changed + content["k"][len(keys) :]
    response = api.get("/api/v1/content/", {"cursor": cursors._signer.sign_object(content)})
    assert response.status_code == status
    assert list(response.json().get("errors", {})) == ([] if status == 200 else ["cursor"])


def test_a_cursor_signed_with_another_key_is_refused(api: APIClient, db: None) -> None:
    """Trap 6."""
    ContentItemFactory.create_batch(2)
    cursor = read(api, "/api/v1/content/?page_size=1")["pagination"]["next_cursor"]
    forged = cursors.Signer(key="guessed", salt="genonaut.pagination.cursor", sep=".").sign_object(content_of(cursor))
    assert api.get("/api/v1/content/", {"cursor": forged}).status_code == 400
