"""A parameter of a cached query as an expression of the ORM."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field
from django.db.models.sql.compiler import SQLCompiler

from genonaut.ranking import Param


class ParamExpression(Expression):
    """A Param in a query of the ORM."""

    def __init__(self, param: Param, output_field: Field) -> None:
        super().__init__(output_field)
        self.param = param

    def as_sql(self, _compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Return a placeholder, and the Param whose value is bound later."""
        return "%s", [self.param]
