"""What a change is told, on a site with replicas, when the primary goes away."""

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from genonaut.replicas import middleware
from genonaut.replicas.middleware import ReadReplicas
from genonaut.replicas.watching import Watch
from tests.database.proxy import Proxy
from tests.replication.test_choice import seen, watched


def ask() -> None:
    """Run a statement on the primary."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_only_a_change_that_never_reached_the_primary_is_told_that_it_was_not_made(
    proxy: Proxy, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(watched("the primary"), [watched("one", seen(1, 7, 300))])
    watch.stop()
    monkeypatch.setattr(middleware, "WATCH", watch)
    away = HttpResponse("The database is away", status=503)

    def lose(_request: HttpRequest) -> HttpResponse:
        ask()
        proxy.stop()
        connection.close()
        return fail(_request)

    def fail(_request: HttpRequest) -> HttpResponse:
        with pytest.raises(OperationalError):
            ask()
        return away

    connection.close()
    assert ReadReplicas(lose)(rf.post("/api/v1/content/")) is away
    refused = ReadReplicas(fail)(rf.post("/api/v1/content/"))
    assert (refused.status_code, b"the site is read only" in refused.content) == (503, True)
