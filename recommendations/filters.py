"""What the list of recommendations can be filtered by."""

from django_filters import CharFilter

from genonaut.pagination.filters import FloatFilter, IdFilter, ListFilterSet, MomentFilter, TrueFalseFilter
from recommendations.models import Recommendation


class RecommendationFilter(ListFilterSet):
    """Filters of the recommendations endpoint."""

    is_served = TrueFalseFilter(label="Served")
    algorithm = CharFilter(label="Algorithm version", max_length=50)
    content = IdFilter(field_name="content_id", label="Item (id)")
    user = IdFilter(field_name="user_id", label="User (id)")
    min_score = FloatFilter(field_name="score", lookup_expr="gte", label="Score from", min_value=0, max_value=1)
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="From")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Before")

    class Meta:
        model = Recommendation
        fields: tuple[str, ...] = ()
