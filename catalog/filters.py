"""What the lists of tags, creators and models can be filtered by."""

from django_filters import CharFilter, ChoiceFilter

from catalog.lookups import Begins
from catalog.models import Creator, Tag, UsedModel
from genonaut.pagination.filters import ListFilterSet
from media.models import ModelKind

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


class ModelFilter(ListFilterSet):
    """Filters of models."""

    q = CharFilter(
        field_name="search_words", lookup_expr=Begins.lookup_name, label="Names begin with", max_length=LONGEST
    )
    kind = ChoiceFilter(choices=ModelKind, label="Kind", empty_label="Models and LoRAs")

    class Meta:
        model = UsedModel
        fields: tuple[str, ...] = ()
