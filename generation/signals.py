"""What happens to jobs, for apps above this one."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from generation.models import GenerationJob

# With `job_id`, of a job that a worker completed or gave up: after the commit, whose worker it cannot disturb. A job
# that its user cancelled is none of them; of its batch one that was not is named once more, as the batch may have
# ended with it.
job_ended = Signal()


def announce_end(job_id: int) -> None:
    """Send `job_ended` once the transaction is committed; what goes wrong then is logged."""
    transaction.on_commit(partial(job_ended.send, GenerationJob, job_id=job_id), robust=True)
