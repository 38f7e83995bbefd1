"""What the list of interactions can be filtered by."""

from django_filters import ChoiceFilter

from genonaut.pagination.filters import IdFilter, IntegerFilter, ListFilterSet, MomentFilter
from interactions.models import Interaction, Kind


class InteractionFilter(ListFilterSet):
    """Filters of the interactions endpoint."""

    kind = ChoiceFilter(choices=Kind, label="Kind")
    content = IdFilter(field_name="content_id", label="Item (id)")
    user = IdFilter(field_name="user_id", label="User (id)")
    rating = IntegerFilter(label="Rating", min_value=1, max_value=5)
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="From")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Before")

    class Meta:
        model = Interaction
        fields: tuple[str, ...] = ()


class CommentFilter(ListFilterSet):
    """Filters of the comments on an item; its page fixes the item."""

    content = IdFilter(field_name="content_id", label="Item (id)")

    class Meta:
        model = Interaction
        fields: tuple[str, ...] = ()


class AnswerFilter(ListFilterSet):
    """Filters of the answers to a comment; its page fixes the comment."""

    parent = IdFilter(field_name="parent_id", label="Comment (id)")

    class Meta:
        model = Interaction
        fields: tuple[str, ...] = ()
