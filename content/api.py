"""The content endpoints: the gallery's items, and the automatic ones alone."""

from copy import copy
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from content.blurring import level_of_new
from content.file_fields import FileField, PictureField, PlaceholderField, ThumbnailsField, WorkField
from content.hidden_prompts import values_of_hidden
from content.listings import AutoContentListing, ContentListing
from content.models import IN_TRASH, PROMPT_LIMIT, AutoContentItem, ContentItem, ContentType
from content.owners import delete_item
from content.querysets import MOST_STACKED, NOT_COUNTED, LikeCount, StackSize
from content.similar import Reason, similar_to
from content.trash import move_to_trash
from content.uploading import Offer, RefusedFileError, take_file
from genonaut.api.database_json import BuiltObject
from genonaut.api.fields import (
    JSONObjectField,
    LongTextField,
    Messages,
    ReadsAllFields,
    StrictSerializer,
    TextsField,
    TrueFalseField,
)
from genonaut.api.viewsets import ListingViewSet
from genonaut.http.large_bodies import FILE_PART
from genonaut.whole_numbers import LARGEST, RULE, read_whole_number
from media.api import GenerationField
from media.thumbnails import GRID, LARGE
from users.level_fields import LevelField
from users.models import User
from users.querysets import is_staff


class CreatorSerializer(serializers.ModelSerializer):
    """Who made an item; null if the account is deactivated, as if it were deleted."""

    class Meta:
        model = User
        fields = ("id", "username", "name")
        read_only_fields = fields

    def to_representation(self, instance: User) -> dict[str, Any] | None:
        """Return the account's public fields, or None if it is deactivated."""
        return super().to_representation(instance) if instance.is_active else None

    def database_json(self, creator: F) -> Case:
        """Return the same in SQL."""
        account = BuiltObject({name: F(f"{creator.name}__{name}") for name in self.Meta.fields})
        return Case(When(**{f"{creator.name}__is_active": True}, then=account))


@extend_schema_field({"type": "integer", "minimum": 0})
class LikeCountField(WorkField):
    """How many like a work."""

    def to_representation(self, value: ContentItem) -> int:
        """Return the count that was read with the work; nothing likes one that was just made."""
        return value.known_likes

    def database_json(self, row: F) -> LikeCount:
        """Return the same in SQL."""
        return LikeCount(row.name)


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,19}$"})
class StackField(WorkField):
    """The stack of a work, as `?stack=` takes it: a text, since its digits are more than JavaScript's numbers keep.

    Null of a work that is alone.
    """

    def to_representation(self, value: ContentItem) -> str | None:
        """Return its digits."""
        return None if value.stack is None else str(value.stack)

    def database_json(self, row: F) -> Cast:
        """Return the same in SQL."""
        return Cast(f"{row.name}stack", TextField())


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MOST_STACKED})
class StackSizeField(WorkField):
    """How many works the stack of a work has, counted up to 100; null in lists that show no stacks."""

    def to_representation(self, value: ContentItem) -> int | None:
        """Return the count that was read with the work."""
        return value.known_stack_size

    def database_json(self, _row: F) -> Value:
        """Return null, as in lists that show no stacks."""
        return NOT_COUNTED


class CountedStackField(StackSizeField):
    """The same in a list of stacks."""

    def database_json(self, row: F) -> StackSize:
        """Return the same in SQL."""
        return StackSize(row.name)


class ContentCardSerializer(StrictSerializer):
    """What a card shows of an item: nothing long."""

    # Null once the account is deleted, and of a library without an owner.
    creator = CreatorSerializer(read_only=True, allow_null=True)
    like_count = LikeCountField()
    stack = StackField(allow_null=True)
    stack_size = StackSizeField(allow_null=True)
    level = LevelField(required=False)
    picture = PictureField(GRID[0])
    file = FileField(allow_null=True)
    thumbnails = ThumbnailsField()
    placeholder = PlaceholderField(allow_null=True)

    class Meta:
        model = ContentItem
        fields = (
            "id",
            "title",
            "content_type",
            "source",
            "creator",
            "quality_score",
            "like_count",
            "stack",
            "stack_size",
            "level",
            "is_private",
            "hides_prompt",
            "picture",
            "file",
            "thumbnails",
            "placeholder",
            "created_at",
        )


