"""The list of generation jobs."""

from django.db.models import Q, QuerySet

from content.models import ContentType
from generation.filters import GenerationJobFilter
from generation.models import GenerationJob, Status
from genonaut.pagination.listing import Listing, Scope
from users.models import User
from users.querysets import is_staff


class GenerationJobListing(Listing):
    """The viewer's own jobs; staff see all."""

    name = "generation-jobs"
    model = GenerationJob
    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    shows = (User,)
    filters = GenerationJobFilter
    facets = {"status": Status.values, "job_type": ContentType.values}
    bounds = {"created_after": "created_at", "created_before": "created_at"}

    def scopes(self) -> list[Scope]:
        """Return one scope: what `GenerationJob.objects.visible_to` keeps."""
        if is_staff(self.viewer):
            return [Scope(Q(), is_faceted=True, ranked={})]
        return [Scope(Q(user_id=self.viewer.pk), is_faceted=True)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: neither prompt nor parameters nor the error's text."""
        return queryset.select_related("user", "result").only(
            *("job_type", "status", "created_at", "started_at", "finished_at", "user__username"),
            *("result__is_private", "result__creator_id"),
        )
