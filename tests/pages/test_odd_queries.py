"""Query strings at the edge: a clear answer on every face, never a 500."""

import pytest
from django.conf import settings
from django.test import Client

PATHS = ["/", "/content/1/", "/users/alice/", "/accounts/login/", "/admin/login/", "/nowhere/", "/api/v1/content/"]
EDGES = ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_more_parameters_than_are_read_are_refused(path: str) -> None:
    client = Client(raise_request_exception=False)
    assert client.get(f"{path}?{'a&' * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/v1/content/", "/api/v1/users/"])
@pytest.mark.parametrize("name", ["created_after", "created_before"])
@pytest.mark.parametrize("moment", EDGES)
def test_a_moment_off_the_calendar_is_refused(path: str, name: str, moment: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get(f"{path}?{name}={moment}")
    # A page leaves the filter out and says so.
    status = 200 if path == "/" else 400
    assert (answer.status_code, "Enter a valid date/time." in answer.content.decode()) == (status, True)


@pytest.mark.django_db
@pytest.mark.parametrize("digits", ["9" * 19, "9" * 150])
def test_a_creator_whose_number_is_no_id_has_no_works(digits: str) -> None:
    answer = Client().get(f"/api/v1/content/?creator={digits}").json()
    assert (answer["items"], answer["pagination"]["total_count"]) == ([], 0)
