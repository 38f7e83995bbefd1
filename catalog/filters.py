"""What the lists of tags and of creators can be filtered by."""

from django_filters import CharFilter

from catalog.lookups import Begins
from catalog.models import Creator, Tag
from genonaut.pagination.filters import ListFilterSet

LONGEST = 150


class TagFilter(ListFilterSet):
    """Filters of tags."""

    q = CharFilter(
        field_name="search_words", lookup_expr=Begins.lookup_name, label="Words begin with", max_length=LONGEST
    )

    class Meta:
        model = Tag
        fields: tuple[str, ...] = ()


class CreatorFilter(ListFilterSet):
    """Filters of creators."""

    q = CharFilter(
        field_name="search_words", lookup_expr=Begins.lookup_name, label="Names begin with", max_length=LONGEST
    )

    class Meta:
        model = Creator
        fields: tuple[str, ...] = ()
