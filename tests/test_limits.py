"""Limits of guessing: counted in the database, by network, by account and network, and by account."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from genonaut.checks import check_proxies
from genonaut.http import limits
from genonaut.http.limits import Rate, network_of, take
from genonaut.models import Tries
from users.models import User

PASSWORD = "correct horse battery"
SIGN_IN, ADMIN, TOKEN = "/accounts/login/", "/admin/login/", "/api/v1/auth/token/"
RIGHT = {"username": "stella", "password": PASSWORD}
WRONG = {"username": "stella", "password": "wrong"}


@pytest.fixture
def stella(staff: User) -> User:
    """A member of staff with a password."""
    staff.set_password(PASSWORD)
    staff.save()
    return staff


def from_network(number: int) -> dict[str, str]:
    """Return what makes a test client come from a network of its own."""
    return {"REMOTE_ADDR": f"2001:db8:0:{number:x}::1"}


def test_a_rate_is_exact_in_any_window(db: None) -> None:
    rate = Rate.read("3/hour")
    assert [take(rate, "a") is None for _ in range(5)] == [True, True, True, False, False]
    assert take(rate, "b") is None
    # The first is an hour old, the others are not.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE genonaut_tries SET times[1] = times[1] - interval '1 hour'")
    assert [take(rate, "a") is None for _ in range(2)] == [True, False]
    assert 3_590 < take(rate, "a") <= 3_600


@pytest.mark.parametrize(("text", "most", "seconds"), [("60/hour", 60, 3600), ("5/m", 5, 60), ("1/day", 1, 86_400)])
def test_rates_are_read_as_drf_writes_them(text: str, most: int, seconds: int) -> None:
    assert (Rate.read(text).most, Rate.read(text).period.total_seconds()) == (most, seconds)


@pytest.mark.parametrize("text", ["", "60", "hour", "60/fortnight", "-1/hour", "1.5/min"])
def test_other_rates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number and a unit"):
        Rate.read(text)


def test_nothing_is_within_a_rate_of_none(db: None) -> None:
    assert take(Rate.read("0/hour"), "a") == 3_600


def test_processes_count_together_and_at_the_same_moment(transactional_db: None) -> None:
    """Each thread has a connection and each round an empty cache, as another process has."""
    rate, taken = Rate.read("60/hour"), []

    def try_often() -> None:
        for _ in range(15):
            cache.clear()
            taken.append(take(rate, "account") is None)
        connection.close()

    threads = [threading.Thread(target=try_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), sum(taken)) == (120, 60)


def test_no_other_key_pushes_one_out(db: None) -> None:
    rate = Rate.read("1/hour")
    take(rate, "mine")
    for number in range(400):
        take(rate, str(number))
    assert take(rate, "mine") is not None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_network_is_an_ipv4_address_or_64_bits_of_ipv6(rf: RequestFactory, address: str, network: str) -> None:
    assert network_of(rf.get("/", REMOTE_ADDR=address)) == network


def test_a_forwarded_address_counts_as_far_as_our_proxies_wrote_it(
    rf: RequestFactory, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.2")
    assert network_of(request) == "10.0.0.1"
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert network_of(request) == "192.0.2.2"


@pytest.mark.parametrize("address", [SIGN_IN, ADMIN, TOKEN])
def test_one_account_is_guessed_seldom_from_one_network_whatever_its_spelling(
    client: Client, stella: User, rates: dict[str, str], address: str
) -> None:
    rates["account_network"] = "2/hour"
    names = ["stella", " STELLA ", "ｓtella"]
    answers = [client.post(address, {**WRONG, "username": name}, **from_network(1)) for name in names]
    assert answers[0].status_code in (200, 400)
    assert (answers[2].status_code, "Retry-After" in answers[2].headers) == (429, True)
    assert client.post(address, {**WRONG, "username": "other"}, **from_network(1)).status_code in (200, 400)


@pytest.mark.parametrize("address", [SIGN_IN, ADMIN, TOKEN])
def test_many_networks_guess_one_account_no_more_often_and_lock_nobody_out(
    client: Client, stella: User, rates: dict[str, str], address: str
) -> None:
    rates["account"] = "4/hour"
    assert client.post(address, RIGHT, **from_network(0)).status_code in (200, 302)
    Client.logout(client)
    guesses = [client.post(address, WRONG, **from_network(1 + number)).status_code for number in range(6)]
    assert guesses[3:] == [429, 429, 429]
    # Who signed in from there before is not held up; from elsewhere even the right password is.
    assert client.post(address, RIGHT, **from_network(99)).status_code == 429
    assert client.post(address, RIGHT, **from_network(0)).status_code in (200, 302)


@pytest.mark.parametrize("address", [SIGN_IN, ADMIN, TOKEN])
def test_one_network_guesses_seldom_whatever_the_accounts(
    client: Client, db: None, rates: dict[str, str], address: str
) -> None:
    rates["token"] = "3/hour"
    statuses = [
        client.post(address, {"username": f"u{number}", "password": "x"}, REMOTE_ADDR=f"2001:db8::{number}").status_code
        for number in range(5)
    ]
    assert statuses[3:] == [429, 429]


def test_a_network_that_is_refused_uses_up_no_account(client: Client, stella: User, rates: dict[str, str]) -> None:
    rates |= {"token": "2/hour", "account": "3/hour"}
    for _ in range(10):
        client.post(SIGN_IN, WRONG, **from_network(1))
    assert client.post(SIGN_IN, RIGHT, **from_network(2)).status_code == 302


def test_an_account_that_does_not_exist_is_counted_and_answered_alike(
    client: Client, stella: User, rates: dict[str, str]
) -> None:
    rates["account_network"] = "2/hour"
    seen = []
    for name in ("stella", "nobody-at-all"):
        with CaptureQueriesContext(connection) as queries:
            statuses = [
                client.post(SIGN_IN, {"username": name, "password": "x"}, **from_network(1)).status_code
                for _ in range(3)
            ]
        seen.append((statuses, len(queries)))
    assert seen[0] == seen[1] == ([200, 200, 429], seen[0][1])


def test_the_table_names_neither_people_nor_addresses(client: Client, stella: User) -> None:
    client.post(SIGN_IN, RIGHT, REMOTE_ADDR="192.0.2.7")
    kept = str(list(Tries.objects.values_list()))
    assert Tries.objects.count() == 4
    assert ("stella" in kept, "192.0" in kept) == (False, False)


def test_the_page_of_a_refused_sign_in_is_a_page(client: Client, stella: User, rates: dict[str, str]) -> None:
    rates["token"] = "0/hour"
    page = client.post(ADMIN, RIGHT)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "3600")
    assert "Too many tries. Try again in 60 min." in page.content.decode()


def test_a_failing_transaction_gives_no_try_back(client: Client, stella: User, rates: dict[str, str]) -> None:
    rates["account_network"] = "1/hour"
    for _ in range(3):
        client.post(TOKEN, WRONG, **from_network(1))
    key = limits.key_of("account_network", "stella", "2001:db8:0:1::/64")
    assert [len(times) for times in Tries.objects.filter(key=key).values_list("times", flat=True)] == [1]


def test_the_table_is_unlogged(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'genonaut_tries'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.parametrize(
    ("header", "proxies", "found"), [(None, 0, 0), (("HTTP_X_FORWARDED_PROTO", "https"), 0, 1), (("X", "https"), 1, 0)]
)
def test_a_proxy_that_is_announced_has_to_be_counted(
    settings: Settings, header: tuple[str, str] | None, proxies: int, found: int
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = header
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    assert [error.id for error in check_proxies()] == ["genonaut.E001"] * found
