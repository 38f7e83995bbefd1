"""The filters of the list of generation jobs."""

from django_filters import ChoiceFilter, UUIDFilter

from content.models import ContentType
from generation.models import GenerationJob, Status
from genonaut.pagination.filters import IdFilter, ListFilterSet, MomentFilter


class GenerationJobFilter(ListFilterSet):
    """Filters of the generation jobs endpoint."""

    status = ChoiceFilter(choices=Status, label="Status")
    job_type = ChoiceFilter(choices=ContentType, label="Type")
    user = IdFilter(field_name="user_id", label="User (id)")
    batch = UUIDFilter(label="Batch")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="From")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Before")

    class Meta:
        model = GenerationJob
        fields: tuple[str, ...] = ()
