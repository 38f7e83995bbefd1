"""What the list of notices can be filtered by."""

from django_filters import ChoiceFilter

from genonaut.pagination.filters import ListFilterSet, TrueFalseFilter
from notices.models import Kind, Notice


class NoticeFilter(ListFilterSet):
    """Filters of notices."""

    kind = ChoiceFilter(choices=Kind, label="Kind")
    is_read = TrueFalseFilter(field_name="read_at", lookup_expr="isnull", exclude=True, label="Read")

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()