class StackCardSerializer(ContentCardSerializer):
    """What a card of a list of stacks shows of an item."""

    stack_size = CountedStackField()


class SeedField(serializers.IntegerField):
    """A seed in all its digits: a number, which may also be sent as a text of digits."""

    json_types = (int, float, str)
    default_error_messages = {"invalid": f"{RULE.capitalize()}."}

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(min_value=0, max_value=LARGEST, **kwargs)

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 - any JSON
        """Return the number. Raises ValidationError."""
        try:
            return read_whole_number(data)
        except ValueError as error:
            raise serializers.ValidationError(f"{str(error).capitalize()}.") from error


class SeedFieldSchema(OpenApiSerializerFieldExtension):
    """How the schema describes a seed: an answer holds a number, a request a number or its digits."""

    target_class = SeedField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema of the seed."""
        number = {"type": "integer", "minimum": 0, "maximum": LARGEST}
        if direction == "response":
            return {**number, "type": ["integer", "null"]}
        digits = {"type": "string", "pattern": r"^\s*[0-9]{1,20}\s*$"}
        return {"anyOf": [number, digits]}


# What an item says to viewers from whom its prompt is hidden. The `source_id` of an import may be a hash of its prompt.
WITHOUT_PROMPT = {"prompt": "", "metadata": {}, "seed": None, "generation": None, "source_id": None}


class ContentItemSerializer(ContentCardSerializer):
    """All of an item. Only staff write `quality_score`.

    Where the prompt is hidden, `prompt` and `metadata` are empty, and `seed`, `generation` and `source_id` null.
    """

    stack_size = StackSizeField()
    picture = PictureField(LARGE)
    metadata = JSONObjectField(required=False)
    tags = TextsField(max_length=100, max_text_length=100, required=False)
    data = LongTextField(max_length=1_000_000, required=False, allow_blank=True)
    prompt = LongTextField(max_length=PROMPT_LIMIT, required=False, allow_blank=True)
    seed = SeedField(source="exact_seed", required=False)
    generation = GenerationField(read_only=True, allow_null=True)
    written_by = {"exact_seed": ("seed", "generation_seed")}

    class Meta(ContentCardSerializer.Meta):
        fields = (
            *ContentCardSerializer.Meta.fields,
            "prompt",
            "data",
            "metadata",
            "tags",
            "seed",
            "generation",
            "source_id",
            "updated_at",
        )
        read_only_fields = ("source", "source_id", "created_at", "updated_at")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; only staff (and the scoring behind them) write the quality score."""
        fields = super().get_fields()
        fields["quality_score"].read_only = not is_staff(self.context["request"].user)
        return fields

    def to_representation(self, instance: ContentItem) -> dict[str, Any]:
        """Return what the viewer may know."""
        shown = super().to_representation(instance)
        return shown if instance.shows_prompt_to(self.context["request"].user) else {**shown, **WITHOUT_PROMPT}

    def update(self, instance: ContentItem, validated_data: dict[str, Any]) -> ContentItem:
        """Change an item; if it begins to hide its prompt, a title and tags that were made of it are taken off."""
        changed = super().update(instance, values_of_hidden(instance, validated_data))
        if changed.generation_id is not None:
            # The trigger may have put it into another one.
            row = ContentItem.objects.for_details().filter(pk=changed.pk).values_list("stack", "stack_size").first()
            changed.stack, changed.stack_size = row or (None, 1)
        return changed

    def validate_tags(self, value: list[str]) -> list[str]:
        """Return each tag once, in the order given."""
        return list(dict.fromkeys(value))

    def validate_is_private(self, value: bool) -> bool:
        """Return it, if it is not to make a work public that is in the trash. Raises ValidationError."""
        if self.instance is not None and self.instance.trashed_at is not None and not value:
            raise serializers.ValidationError(IN_TRASH)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check a quality score that is not the viewer's to write as any other: sent back as it was, it is ignored."""
        name = "quality_score"
        if self.fields[name].read_only and name in self.initial_data:
            score = super().get_fields()[name]
            score.bind(name, self)
            try:
                score.run_validation(score.get_value(self.initial_data))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({name: error.detail}) from error
        return super().validate(attrs)


