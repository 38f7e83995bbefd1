"""Addresses of pages that are pinned to a moment lead on once the list cannot be."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from genonaut import flags
from genonaut.ranking.reader import Reader
from tests.factories import ContentItemFactory
from tests.pages.html import titles
from users.models import User

MOMENT = "as_of=2999-01-01"


def switch_off(_monkeypatch: pytest.MonkeyPatch) -> None:
    flags.turn(flags.Flag.RANKED_PAGES, is_on=False)


def allow_one_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader.__init__, "__defaults__", (*Reader.__init__.__defaults__[:-1], 1))


@pytest.mark.parametrize("hinder", [switch_off, allow_one_correction])
def test_a_page_of_a_gallery_that_cannot_be_pinned_is_that_of_now(
    client: Client, api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch, hinder: Callable
) -> None:
    for title in ("Fog", "Sea", "Hill"):
        ContentItemFactory(creator=alice, title=title, is_private=True)
    for one in (client, api):
        one.force_login(alice)
    hinder(monkeypatch)
    for address in ("/", "/fragments/works/", "/fragments/list/"):
        answer = client.get(f"{address}?{MOMENT}&page_size=2&page=2")
        assert (answer.status_code, answer["Location"]) == (302, f"{address}?page_size=2&page=2")
        assert titles(client.get(answer["Location"])) == ["Fog"]
    assert client.get(f"/?{MOMENT}")["Location"] == "/"
    refused = api.get(f"/api/v1/content/?{MOMENT}")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["as_of"])


def test_a_page_that_can_be_pinned_is(client: Client, db: None) -> None:
    ContentItemFactory(title="Fog")
    assert titles(client.get(f"/?{MOMENT}")) == ["Fog"]
