"""Where a form leads once it is sent."""

import pytest
from django.test import RequestFactory

from genonaut.http.redirects import after_form, to_sign_in


@pytest.mark.parametrize(
    ("is_secure", "wished", "led_to"),
    [
        (True, "http://testserver/a/", "/b/"),
        (True, "https://testserver/a/", "https://testserver/a/"),
        (False, "http://testserver/a/", "http://testserver/a/"),
        (True, "https://testserver.example.org/a/", "/b/"),
        (True, "/a/?b=c&d=ä\n", "/a/?b=c&d=%C3%A4%0A"),
    ],
)
def test_a_form_leads_to_where_it_wished_on_this_site_and_no_less_safely(
    rf: RequestFactory, is_secure: bool, wished: str, led_to: str
) -> None:
    answer = after_form(rf.post("/", {"next": wished}, secure=is_secure), "/b/")
    assert (answer.status_code, answer["Location"]) == (303, led_to)


def test_signing_in_leads_back_to_the_whole_address() -> None:
    answer = to_sign_in("/a/?b=c&d=e")
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/?next=/a/%3Fb%3Dc%26d%3De")