class AutoContentItemSerializer(ContentItemSerializer):
    """All of an automatic item."""

    class Meta(ContentItemSerializer.Meta):
        model = AutoContentItem


class SimilarWorkSerializer(serializers.Serializer):
    """A work like another, and why. `distance`: the bits that its picture differs in, of 64."""

    item = ContentCardSerializer()
    reason = serializers.ChoiceField([reason.value for reason in Reason])
    distance = serializers.IntegerField(allow_null=True, min_value=0)
    reposts = serializers.IntegerField(min_value=0, help_text="Other works of the same file, which are left out.")


class SimilarWorksSerializer(serializers.Serializer):
    """Works like one, those most alike first. `is_complete`: there are no more."""

    items = SimilarWorkSerializer(many=True)
    is_complete = serializers.BooleanField()


class FileFieldsSerializer(ReadsAllFields, serializers.Serializer):
    """What is said of a file that is to be an item; the rest is made of what its generator wrote."""

    title = serializers.CharField(max_length=300, required=False, allow_blank=True)
    prompt = LongTextField(max_length=PROMPT_LIMIT, required=False, allow_blank=True)
    tags = TextsField(max_length=100, max_text_length=100, required=False)
    level = LevelField(required=False)
    is_private = TrueFalseField(required=False)
    hides_prompt = TrueFalseField(required=False)

    def validate_tags(self, value: list[str]) -> list[str]:
        """Return each tag once, in the order given."""
        return list(dict.fromkeys(value))


class FileItemSerializer(FileFieldsSerializer):
    """A form with a file. Its type is the file's own."""

    file = serializers.FileField(max_length=None, allow_empty_file=True)
    content_type = serializers.ChoiceField(ContentType.choices, required=False)

    def _repeated(self, name: str, form: QueryDict) -> Messages:
        """Return what is wrong with a field that a form gives twice; of files some may belong to another."""
        return None if name == FILE_PART else super()._repeated(name, form)

    def get_initial(self) -> dict[str, Any]:
        """Return no values: a form begins empty."""
        return {}


def said_of_file(form: QueryDict) -> QueryDict:
    """Return what a browser's form says of a file: it sends all fields of an item, and empty ones say nothing.

    The copy is shallow: an open file cannot be copied.
    """
    said = copy(form)
    unread = set(ContentItemSerializer.Meta.fields) - set(FileItemSerializer().fields)
    for name in [name for name, value in form.items() if name in unread or value == ""]:
        del said[name]
    return said


class ItemFormSerializer(ContentItemSerializer):
    """The browsable API's form of a new item: it may hold a file."""

    file = serializers.FileField(
        required=False,
        write_only=True,
        help_text="Its type, title, prompt and tags are read from it.",
    )

    class Meta(ContentItemSerializer.Meta):
        fields = tuple(dict.fromkeys((FILE_PART, *ContentItemSerializer.Meta.fields)))


