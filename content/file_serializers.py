"""Forms of the API that hold a file which is to be an item."""

from copy import copy
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from content.models import PROMPT_LIMIT, ContentType
from content.serializers import ContentItemSerializer
from genonaut.api.fields import (
    LongTextField,
    Messages,
    ReadsAllFields,
    TextsField,
    TrueFalseField,
)
from genonaut.http.large_bodies import FILE_PART
from users.level_fields import LevelField


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
