"""The models of a ranking's own tables. They live in the app of the ranked model, whose migrations create them."""

import sys
from copy import copy

from django.db.models import BigAutoField, Field, Model, UniqueConstraint


def table_model(
    ranked: type[Model],
    suffix: str,
    table: str,
    *fields: dict[str, Field],
    constraints: list[UniqueConstraint] | None = None,
) -> type[Model]:
    """Define a model in the module of the ranked one, with some fields and an id of its own."""
    options = {
        "app_label": ranked._meta.app_label,
        "db_table": f"{ranked._meta.db_table}_{table}",
        "default_permissions": (),
        "constraints": constraints or [],
    }
    attributes = {
        "__module__": ranked.__module__,
        "__doc__": f"A table of the rankings of {ranked.__name__}.",
        "id": BigAutoField(primary_key=True),
        **{name: copy(field) for group in fields for name, field in group.items()},
        "Meta": type("Meta", (), options),
    }
    model = type(f"{ranked.__name__}{suffix}", (Model,), attributes)
    # Found by its name like any other model of the module.
    setattr(sys.modules[ranked.__module__], model.__name__, model)
    return model


def nullable(field: Field) -> Field:
    """Return a copy of a field that may be NULL."""
    column = copy(field)
    column.null = True
    return column
