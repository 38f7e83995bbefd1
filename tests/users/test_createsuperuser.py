"""`manage.py createsuperuser` refuses what the database would, and says so without the row."""

import getpass
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from tests.factories import UserFactory
from tests.processes import manage_with
from users.models import User

NAME_TAKEN = "That username is already taken."
ADDRESS_TAKEN = "That e-mail address is already taken."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("username", "email", "refusal"),
    [
        ("Alice", "new@example.org", NAME_TAKEN),
        ("ａlice", "new@example.org", NAME_TAKEN),
        ("12345", "new@example.org", "A username must not consist of digits alone."),
        ("..", "new@example.org", "A username must not consist of one or two dots."),
        ("carol", "Alice@Example.org", ADDRESS_TAKEN),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(username: str, email: str, refusal: str) -> None:
    UserFactory(username="alice", email="alice@example.org")
    run = manage_with("pass", "createsuperuser", "--noinput", "--username", username, "--email", email)
    _, errors = run.communicate(timeout=300)
    assert (run.returncode, errors) == (1, f"CommandError: Error: {refusal}\n")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_it_asks_again_until_name_and_address_are_free(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    UserFactory(username="alice", email="alice@example.org")
    answers = iter(["ALICE", "carol", "ALICE@example.org", "Carol@example.org"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(answers))
    monkeypatch.setattr(getpass, "getpass", lambda *_prompt: "a word that passes")
    call_command("createsuperuser", stdin=SimpleNamespace(isatty=lambda: True))
    assert capsys.readouterr().err == f"Error: {NAME_TAKEN}\nError: {ADDRESS_TAKEN}\n"
    carol = User.objects.get(username="carol")
    assert (carol.email, carol.is_superuser) == ("carol@example.org", True)
    assert carol.check_password("a word that passes")


@pytest.mark.django_db
def test_the_environment_may_say_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"USERNAME": "carol", "EMAIL": "", "PASSWORD": "a word that passes"}.items():
        monkeypatch.setenv(f"DJANGO_SUPERUSER_{name}", value)
    call_command("createsuperuser", interactive=False, verbosity=0)
    assert User.objects.get().username == "carol"
