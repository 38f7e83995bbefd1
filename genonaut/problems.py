"""RFC 9457 problems as plain objects: the web server answers with them before Django is asked."""

from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - members of any JSON type
    """Return the problem object; `members` are extensions such as `errors`."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
