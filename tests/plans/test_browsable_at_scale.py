"""Trap 21: no page of the browsable API loads a table into a form, with 50,000 users and 100,000 items present."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from content.models import ContentItem
from generation.models import GenerationJob
from interactions.models import Interaction
from recommendations.models import Recommendation
from users.models import User

MODELS = {
    "content": ContentItem,
    "content-auto": ContentItem,
    "users": User,
    "interactions": Interaction,
    "recommendations": Recommendation,
    "generation-jobs": GenerationJob,
}
# A list of 50 rows in full, with forms; 50,000 usernames alone would be over 1 MB.
MAX_BYTES = 300_000
MAX_QUERIES = 15


def fetch_as_staff(path: str) -> tuple[int, int, int]:
    """Return status, bytes and number of queries of a page as a browser of staff's asks for it."""
    client = Client(headers={"Accept": "text/html"})
    client.force_login(User.objects.get_or_create(username="stella", is_staff=True, is_superuser=True)[0])
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    return answer.status_code, len(answer.content), len(queries)


@pytest.mark.parametrize("endpoint", MODELS)
def test_a_list_page_with_its_forms_stays_small(rows: None, db: None, endpoint: str) -> None:
    status, size, queries = fetch_as_staff(f"/api/v1/{endpoint}/")
    assert (status, size < MAX_BYTES, queries <= MAX_QUERIES) == (200, True, True)


@pytest.mark.parametrize("endpoint", MODELS)
def test_a_detail_page_with_its_forms_stays_small(rows: None, db: None, endpoint: str) -> None:
    source = {"source": "auto"} if endpoint == "content-auto" else {}
    pk = MODELS[endpoint].objects.filter(**source).order_by("-pk").values_list("pk", flat=True)[0]
    status, size, queries = fetch_as_staff(f"/api/v1/{endpoint}/{pk}/")
    assert (status, size < MAX_BYTES, queries <= MAX_QUERIES) == (200, True, True)
