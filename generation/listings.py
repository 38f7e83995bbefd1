"""The list of generation jobs."""

from django.db.models import QuerySet

from content.models import ContentType
from generation.filters import GenerationJobFilter
from generation.models import GenerationJob, Status
from users.listings import OwnedListing
from users.models import User


class GenerationJobListing(OwnedListing):
    """The viewer's own jobs; staff see all."""

    name = "generation-jobs"
    model = GenerationJob
    shows = (User,)
    filters = GenerationJobFilter
    facets = {"status": Status.values, "job_type": ContentType.values}

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: neither prompt nor parameters nor the error's text."""
        return queryset.select_related("user", "result").only(
            *("job_type", "status", "is_paused", "batch", "created_at", "started_at", "finished_at", "user__username"),
            *("result__is_private", "result__trashed_at", "result__creator_id"),
        )
