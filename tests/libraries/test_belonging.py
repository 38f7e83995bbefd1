"""Which library works belong to: it follows their files, and is never another account's."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from content.models import ContentItem
from tests.factories import UserFactory
from tests.libraries.conftest import SAMPLES
from users.models import User

Command = Callable[..., tuple[int, str]]
pytestmark = pytest.mark.django_db(transaction=True)


def library_of(owner: User, path: Path, command: Command, *options: str, file: str = "01_a1111.png") -> Path:
    """Register a folder, with one file if one is named; return it."""
    path.mkdir()
    if file:
        shutil.copy(SAMPLES / file, path / "a.png")
    assert command("add", path, "--owner", owner.username, *options)[0] == 0
    return path


def found(client: Client, library: str) -> int:
    return client.get("/api/v1/content/", {"library": library}).json()["pagination"]["total_count"]


def test_a_work_whose_library_is_removed_goes_to_no_library_of_another_account(
    tmp_path: Path, alice: User, command: Command, client: Client
) -> None:
    bob = UserFactory(username="bob")
    library_of(alice, tmp_path / "alice-secret", command, "--private")
    library_of(bob, tmp_path / "bobs", command)
    command("scan", "--no-pictures")
    assert command("remove", "bobs", "--yes")[0] == 0
    assert ContentItem.objects.get(creator=bob).library is None
    assert found(client, "alice-secret") == 0
    assert ContentItem.objects.get(creator=alice).library.name == "alice-secret"