class ContentViewSet(ListingViewSet):
    """Items of the gallery. Public ones are for all; members add their own and change them."""

    listing = ContentListing
    serializer_class = ContentItemSerializer
    list_serializer_class = ContentCardSerializer
    # By action, of forms that hold a file; for the schema.
    form_serializers = MappingProxyType({"create": FileItemSerializer})
    owner_field = "creator_id"

    def plain_list(self, request: HttpRequest) -> HttpResponseBase:
        """Return one page of the list as JSON, with the works of each stack counted if it shows stacks."""
        self.list_serializer_class = StackCardSerializer if request.GET.get("stacks") else ContentCardSerializer
        return super().plain_list(request)

    def get_queryset(self) -> QuerySet:
        """Return the visible items with all that their page shows."""
        return super().get_queryset().for_details()

    @extend_schema(responses={200: SimilarWorksSerializer})
    @action(detail=True)
    def similar(self, request: Request, pk: str) -> Response:
        """Return works of the same file, of near pictures, of the same prompt, and of the same model and rare tags."""
        sections = similar_to(self.get_object(), request.user)
        works = [work for section in sections for work in section.works]
        body = {"items": works, "is_complete": not any(section.is_capped for section in sections)}
        return Response(SimilarWorksSerializer(body, context=self.get_serializer_context()).data)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Return the serializer; a form for browsers offers to send a file."""
        is_form = self.action == "create" and self.form_serializers and self.is_browsed
        return ItemFormSerializer if is_form else super().get_serializer_class()

    @property
    def is_browsed(self) -> bool:
        """Whether a browser is answered, whose form sends all of its fields, empty ones too."""
        return getattr(getattr(self.request, "accepted_renderer", None), "format", None) == "api"

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Add an item: from fields, or from a file with what its generator wrote.

        200 and the item that is there if the viewer has one of that file already.
        """
        if FILE_PART not in request.FILES:
            return super().create(request, *args, **kwargs)
        file = request.FILES[FILE_PART]
        fields = self.fields_of_file(request)
        return self.created_from(Offer(file.file, Path(file.file.name), file.name, request.user, **fields))

    def fields_of_file(self, request: Request) -> dict[str, Any]:
        """Return what a form says of its file. Raises ValidationError."""
        data = said_of_file(request.data) if self.is_browsed else request.data
        form = FileItemSerializer(data=data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        fields = {name: value for name, value in form.validated_data.items() if name not in (FILE_PART, "content_type")}
        fields |= self.preferred_fields()
        return {**fields, "tags": tuple(fields["tags"])} if fields.get("tags") else {**fields, "tags": None}

    def created_from(self, offer: Offer) -> Response:
        """Make an item of a file and return the answer. Raises ValidationError."""
        try:
            taken = take_file(offer)
        except RefusedFileError as error:
            raise serializers.ValidationError({FILE_PART: [str(error)]}) from error
        item = self.get_queryset().get(pk=taken.item_id)
        address = self.reverse_action("detail", args=[item.pk])
        status = 201 if taken.is_new else 200
        return Response(self.get_serializer(item).data, status, headers={"Content-Location": address})

    def perform_create(self, serializer: ContentItemSerializer) -> None:
        """Create the item as the viewer's own."""
        serializer.save(creator=self.request.user, **self.preferred_fields())

    def preferred_fields(self) -> dict[str, Any]:
        """Return privacy and level as the viewer prefers them for new items, but for what the request says: a browser's
        form always does."""
        user = self.request.user
        preferred = {"is_private": user.keeps_private, "level": level_of_new(user)}
        unsaid = preferred.keys() - self.request.data.keys()
        return {} if self.is_browsed else {name: value for name, value in preferred.items() if name in unsaid}

    def perform_destroy(self, instance: ContentItem) -> None:
        """Move the item to its owner's trash; staff delete it, and what people did with it goes in batches."""
        if is_staff(self.request.user):
            delete_item(instance)
        else:
            move_to_trash(ContentItem.objects.filter(pk=instance.pk))


class AutoContentViewSet(ContentViewSet):
    """Automatic items. Public ones are for all; staff (and the generator as staff) add them."""

    form_serializers = MappingProxyType({})
    listing = AutoContentListing
    serializer_class = AutoContentItemSerializer
    # At /api/v1/content/: works like an automatic one need not be automatic.
    similar = None

    def get_permissions(self) -> list[Any]:
        """Return the permissions: only staff add automatic items."""
        return [IsAdminUser()] if self.action == "create" else super().get_permissions()
