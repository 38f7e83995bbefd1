"""Addresses that are put together, held against Django's own."""

from collections.abc import Iterator

import pytest
from django.urls import get_script_prefix, reverse, set_script_prefix

from genonaut.http.addresses import address_of


@pytest.fixture(params=["/", "/gallery0/"])
def root(request: pytest.FixtureRequest) -> Iterator[str]:
    """Let the site begin there."""
    before = get_script_prefix()
    set_script_prefix(request.param)
    yield request.param
    set_script_prefix(before)


@pytest.mark.parametrize("name", ["ada", "hänsel.+@x", "0", "a/b c?d#e", "%41", "//evil"])
def test_an_address_is_what_reverse_returns(root: str, name: str) -> None:
    assert address_of("content:profile", name) == reverse("content:profile", args=[name])
    assert address_of("content:profile", name, root) == reverse("content:profile", args=[name])


def test_an_id_has_no_commas(root: str) -> None:
    assert (
        address_of("content:detail", 1234567) == reverse("content:detail", args=[1234567]) == f"{root}content/1234567/"
    )
