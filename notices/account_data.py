"""Which kinds of notices an account does not want, as the copy of its data has them."""

from collections.abc import Iterator
from typing import Any

from notices.models import Muted
from users.models import User


def muted_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield the kinds that an account muted. One query."""
    for kind in Muted.objects.filter(user=account).order_by("kind").values_list("kind", flat=True):
        yield {"kind": kind}
