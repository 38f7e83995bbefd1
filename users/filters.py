"""What the list of users can be filtered by."""

from django.db.models import QuerySet
from django_filters import CharFilter

from genonaut.pagination.filters import ListFilterSet, MomentFilter, TrueFalseFilter
from users.models import User
from users.querysets import UserQuerySet


class UserFilter(ListFilterSet):
    """Filters of the users endpoint."""

    q = CharFilter(method="by_start", label="Username begins with", max_length=150)
    username = CharFilter(method="by_name", label="Username", max_length=150)
    is_active = TrueFalseFilter(label="Active")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="Joined from")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Joined before")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def by_start(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        """Keep users whose username begins with this text."""
        return queryset.filter(username__startswith=value)

    def by_name(self, queryset: UserQuerySet, _name: str, value: str) -> UserQuerySet:
        """Keep the user of this name, in any case."""
        return queryset.named(value)
