"""What lists of content can be filtered by; every parameter is documented in docs/api.md."""

import unicodedata
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db.models import QuerySet
from django.db.models.lookups import GreaterThanOrEqual
from django.forms import CharField
from django_filters import CharFilter, ChoiceFilter
from django_filters.fields import ChoiceField
from django_filters.filters import Filter

from content.indexes import QUALITY_KEY
from content.models import ContentItem, ContentType, Source
from content.parameters import ASPECTS, NUMBERS, NumberRange, in_library, made_with, models_named, read_range
from content.querysets import ContentItemQuerySet
from content.searches import LONGEST, Search, read
from genonaut.pagination.filters import (
    MAX_ID,
    AllOfFilter,
    FloatFilter,
    IntegerFilter,
    ListFilterSet,
    MomentFilter,
    TrueFalseFilter,
)
from genonaut.whole_numbers import read_whole_number
from media.models import ModelKind
from media.naming import LONGEST_NAME
from users.levels import Level, level_named
from users.models import User
from users.querysets import is_account_id


class WordFilter(CharFilter):
    """A text that the work's generator said, whatever its case."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        """Keep the works of which it said so."""
        return queryset.filter(search_words__said=[f"{self.field_name}:{value}"]) if value else queryset


class AspectFilter(ChoiceFilter):
    """The shape of a work: portrait, square or landscape."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        """Keep the works of this shape."""
        return queryset.filter(search_words__said=[f"aspect:{value}"]) if value else queryset


class LevelField(ChoiceField):
    """A level by its name."""

    def clean(self, value: str | None) -> Level | None:
        """Return the level. Raises ValidationError."""
        name = super().clean(value)
        return level_named(name) if name else None


class LevelFilter(ChoiceFilter):
    """How explicit a work is: of the levels that the list shows one."""

    field_class = LevelField


class SaysFilter(TrueFalseFilter):
    """Whether a work has something: a word of its search index."""

    def __init__(self, word: str, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**kwargs)
        self.word = word

    def filter(self, queryset: QuerySet, value: bool | str) -> QuerySet:
        """Keep the works that have it, or those that have it not."""
        if value in EMPTY_VALUES:
            return queryset
        return queryset.filter(search_words__finds=f"{'' if value else '!'}'={self.word}'")


class RangeField(CharField):
    """A number or a range of numbers, as 20..30."""

    def clean(self, value: str | None) -> NumberRange | None:
        """Return the range. Raises ValidationError."""
        text = super().clean(value)
        try:
            return read_range(text) if text else None
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error


class RangeFilter(Filter):
    """Numbers that the work's generator said: `20`, `20..30`, `20..` or `..30`."""

    field_class = RangeField

    def filter(self, queryset: QuerySet, value: NumberRange | None) -> QuerySet:
        """Keep the works whose number lies in the range."""
        return queryset.filter(search_words__finds=value.query(self.field_name)) if value else queryset


class AtLeastFilter(IntegerFilter):
    """The least width or height."""

    def __init__(self, number: str, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**kwargs)
        self.number = number

    def filter(self, queryset: QuerySet, value: int | None) -> QuerySet:
        """Keep the works that are at least so wide or high."""
        if value is None:
            return queryset
        return queryset.filter(search_words__finds=NumberRange(value, None).query(self.number))


class SeedField(CharField):
    """A seed in all its digits."""

    def clean(self, value: str | None) -> int | None:
        """Return the number. Raises ValidationError."""
        text = super().clean(value)
        try:
            return read_whole_number(text) if text else None
        except ValueError as error:
            raise ValidationError(f"{str(error).capitalize()}.", code="invalid") from error


class SeedFilter(Filter):
    """The seed that the work's generator drew."""

    field_class = SeedField

    def filter(self, queryset: QuerySet, value: int | None) -> QuerySet:
        """Keep the works of this seed."""
        return queryset if value is None else queryset.filter(search_words__finds=f"'=seed:{value}'")


class LeadersFilter(ChoiceFilter):
    """Whether a list shows stacks: of each its leader."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        """Keep the works that lead their stacks, if asked for, and those that are alone."""
        return queryset.filter(leads_stack=True) if value else queryset


class SearchField(CharField):
    """A search, no longer once its letters are unfolded: one of Unicode's may stand for eighteen."""

    def clean(self, value: str | None) -> str:
        """Return the search. Raises ValidationError."""
        text = super().clean(value)
        if not text.isascii() and len(unicodedata.normalize("NFKC", text)) > LONGEST:
            raise ValidationError(f"Must have at most {LONGEST:,} characters, also unfolded.", code="max_length")
        return text


class SearchFilter(CharFilter):
    """Words, and filters by name, as people type them."""

    field_class = SearchField


