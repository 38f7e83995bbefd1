"""References to an item: for a viewer who may not see the item, serializer fields and exports say nothing of it.

Their row is loaded with the item's `is_private`, `trashed_at` and `creator_id`: they run no query.
"""

from typing import Any

from django.db.models import Case, Expression, F, Model, Q, When
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers

from content.models import ContentItem
from genonaut.api.database_json import IS_STAFF, VIEWER
from genonaut.api.fields import ReferenceField
from users.models import User


def shown_item(field: serializers.Field, row: Model, reference: str) -> ContentItem | None:
    """Return the item that a row refers to, None if there is none or the viewer of the field does not see it."""
    item = getattr(row, reference)
    return item if item is not None and item.is_visible_to(field.context["request"].user) else None


# What an item that a row refers to is loaded with, below its reference, for `known_id`.
KNOWN_BY = ("is_private", "trashed_at", "creator_id")


def known_id(item: ContentItem | None, account: User) -> int | None:
    """Return the id of an item that an account sees or made, as in its trash; None of any other. No query."""
    is_known = item is not None and (item.is_visible_to(account) or item.is_of(account))
    return item.pk if is_known else None


def fields_of(*references: str) -> list[str]:
    """Return the paths of what the items behind some references are loaded with, for `only`."""
    return [f"{reference}__{name}" for reference in references for name in KNOWN_BY]


def if_shown(reference: str, shown: Expression | F) -> Case:
    """Return an expression over the item behind a reference, NULL where `visible_to` the viewer would not keep it."""
    public = Q(**{f"{reference}__is_private": False})
    own = Q(**{f"{reference}__creator": VIEWER, f"{reference}__trashed_at": None})
    return Case(When(public | own | Q(IS_STAFF), then=shown))


class ItemField(ReferenceField):
    """The id of an item."""

    def get_attribute(self, instance: Model) -> ContentItem | None:
        """Return the item, if the viewer sees it."""
        return shown_item(self, instance, self.source)

    def database_json(self, reference: F) -> Case:
        """Return the same in SQL."""
        return if_shown(reference.name, F(f"{reference.name}_id"))


class ItemTitleField(serializers.CharField):
    """The title of an item that a reference leads to, as in source="content.title"."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def get_attribute(self, instance: Model) -> str | None:
        """Return the title, if the viewer sees the item."""
        item = shown_item(self, instance, self.source_attrs[0])
        return item and item.title

    def database_json(self, title: F) -> Case:
        """Return the same in SQL."""
        return if_shown(title.name.rpartition("__")[0], title)


class ItemFieldSchema(OpenApiSerializerFieldExtension):
    """How the schema describes an ItemField: an answer may hold null, a request names an item."""

    target_class = ItemField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema of the id."""
        # Of one that may be null the library says so itself.
        is_hidden_null = direction == "response" and not self.target.allow_null
        return {"type": ["integer", "null"] if is_hidden_null else "integer"}
