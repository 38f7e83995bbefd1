"""RFC 9457 problems as plain objects: the web server answers with them before Django is asked."""

from http import HTTPStatus
from typing import Any

from genonaut.monitoring.request_ids import request_id

MEDIA_TYPE = "application/problem+json"
# Those that HTTP itself does not name: tus's for a piece that is not what its checksum says.
TITLES = {460: "Checksum Mismatch"}


def problem(status: int, detail: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - members of any JSON type
    """Return the problem object; `members` are extensions such as `errors`. Inside a request its id is one."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    said = {"request_id": request_id.get()} if request_id.get() else {}
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **said, **members}
