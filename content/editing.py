"""Changing a work, so that no change that was made meanwhile is lost unseen."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from content.hidden_prompts import values_of_hidden
from content.models import ContentItem


class ChangedMeanwhileError(Exception):
    """The item has changed since its values were read. `item` is as it is now, `names` which values would be lost."""

    def __init__(self, item: ContentItem, names: list[str]) -> None:
        super().__init__(f"Item {item.pk} has changed.")
        self.item = item
        self.names = names


@transaction.atomic
def change_item(pk: int, values: Mapping[str, object], *, read_at: datetime) -> None:
    """Write the values that differ from an item's own, read when its `updated_at` was `read_at`. Two queries; three
    if they begin to hide its prompt.

    Raises ChangedMeanwhileError, and ContentItem.DoesNotExist.
    """
    item = ContentItem.objects.select_for_update().defer("search_words").get(pk=pk)
    changed = [name for name, value in values.items() if getattr(item, name) != value]
    if not changed:
        return
    if item.updated_at != read_at:
        raise ChangedMeanwhileError(item, changed)
    kept = values_of_hidden(item, {name: values[name] for name in changed})
    for name, value in kept.items():
        setattr(item, name, value)
    item.save(update_fields=[*kept, "updated_at"])
