"""Bodies that hold files: the few addresses that take them, and how large a body may be there.

The web server asks before it reads a body, and the middleware before a view does (genonaut/http/bodies.py).
"""

import re
from enum import Enum

from django.conf import settings

FORM_TYPE = "multipart/form-data"
PIECE_TYPE = "application/offset+octet-stream"
# What a form says beside its files.
FIELDS_BYTES = 1_048_576
# A form with a graph in a file and in a field, and its inputs (generation/workflow_forms.py).
GRAPH_FORM_BYTES = 6_291_456
# A form with a picture of a person.
PICTURE_FORM_BYTES = 20_971_520
# The part of a form that holds a file.
FILE_PART = "file"


class LargeBody(Enum):
    """Where a body may hold a file: its method, the pattern of its path, and its media type."""

    NEW_ITEM = ("POST", r"/api/v1/content/", FORM_TYPE)
    UPLOAD_PAGE = ("POST", r"/upload/", FORM_TYPE)
    NEW_UPLOAD = ("POST", r"/api/v1/uploads/", PIECE_TYPE)
    WORKFLOW_FORM = ("POST", r"/admin/generation/workflow/(add|[0-9]+/change)/", FORM_TYPE)
    ACCOUNT_PICTURE = ("POST", r"/accounts/me/picture/", FORM_TYPE)
    USER_PICTURE = ("PUT", r"/api/v1/users/([0-9]+|me)/picture/", FORM_TYPE)
    PIECE = ("PATCH", r"/api/v1/uploads/[^/]+/", PIECE_TYPE)

    @property
    def is_form(self) -> bool:
        """Whether the body is a form that holds the file in one of its parts."""
        return self.value[2] == FORM_TYPE


# Forms whose files are smaller than works may be.
SMALLER_FORMS = {
    LargeBody.WORKFLOW_FORM: GRAPH_FORM_BYTES,
    LargeBody.ACCOUNT_PICTURE: PICTURE_FORM_BYTES,
    LargeBody.USER_PICTURE: PICTURE_FORM_BYTES,
}


def large_body(method: str, path: str, content_type: str) -> LargeBody | None:
    """Return the kind of large body that a request has; None if it is no such request.

    An address without its last slash takes what the right one does: its answer, a redirect, says to send it there.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    address = path if path.endswith("/") else f"{path}/"
    for kind in LargeBody:
        its_method, pattern, its_type = kind.value
        if method == its_method and media_type == its_type and re.fullmatch(pattern, address):
            return kind
    return None


def most_bytes(kind: LargeBody | None, *, has_credentials: bool) -> int:
    """Return the size of the largest body that is taken. Without credentials no body is large, whatever its address."""
    if kind is None or not has_credentials:
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    most = SMALLER_FORMS.get(kind, settings.MAX_UPLOAD_BYTES + FIELDS_BYTES)
    return max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, most)
