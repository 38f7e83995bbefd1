"""The forms: what they save, and that whatever the database would refuse is said beside the field."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from content.models import ContentItem, Source
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import AutoContentItemFactory, ContentItemFactory, InteractionFactory, UserFactory
from users.email_addresses import LinkEndedError, await_address, confirm, key_of_link
from users.models import User, UserSession

ITEM = {"title": "Fog", "content_type": "image", "seed": "7", "tags": "", "metadata": "{}"}
PASSWORDS = {"usable_password": "true", "password1": "correct horse staple", "password2": "correct horse staple"}


def errors_of(client: Client, address: str, data: dict[str, Any]) -> dict[str, list[str]]:
    """Return the errors of a form that is sent; a form that is saved has none."""
    response = client.post(address, data)
    return dict(response.context["adminform"].form.errors) if response.status_code == 200 else {}


@pytest.mark.django_db
def test_an_item_is_saved_with_its_tags_one_in_each_line(desk: Client, alice: User) -> None:
    sent = {**ITEM, "creator": alice.pk, "tags": "red, green\r\n\r\nfog\r\n", "metadata": '{"model": "sd"}'}
    assert errors_of(desk, "/admin/content/contentitem/add/", sent) == {}

    item = ContentItem.objects.get()
    assert (item.tags, item.metadata, item.creator) == (["red, green", "fog"], {"model": "sd"}, alice)
    assert "red, green\nfog</textarea>" in desk.get(f"/admin/content/contentitem/{item.pk}/change/").content.decode()


@pytest.mark.django_db
def test_a_text_keeps_its_lines_and_blanks_and_a_long_prompt_is_saved(desk: Client) -> None:
    item = ContentItemFactory(prompt="  \nfog,\n".ljust(9_999, "g") + " ", data="\n one\n\n two \n")
    texts = {name: getattr(item, name) for name in ("prompt", "data")}
    sent = {**ITEM, **{name: text.replace("\n", "\r\n") for name, text in texts.items()}}
    for address in (f"/admin/content/contentitem/{item.pk}/change/", "/admin/content/contentitem/add/"):
        assert errors_of(desk, address, sent) == {}
    kept = ContentItem.objects.order_by("pk").values("prompt", "data")
    assert (len(texts["prompt"]), list(kept)) == (10_000, [texts, texts])


@pytest.mark.django_db
def test_metadata_may_hold_the_six_characters_of_an_escape_as_text(desk: Client) -> None:
    assert errors_of(desk, "/admin/content/contentitem/add/", {**ITEM, "metadata": '{"a": "\\\\u0000"}'}) == {}
    assert ContentItem.objects.get().metadata == {"a": "\\u0000"}


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "source"), [("contentitem", Source.USER), ("autocontentitem", Source.AUTO)])
def test_an_item_has_the_source_of_the_admin_it_is_added_in(desk: Client, path: str, source: str) -> None:
    errors_of(desk, f"/admin/content/{path}/add/", ITEM)
    assert ContentItem.objects.get().source == source


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "a\x00b"),
        ("title", "a" * 301),
        ("content_type", "sculpture"),
        ("creator", "abc"),
        ("creator", "999999"),
        ("creator", "9" * 40),
        ("quality_score", "1.5"),
        ("quality_score", "nan"),
        ("seed", "-1"),
        ("seed", str(2**64)),
        ("tags", "\n".join(map(str, range(101)))),
        ("tags", "a\x00b"),
        ("prompt", "a\x00b"),
        ("prompt", "a" * 10_001),
        ("metadata", "[1]"),
        ("metadata", "{"),
        ("metadata", '{"a": NaN}'),
        ("metadata", '{"a": 1e999}'),
        ("metadata", '{"a": "\\u0000"}'),
        ("metadata", '{"\\ud800": 1}'),
        ("metadata", '{"a": ' + "[" * 100 + "]" * 100 + "}"),
        ("metadata", '{"a": ' + "[" * 5_000 + "]" * 5_000 + "}"),
        ("metadata", '{"a": ' + "9" * 5_000 + "}"),
    ],
)
def test_what_an_item_cannot_be_is_said_beside_the_field(desk: Client, field: str, value: str) -> None:
    assert list(errors_of(desk, "/admin/content/contentitem/add/", {**ITEM, field: value})) == [field]
    assert not ContentItem.objects.exists()


@pytest.mark.parametrize("query", ["creator=abc", "creator=%00", "tags=a", "metadata=x", "quality_score=x", "seed=x"])
def test_an_add_form_opens_whatever_the_address_fills_in(desk: Client, query: str) -> None:
    assert desk.get(f"/admin/content/contentitem/add/?{query}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "rate"},
        {"kind": "view", "rating": "3"},
        {"kind": "rate", "rating": "6"},
        {"kind": "rate", "rating": "99999"},
        {"kind": "comment"},
        {"kind": "view", "comment": "nice"},
        {"kind": "like"},  # again
        {"kind": "wave"},
        {"kind": "view", "duration_seconds": "-1"},
        {"kind": "view", "duration_seconds": "1e10"},
        {"kind": "view", "user": ""},
    ],
)
def test_the_rules_of_interactions_are_the_forms(desk: Client, alice: User, broken: dict[str, str]) -> None:
    item = ContentItemFactory()
    InteractionFactory(user=alice, content=item, kind="like")
    sent = {"user": alice.pk, "content": item.pk, "metadata": "{}", **broken}
    assert errors_of(desk, "/admin/interactions/interaction/add/", sent)
    assert Interaction.objects.count() == 1


@pytest.mark.django_db
def test_the_interaction_of_a_deleted_account_can_be_changed(desk: Client) -> None:
    left = InteractionFactory(user=None, kind="comment", comment="rude")
    sent = {"user": "", "content": left.content_id, "kind": "comment", "comment": "it was\r\nremoved", "metadata": "{}"}
    assert errors_of(desk, f"/admin/interactions/interaction/{left.pk}/change/", sent) == {}
    left.refresh_from_db()
    assert left.comment == "it was\nremoved"


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [{"score": "1.1"}, {"score": "-0.1"}, {"algorithm": ""}, {}])
def test_the_rules_of_recommendations_are_the_forms(desk: Client, alice: User, broken: dict[str, str]) -> None:
    item = ContentItemFactory()
    Recommendation.objects.create(user=alice, content=item, score=0.5, algorithm="als-1")
    sent = {"user": alice.pk, "content": item.pk, "score": "0.5", "algorithm": "als-1", **broken}
    assert errors_of(desk, "/admin/recommendations/recommendation/add/", sent)


@pytest.mark.django_db
def test_a_user_is_added_with_a_password_and_an_address_in_lower_case(desk: Client) -> None:
    sent = {"username": "eve", "name": "Eve", "email": "Eve@Example.ORG", **PASSWORDS}
    assert errors_of(desk, "/admin/users/user/add/", sent) == {}
    eve = User.objects.get(username="eve")
    assert (eve.email, eve.check_password(PASSWORDS["password1"])) == ("eve@example.org", True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "123"),
        ("username", "."),
        ("username", ".."),
        ("username", "ALICE"),
        ("username", "a b"),
        ("username", "a\x00b"),
        ("email", "ALICE@example.org"),
        ("email", "nowhere"),
        ("name", "a" * 201),
    ],
)
def test_a_name_or_address_that_is_taken_or_wrong_is_said_beside_the_field(
    desk: Client, alice: User, bob: User, field: str, value: str
) -> None:
    added = {"username": "eve", "name": "", "email": "", **PASSWORDS, field: value}
    changed = {"username": "bob", "name": "", "email": "", "preferences": "{}", field: value}
    for path, sent in (("add", added), (f"{bob.pk}/change", changed)):
        errors = errors_of(desk, f"/admin/users/user/{path}/", sent)
        assert next(iter(errors)) == field
        assert "Constraint" not in str(errors[field])


@pytest.mark.django_db
def test_a_user_is_changed_and_keeps_the_password(desk: Client, alice: User) -> None:
    sent = {"username": "Alice", "email": "A@Example.org", "preferences": '{"theme": "dark"}', "is_staff": "on"}
    assert errors_of(desk, f"/admin/users/user/{alice.pk}/change/", sent) == {}
    password = alice.password
    alice.refresh_from_db()
    assert (alice.username, alice.email, alice.preferences) == ("Alice", "a@example.org", {"theme": "dark"})
    assert (alice.is_staff, alice.is_active, alice.password) == (True, False, password)


@pytest.mark.django_db
def test_a_password_can_be_changed(desk: Client, alice: User) -> None:
    response = desk.post(f"/admin/users/user/{alice.pk}/password/", PASSWORDS)
    alice.refresh_from_db()
    assert (response.status_code, alice.check_password(PASSWORDS["password1"])) == (302, True)


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [PASSWORDS, {"usable_password": "false", "unset-password": "1"}], ids=["set", "unset"])
def test_a_password_that_is_set_or_taken_away_ends_all_access(desk: Client, alice: User, sent: dict[str, str]) -> None:
    alice.set_password("a long password")
    alice.save()
    Token.objects.create(user=alice)
    UserSession.objects.create(user=alice, session_key="a thief's")
    key = key_of_link(await_address(alice, "thief@example.org"))
    assert desk.post(f"/admin/users/user/{alice.pk}/password/", sent).status_code == 302
    assert not Token.objects.exists()
    assert not UserSession.objects.filter(user=alice).exists()
    with pytest.raises(LinkEndedError):
        confirm(key)


@pytest.mark.django_db
def test_an_own_new_password_ends_the_token_and_not_the_session(client: Client) -> None:
    editor = User.objects.create_user("editor", password="a long password", is_staff=True)
    Token.objects.create(user=editor)
    client.force_login(editor)
    sent = {"old_password": "a long password", "new_password1": "fog horn 77", "new_password2": "fog horn 77"}
    assert client.post("/admin/password_change/", sent).status_code == 302
    assert (Token.objects.exists(), client.get("/admin/").status_code) == (False, 200)


@pytest.mark.django_db
def test_a_token_is_added_shown_and_deleted(desk: Client, alice: User) -> None:
    assert errors_of(desk, "/admin/authtoken/tokenproxy/add/", {"user": alice.pk}) == {}
    token = Token.objects.get(user=alice)
    address = f"/admin/authtoken/tokenproxy/{alice.pk}"
    assert token.key in desk.get(f"{address}/change/").content.decode()
    assert token.key not in desk.get("/admin/authtoken/tokenproxy/").content.decode()
    assert desk.post(f"{address}/delete/", {"post": "yes"}).status_code == 302
    assert not Token.objects.exists()


@pytest.mark.django_db
def test_a_user_and_an_item_link_to_all_that_refers_to_them(desk: Client, alice: User) -> None:
    item = AutoContentItemFactory(creator=alice)
    of_user = desk.get(f"/admin/users/user/{alice.pk}/change/").content.decode()
    for path in (
        f"content/contentitem/?creator__id__exact={alice.pk}",
        f"interactions/interaction/?user__id__exact={alice.pk}",
        f"recommendations/recommendation/?user__id__exact={alice.pk}",
        f"generation/generationjob/?user__id__exact={alice.pk}",
    ):
        assert f'href="/admin/{path}"' in of_user
        assert desk.get(f"/admin/{path}").status_code == 200
    for admin_path in ("contentitem", "autocontentitem"):
        of_item = desk.get(f"/admin/content/{admin_path}/{item.pk}/change/").content.decode()
        for path in (
            f"interactions/interaction/?content__id__exact={item.pk}",
            f"recommendations/recommendation/?content__id__exact={item.pk}",
            f"generation/generationjob/?result__id__exact={item.pk}",
        ):
            assert f'href="/admin/{path}"' in of_item
            assert desk.get(f"/admin/{path}").status_code == 200


@pytest.mark.django_db
def test_the_forms_of_an_item_and_a_user_lead_to_their_public_pages(desk: Client, alice: User) -> None:
    item = ContentItemFactory(creator=alice)
    for model_path, row in (("content/contentitem", item), ("users/user", alice)):
        html = desk.get(f"/admin/{model_path}/{row.pk}/change/").content.decode()
        assert "View on site" in html
        link = html.split('class="viewsitelink"')[0].rsplit('href="', 1)[1].split('"')[0]
        assert desk.get(link)["Location"].endswith(row.get_absolute_url())


@pytest.mark.django_db
def test_a_form_of_a_row_that_is_not_there_leads_to_the_index(desk: Client) -> None:
    UserFactory()
    for pk in ("0", "x", "9" * 40, "%00"):
        assert desk.get(f"/admin/content/contentitem/{pk}/change/")["Location"] == "/admin/"
