"""What lists of content can be filtered by; every parameter is documented in docs/api.md."""

from functools import cached_property

from django.db.models import QuerySet
from django.db.models.lookups import GreaterThanOrEqual
from django_filters import CharFilter, ChoiceFilter

from content.models import QUALITY_KEY, ContentItem, ContentType, Source
from content.querysets import ContentItemQuerySet
from content.searches import LONGEST, Search, read
from genonaut.pagination.filters import MAX_ID, AllOfFilter, FloatFilter, ListFilterSet, MomentFilter
from users.models import User


class ContentFilter(ListFilterSet):
    """Filters of the gallery and of the content endpoints."""

    q = CharFilter(method="search", label="Search", max_length=LONGEST)
    content_type = ChoiceFilter(choices=ContentType, label="Type", empty_label="Any type")
    source = ChoiceFilter(choices=Source, label="Made by", empty_label="Anyone")
    creator = CharFilter(method="by_creator", label="Creator", max_length=150)
    tag = AllOfFilter(field_name="search_words", lookup_expr="tagged", label="Tag", max_length=100)
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="Created from")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Created before")
    min_quality = FloatFilter(method="at_least", lookup_expr="gte", label="Quality from", min_value=0, max_value=1)

    class Meta:
        model = ContentItem
        fields: tuple[str, ...] = ()

    @cached_property
    def searched(self) -> Search:
        """What the search says to the database. One query."""
        return read(self.cleaned_data.get("q", ""))

    def search(self, queryset: ContentItemQuerySet, _name: str, _value: str) -> QuerySet:
        """Keep items that show the words of the search. One query."""
        return queryset.filter(self.searched.condition)

    @cached_property
    def creator_id(self) -> int | None:
        """The id of the creator that is named by username or id; None if no active account has the name. One query for
        a username."""
        value = self.cleaned_data["creator"]
        if value.isascii() and value.isdigit():
            return int(value) if int(value) <= MAX_ID else None
        return User.objects.filter(username=value, is_active=True).values_list("pk", flat=True).first()

    def by_creator(self, queryset: ContentItemQuerySet, _name: str, _value: str) -> QuerySet:
        """Keep the items of one creator. One query.

        The id is looked up first, so that the planner sees whose rows it counts.
        """
        return queryset.none() if self.creator_id is None else queryset.filter(creator_id=self.creator_id)

    def at_least(self, queryset: ContentItemQuerySet, _name: str, value: float) -> QuerySet:
        """Keep items of at least this quality, by the expression that is indexed."""
        return queryset.filter(GreaterThanOrEqual(QUALITY_KEY, value))
