"""What the apps below announce, and who writes notices of it or changes them."""

from typing import Any

from content.signals import merged
from generation.signals import job_ended
from interactions.models import Interaction
from interactions.signals import commented
from notices.merging import take_notices
from notices.writing import notify_commented, notify_ended


def connect() -> None:
    """Hear of it. Connected again, it is heard once."""
    commented.connect(_on_comment, dispatch_uid="notices")
    job_ended.connect(_on_ended, dispatch_uid="notices")
    merged.connect(take_notices, dispatch_uid="notices")


def _on_comment(comment: Interaction, **_: Any) -> None:  # noqa: ANN401 - of the signal
    notify_commented(comment)


def _on_ended(job_id: int, **_: Any) -> None:  # noqa: ANN401 - of the signal
    notify_ended(job_id)
