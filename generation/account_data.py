"""What an account asked to be made, as the copy of its data has it."""

from collections.abc import Iterator
from typing import Any

from content.references import fields_of, known_id
from generation.models import GenerationJob
from genonaut.database.batches import in_batches
from users.models import User

FIELDS = (
    *("id", "job_type", "prompt", "negative_prompt", "parameters", "batch", "number", "publishes"),
    *("status", "error", "left_out", "created_at", "started_at", "finished_at"),
)


def job_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield an account's jobs by age, without the ids of works that it does not see. One query for 500."""
    jobs = GenerationJob.objects.filter(user=account).select_related("workflow", "parent", "result")
    for batch in in_batches(jobs.only(*FIELDS, "workflow__name", *fields_of("parent", "result")), "created_at", "id"):
        for job in batch:
            row = {name: getattr(job, name) for name in FIELDS}
            works = {"parent_id": known_id(job.parent, account), "result_id": known_id(job.result, account)}
            yield {**row, **works, "workflow": job.workflow.name if job.workflow else None}
