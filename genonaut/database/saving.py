"""Saving some fields of a row: the others may have changed in the database since it was read."""

from collections.abc import Iterable

from django.db import DatabaseError
from django.db.models import Model


def save_fields(row: Model, names: Iterable[str]) -> None:
    """Write these fields of a row that is there, and when it changed; no other is touched. One query.

    Saved whole, a work that is moved to the trash at the same moment would be out of it again, and a row that is
    deleted meanwhile would be made again. Raises the model's DoesNotExist for the latter.
    """
    times = [field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)]
    try:
        row.save(update_fields={*names, *times})
    except DatabaseError as error:
        # Django's own, which has no class: what the database refuses is of a subclass.
        if type(error) is not DatabaseError:
            raise
        raise type(row).DoesNotExist from error
