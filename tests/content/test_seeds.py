"""Seeds: kept exactly up to 2^64-1 by whatever way they come in, and shown in all their digits."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from content.models import ContentItem
from generation.models import GenerationJob
from genonaut.whole_numbers import read_whole_number
from tests.factories import AutoContentItemFactory, ContentItemFactory, UserFactory
from tests.pages.html import elements
from users.models import User

LARGEST = 2**64 - 1
# Of an integer, A1111's 32 bits without a sign, a float's exact ones, ComfyUI's 64 bits, and what floats round.
SEEDS = (0, 2**31 - 1, 2**31, 3698135662, 2**32 - 1, 2**53 + 1, 1102676403634909, 2**63 - 1, 2**63, LARGEST)
WRONG = (
    "-1",
    "-5",
    str(2**64),
    "9" * 21,
    "9" * 5_000,
    "1.5",
    "1e3",
    "abc",
    "",
    "٣",
    "１２",
    "0x1",
    "+1",
    "1_0",
    "true",
)
CONTENT = "/api/v1/content/"
BODY = {"title": "A", "content_type": "image"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_is_kept_exactly_by_the_api(api: APIClient, alice: User, seed: int) -> None:
    api.force_login(alice)
    made = api.post(CONTENT, {**BODY, "seed": seed})
    assert (made.status_code, made.json()["seed"]) == (201, seed)
    assert f'"seed":{seed},' in made.content.decode()
    url = f"{CONTENT}{made.json()['id']}/"
    assert api.get(url).json()["seed"] == seed
    assert api.put(url, api.get(url).json()).json()["seed"] == seed
    assert api.patch(url, {"seed": LARGEST - seed}).json()["seed"] == LARGEST - seed
    assert api.patch(url, {"title": "B"}).json()["seed"] == LARGEST - seed


@pytest.mark.parametrize(
    ("sent", "kept"), [('"18446744073709551615"', LARGEST), ('"007"', 7), ("5.0", 5), ("1e3", 1000), ('" 7 "', 7)]
)
def test_a_seed_may_be_a_text_or_a_whole_float(api: APIClient, alice: User, sent: str, kept: int) -> None:
    api.force_login(alice)
    body = f'{{"title": "A", "content_type": "image", "seed": {sent}}}'
    assert api.generic("POST", CONTENT, body, content_type="application/json").json()["seed"] == kept


@pytest.mark.parametrize(
    "sent",
    [
        *(f'"{text}"' for text in WRONG),
        *("null", "[]", "{}", "true", "false", "-1", "-1.0", "1.5", str(2**64)),
        *("1e19", "18446744073709551615.0", "9007199254740992.0"),
    ],
)
def test_what_is_no_seed_is_refused_and_the_range_named(api: APIClient, alice: User, sent: str) -> None:
    """A float of 2^53 or more may have been rounded on its way."""
    api.force_login(alice)
    body = f'{{"title": "A", "content_type": "image", "seed": {sent}}}'
    answer = api.generic("POST", CONTENT, body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["seed"])
    assert sent == "null" or "18,446,744,073,709,551,615" in answer.json()["errors"]["seed"][0]


@pytest.mark.parametrize("seed", [7, 3698135662, LARGEST])
def test_a_form_sends_the_seed_that_it_shows(api: APIClient, alice: User, seed: int) -> None:
    api.force_login(alice)
    pk = api.post(CONTENT, {**BODY, "seed": str(seed)}, format="multipart").json()["id"]
    page = api.get(f"{CONTENT}{pk}/", headers={"Accept": "text/html"})
    (box,) = elements_of_form(page.content.decode(), "seed")
    assert box == str(seed)


def elements_of_form(page: str, name: str) -> list[str]:
    """Return the values of the inputs of a name."""
    parts = [part.split(">")[0] for part in page.split("<input ")[1:]]
    return [part.split('value="')[1].split('"')[0] for part in parts if f'name="{name}"' in part]


def test_an_item_without_a_seed_is_given_one(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    answers = [api.post(CONTENT, BODY), api.post(CONTENT, {**BODY, "seed": ""}, format="multipart")]
    assert [0 <= answer.json()["seed"] < 2**31 for answer in answers] == [True, True]
    assert {item.generation_seed for item in ContentItem.objects.all()} == {None}


def test_a_seed_of_any_size_has_a_picture_the_same_wherever_it_is_shown(api: APIClient, alice: User) -> None:
    for seed in SEEDS:
        ContentItem.objects.create(**BODY, creator=alice, exact_seed=seed, source_id=f"seed-tests-{seed}")
    lists = [api.get(CONTENT), api.get(CONTENT, headers={"Accept": "application/json; indent=1"})]
    cards, indented = ([item["picture"]["url"] for item in answer.json()["items"]] for answer in lists)
    gallery = elements(api.get("/"), "img")
    assert cards == indented == [f"http://testserver{shown.attributes['src']}" for shown in gallery]
    details = [api.get(f"{CONTENT}{item['id']}/").json() for item in lists[0].json()["items"]]
    assert sorted(detail["seed"] for detail in details) == sorted(SEEDS)
    for url in (*cards, *(detail["picture"]["url"] for detail in details)):
        assert api.get(url).status_code == 200, url


@pytest.mark.parametrize("name", ["items.jsonl", "items.csv"])
def test_an_import_keeps_seeds_exactly_and_finds_nothing_to_change_again(
    db: None, tmp_path: Path, name: str, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / name
    rows = [{"source_id": str(seed), "title": "a", "seed": seed} for seed in SEEDS]
    lines = (
        ["source_id,title,seed", *(f"{seed},a,{seed}" for seed in SEEDS)] if "csv" in name else map(json.dumps, rows)
    )
    path.write_text("\n".join(lines))
    for outcome in (f"{len(SEEDS)} created, 0 updated", f"0 created, 0 updated, {len(SEEDS)} unchanged"):
        call_command("import_content", path, verbosity=0)
        assert outcome in capsys.readouterr().out
        kept = {item.source_id: (item.exact_seed, item.generation_seed) for item in ContentItem.objects.all()}
        assert kept == {str(seed): (seed, seed) for seed in SEEDS}


def test_an_import_says_nothing_new_of_a_seed_that_was_kept_before_there_were_large_ones(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    ContentItemFactory(source_id="old", title="a", creator=None, seed=7)
    path = tmp_path / "items.jsonl"
    path.write_text('{"source_id": "old", "title": "a", "seed": 7}')
    call_command("import_content", path, verbosity=0)
    assert "1 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["contentitem", "autocontentitem"])
def test_the_admin_shows_and_keeps_all_digits(client: Client, staff: User, model: str) -> None:
    make = AutoContentItemFactory if model.startswith("auto") else ContentItemFactory
    item = make(creator=staff)
    client.force_login(staff)
    address = f"/admin/content/{model}/{item.pk}/change/"
    form = {"title": "A", "content_type": "image", "creator": staff.pk, "tags": "", "metadata": "{}"}
    for seed in (LARGEST, 7, 3698135662):
        assert client.post(address, {**form, "seed": str(seed)}).status_code == 302
        item.refresh_from_db()
        assert (item.exact_seed, item.generation_seed) == (seed, seed)
        assert [box.attributes["value"] for box in elements(client.get(address), "input", name="seed")] == [str(seed)]
    for seed in ("", "3698135662"):
        assert client.post(address, {**form, "seed": seed}).status_code == 302
        item.refresh_from_db()
        assert item.exact_seed == 3698135662
    for wrong in ("-1", str(2**64), "1.5", "x", "٣"):
        assert client.post(address, {**form, "seed": wrong}).context["adminform"].form.errors.keys() == {"seed"}


def test_an_item_added_in_the_admin_needs_no_seed(client: Client, staff: User) -> None:
    client.force_login(staff)
    form = {"title": "A", "content_type": "image", "tags": "", "metadata": "{}", "seed": ""}
    assert client.post("/admin/content/contentitem/add/", form).status_code == 302
    item = ContentItem.objects.get()
    assert (0 <= item.seed < 2**31, item.generation_seed) == (True, None)


def test_an_old_seed_that_is_not_changed_is_not_taken_for_its_maker_s(client: Client, staff: User) -> None:
    item = ContentItemFactory(seed=1254558664)
    client.force_login(staff)
    form = {"title": "B", "content_type": "image", "tags": "", "metadata": "{}", "seed": "1254558664"}
    client.post(f"/admin/content/contentitem/{item.pk}/change/", form)
    item.refresh_from_db()
    assert (item.title, item.seed, item.generation_seed) == ("B", 1254558664, None)


def test_staff_who_may_only_look_see_all_digits(client: Client, db: None) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_contentitem"))
    client.force_login(clerk)
    item = ContentItem.objects.create(**BODY, exact_seed=LARGEST)
    page = client.get(f"/admin/content/contentitem/{item.pk}/change/").content.decode()
    assert str(LARGEST) in page.replace(",", "")


def test_numbers_of_any_size_inside_parameters_and_metadata_are_exact(api: APIClient, alice: User) -> None:
    """A job's seed as text, any of the metadata as a JSON number, through the database and the browsable API's form."""
    api.force_login(alice)
    said = {"seed": LARGEST, "all": [2**64, 10**30, -(2**63), 0.1]}
    job = api.post("/api/v1/generation-jobs/", {"prompt": "A", "parameters": {"seed": LARGEST}})
    item = api.post(CONTENT, {**BODY, "metadata": json.dumps(said)}, format="multipart")
    assert (job.json()["parameters"]["seed"], item.json()["metadata"]) == (str(LARGEST), said)
    assert GenerationJob.objects.get().parameters["seed"] == str(LARGEST)
    page = api.get(f"{CONTENT}{item.json()['id']}/", headers={"Accept": "text/html"}).content.decode()
    assert page.count(str(LARGEST)) >= 2


@pytest.mark.parametrize("value", [Decimal(7), None, b"7", [7]])
def test_nothing_else_is_read_as_a_number(value: object) -> None:
    with pytest.raises(ValueError, match="18,446,744,073,709,551,615"):
        read_whole_number(value)
