"""What the API says of items, on cards and whole, and of works like one."""

from typing import Any

from django.db import IntegrityError, transaction
from rest_framework import serializers

from content.blurring import level_of_new
from content.file_fields import FileField, PictureField, PlaceholderField, ThumbnailsField
from content.hidden_prompts import values_of_hidden
from content.item_fields import (
    CountedStackField,
    CreatorSerializer,
    LikeCountField,
    SeedField,
    StackField,
    StackSizeField,
)
from content.models import PROMPT_LIMIT, AutoContentItem, ContentItem
from content.similar import Reason
from genonaut.api.fields import (
    JSONObjectField,
    LongTextField,
    StrictSerializer,
    TextsField,
)
from media.api import GenerationField
from media.thumbnails import GRID, LARGE
from users.level_fields import LevelField
from users.levels import LEVEL_NAMES
from users.querysets import is_staff


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

    def get_initial(self) -> dict[str, Any]:
        """Return what a form for a new item begins with: privacy and level are as the viewer prefers."""
        initial, user = super().get_initial(), self.context["request"].user
        if hasattr(self, "initial_data") or not user.is_authenticated:
            return initial
        return {**initial, "is_private": user.keeps_private, "level": LEVEL_NAMES[level_of_new(user)]}

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
        """Change an item; if it begins to hide its prompt, a title and tags that were made of it are taken off.

        Raises ValidationError if it is hidden or moved to the trash meanwhile.
        """
        try:
            with transaction.atomic():
                changed = super().update(instance, values_of_hidden(instance, validated_data))
        except IntegrityError:
            instance.refresh_from_db(fields=("trashed_at", "held_at", "least_level"))
            self._check_kept(instance, validated_data)
            raise
        if changed.generation_id is not None:
            # The trigger may have put it into another one.
            row = ContentItem.objects.for_details().filter(pk=changed.pk).values_list("stack", "stack_size").first()
            changed.stack, changed.stack_size = row or (None, 1)
        return changed

    def validate_tags(self, value: list[str]) -> list[str]:
        """Return each tag once, in the order given."""
        return list(dict.fromkeys(value))

    def _check_kept(self, item: ContentItem, values: dict[str, Any]) -> None:
        """Raise ValidationError if a work is to be public, or at a level, that the trash or moderators keep it from."""
        if reasons := item.refusals(values):
            raise serializers.ValidationError({name: [reason] for name, reason in reasons.items()})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check what the trash and moderators keep, and a quality score that is not the viewer's to write as any other:
        sent back as it was, it is ignored."""
        if self.instance is not None:
            self._check_kept(self.instance, attrs)
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
