"""A session that outlives its account's being active, and one that never signed in: no address changes anything."""

from itertools import chain

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver

from albums.items import add_works
from genonaut.models import Tries
from notices.models import Notice
from tests.factories import (
    AlbumFactory,
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from tests.test_odd_addresses import ENDLESS, EXPRESSIONS, OWN, addresses, routes
from users.models import User, UserSession

# What is written of each visit, by members and visitors alike.
OF_VISITS = (Session, Tries, UserSession)
# What forms of all kinds send, so that most of them are good.
SENT = {
    **{"on": "1", "is_private": "1", "work": OWN, "item": OWN, "action": "like", "scope": "these", "query": "tag=a"},
    **{"tag": "new", "rating": "5", "album": OWN, "deed": "remove", "place": "1", "note": "New", "text": "New"},
    **{"reason": "spam", "title": "New", "notes": "New", "kinds": "job", "name": "New", "theme": "dark"},
    **{"page_size": "100", "view": "scroll", "prompt": "New", "days": "7", "pk": OWN, "job_type": "image"},
}
# Whoever comes may make an account or ask for a letter.
OPEN = ("/accounts/signup/", "/accounts/password/", "/api/v1/users/")


def state() -> dict[str, list[tuple[object, ...]]]:
    """Return all rows."""
    models = [model for model in apps.get_models() if model._meta.managed and model not in OF_VISITS]
    return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}


@pytest.fixture
def member(db: None) -> User:
    """A member to whom everything of the id OWN belongs."""
    member = UserFactory(pk=int(OWN))
    work = ContentItemFactory(pk=int(OWN), creator=member)
    comment = InteractionFactory(pk=int(OWN), user=member, content=work, kind="comment", comment="Old")
    album = AlbumFactory(pk=int(OWN), owner=member)
    add_works(album, member, [work.pk])
    RecommendationFactory(pk=int(OWN), user=member, content=work)
    GenerationJobFactory(pk=int(OWN), user=member)
    Notice.objects.create(pk=int(OWN), user=member, kind="comment", content=work, comment=comment)
    return member


def own_addresses() -> list[str]:
    """Return each address once, filled with the id OWN where it takes one."""
    found = dict.fromkeys(chain.from_iterable(map(addresses, routes(get_resolver().url_patterns))))
    numbers = {part for parts in EXPRESSIONS.values() for part in parts if part.isdigit() and part != OWN}
    return [
        address
        for address in found
        if address not in OPEN and not address.endswith(ENDLESS) and numbers.isdisjoint(address.split("/"))
    ]


def test_neither_changes_anything(member: User) -> None:
    inactive = Client(raise_request_exception=False)
    inactive.force_login(member)
    User.objects.filter(pk=member.pk).update(is_active=False)
    before, done = state(), {}
    for client in (inactive, Client(raise_request_exception=False)):
        for address in own_addresses():
            done[address] = client.post(address, SENT).status_code
            for method in ("put", "patch", "delete"):
                done[f"{method} {address}"] = getattr(client, method)(
                    address, {"title": "New"}, content_type="application/json"
                ).status_code
    after = state()
    assert {name for name in before if before[name] != after[name]} == set()
    assert ({status for status in done.values() if status >= 500}, len(done) > 300) == (set(), True)
