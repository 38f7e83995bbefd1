"""What a kept statement leaves open until it runs, as the ORM knows it."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field
from django.db.models.sql.compiler import SQLCompiler

from genonaut.ranking import Slot


class Open(Expression):
    """A slot as an SQL parameter."""

    def __init__(self, slot: Slot, output_field: Field) -> None:
        super().__init__(output_field)
        self.slot = slot

    def as_sql(self, _compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Return a placeholder, and the slot where its value will be."""
        return "%s", [self.slot]