class ContentFilter(ListFilterSet):
    """Filters of the gallery and of the content endpoints."""

    q = SearchFilter(method="search", label="Search", max_length=LONGEST)
    content_type = ChoiceFilter(choices=ContentType, label="Type", empty_label="Any type")
    source = ChoiceFilter(choices=Source, label="Made by", empty_label="Anyone")
    level = LevelFilter(
        choices=[(level.name.lower(), level.label) for level in Level], label="Level", empty_label="Any level"
    )
    creator = CharFilter(method="by_creator", label="Creator", max_length=150)
    tag = AllOfFilter(field_name="search_words", lookup_expr="tagged", label="Tag", max_length=100)
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="Created from")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Created before")
    min_quality = FloatFilter(method="at_least", lookup_expr="gte", label="Quality from", min_value=0, max_value=1)
    model = CharFilter(method="by_model", label="Model", max_length=LONGEST_NAME)
    lora = AllOfFilter(method="by_lora", label="LoRA", max_length=LONGEST_NAME)
    sampler = WordFilter(label="Sampler", max_length=100)
    scheduler = WordFilter(label="Scheduler", max_length=100)
    generator = WordFilter(label="Generator", max_length=20)
    seed = SeedFilter(label="Seed")
    steps = RangeFilter(label="Steps")
    cfg = RangeFilter(label="CFG scale")
    min_width = AtLeastFilter("width", label="Width from", min_value=1, max_value=NUMBERS["width"].largest)
    min_height = AtLeastFilter("height", label="Height from", min_value=1, max_value=NUMBERS["height"].largest)
    aspect = AspectFilter(
        choices=[(aspect, aspect.capitalize()) for aspect in ASPECTS], label="Shape", empty_label="Any shape"
    )
    has_workflow = SaysFilter("workflow", label="Has a workflow")
    has_file = SaysFilter("file", label="Has a file")
    library = CharFilter(method="by_library", label="Library", max_length=100)
    stacks = LeadersFilter(choices=[("on", "One card for each")], label="Stacks", empty_label="Every work by itself")
    stack = IntegerFilter(label="Stack", min_value=0, max_value=MAX_ID)

    # Whether an id that names the creator is of an account that the list's view found.
    has_known_creator: ClassVar[bool] = False

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
        """The id of the creator that is named by username or id; None if no active account has it. One query, none if
        the view found the account.

        Staff name any account by its id, as the list of its profile does where works are selected.
        """
        if self.has_known_creator and self.names_creator_by_id:
            return int(self.cleaned_data["creator"])
        return self.named_creator.pk if self.named_creator else None

    @cached_property
    def named_creator(self) -> User | None:
        """The creator with id and username, as `creator_id` says. One query."""
        value = self.cleaned_data["creator"]
        if not self.names_creator_by_id:
            named = User.objects.named(value).filter(is_active=True)
        elif int(value) > MAX_ID:
            return None
        else:
            named = User.objects.visible_to(self.viewer).filter(pk=int(value))
        return named.only("username").first()

    @property
    def names_creator_by_id(self) -> bool:
        """Whether the creator is named by id."""
        return is_account_id(self.cleaned_data["creator"])

    @property
    def model_ids(self) -> list[int]:
        """The ids that the model or the one LoRA stands for; none for several LoRAs. One or two queries."""
        values = self.cleaned_data
        if "model" in values:
            return self._models_named(ModelKind.MODEL, values["model"])
        return self._models_named(ModelKind.LORA, *values["lora"]) if len(values["lora"]) == 1 else []

    def _models_named(self, kind: ModelKind, name: str) -> list[int]:
        """Return their ids; asked for once a list."""
        if (kind, name) not in self._named_models:
            self._named_models[kind, name] = models_named(kind, name)
        return self._named_models[kind, name]

    @cached_property
    def _named_models(self) -> dict[tuple[ModelKind, str], list[int]]:
        return {}

    def by_creator(self, queryset: ContentItemQuerySet, _name: str, _value: str) -> QuerySet:
        """Keep the items of one creator. One query.

        The id is looked up first, so that the planner sees whose rows it counts.
        """
        return queryset.none() if self.creator_id is None else queryset.filter(creator_id=self.creator_id)

    def by_model(self, queryset: ContentItemQuerySet, _name: str, value: str) -> QuerySet:
        """Keep items that were made with a model. One or two queries."""
        return queryset.filter(search_words__finds=made_with(self._models_named(ModelKind.MODEL, value)))

    def by_lora(self, queryset: ContentItemQuerySet, _name: str, values: list[str]) -> QuerySet:
        """Keep items that were made with all of some LoRAs. One or two queries for each."""
        for value in values:
            queryset = queryset.filter(search_words__finds=made_with(self._models_named(ModelKind.LORA, value)))
        return queryset

    def by_library(self, queryset: ContentItemQuerySet, _name: str, value: str) -> QuerySet:
        """Keep items of a library, by its name or id. One query."""
        return queryset.filter(search_words__finds=in_library(value))

    def at_least(self, queryset: ContentItemQuerySet, _name: str, value: float) -> QuerySet:
        """Keep items of at least this quality, by the expression that is indexed."""
        return queryset.filter(GreaterThanOrEqual(QUALITY_KEY, value))


class PersonFilter(ContentFilter):
    """Filters of one account's works, which the view found: staff see those of accounts that are not active as well."""

    has_known_creator = True
