"""A few requests of Schemathesis for every operation, always the same: tests/stress/contract.py asks for minutes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.authtoken.models import Token
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from genonaut.settings import BASE_DIR
from tests.api.endpoints import ENDPOINTS
from users.models import User

FEW = settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def asked(schema: dict[str, Any], connections_stay_open: None) -> Any:
    """The schema as Schemathesis reads it, without what allows any error."""
    strict = copy.deepcopy(schema)
    for item in strict["paths"].values():
        for operation in item.values():
            del operation["responses"]["default"]
    config = SchemathesisConfig.from_path(BASE_DIR / "schemathesis.toml")
    loaded = schemathesis.openapi.from_dict(strict, config=config)
    loaded.app = closing(get_wsgi_application())
    return loaded


def closing(app: Callable[..., Any]) -> Callable[..., list[bytes]]:
    """Return an application whose answers are read and closed, as web servers do: Schemathesis leaves them open, and
    with them files of the request."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        response = app(environ, start_response)
        try:
            return [b"".join(response)]
        finally:
            response.close()

    return answer


@pytest.mark.parametrize("mode", GenerationMode)
def test_schemathesis_finds_nothing(asked: Any, staff: User, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Token {Token.objects.create(user=staff).key}"}
    for endpoint in ENDPOINTS:
        endpoint.make(staff, 2)
    for result in asked.get_all_operations():
        operation = result.ok()
        takes = operation.definition.raw.keys() & {"parameters", "requestBody"}
        if takes or mode is GenerationMode.POSITIVE:
            ask(operation, mode, headers)


def ask(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    """Ask for an operation a few times; what a request changes is undone. Raises what Schemathesis finds."""

    @FEW
    @given(operation.as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        with transaction.atomic():
            try:
                case.call_and_validate(headers=headers)
            finally:
                transaction.set_rollback(True)

    check()
