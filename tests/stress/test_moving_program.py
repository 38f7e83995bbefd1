"""What the rehearsal of a move holds for an end."""

from generation.models import OPEN
from tests.stress import moving


def test_only_a_job_that_a_worker_may_still_end_has_not_ended() -> None:
    assert set(moving.OPEN) == set(OPEN)
