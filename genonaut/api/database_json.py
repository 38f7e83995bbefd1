"""A list's items as JSON that PostgreSQL writes, the same that their serializer would: derived from it, field by field.

    reader = JSONReader(ContentCardSerializer, origin="https://example.org", viewer=viewer)
    ContentListing(viewer, query, read=reader).page().items

A field of a kind that is not known here is refused, so that no list is ever silently wrong. A field with a
representation of its own declares the same in SQL beside it: `database_json(value) -> Expression`.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Expression,
    ExpressionWrapper,
    F,
    Field,
    FloatField,
    ForeignKey,
    Func,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    TextField,
    UUIDField,
    When,
)
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler
from rest_framework import ISO_8601, serializers
from rest_framework.fields import empty
from rest_framework.settings import api_settings

from genonaut.pagination.list_rows import ListRows
from genonaut.pagination.param_expression import ParamExpression
from genonaut.ranking import SQL, ByteLRU, Param, PreparedQuery, rows_of

# To compose one with the ORM takes longer than to run it.
STATEMENTS: ByteLRU[PreparedQuery] = ByteLRU(1_000_000)

PKS = Param("primary keys of the page")
# Where addresses begin, as in https://example.org or https://example.org/gallery.
ORIGIN_PARAM = Param("origin")
ORIGIN = ParamExpression(ORIGIN_PARAM, TextField())
# The primary key of the viewer, NULL for an anonymous one, and whether staff is asking, who see everything.
VIEWER_PARAM = Param("viewer")
VIEWER = ParamExpression(VIEWER_PARAM, BigIntegerField())
IS_STAFF_PARAM = Param("viewer is staff")
IS_STAFF = ExpressionWrapper(ParamExpression(IS_STAFF_PARAM, BooleanField()), output_field=BooleanField())


class IsOnPage(Func):
    """Whether a primary key is one of the page's: one parameter, however many they are.

    As rows and not as an array, which a plan that is kept would look for in every partition of a table.
    """

    output_field = BooleanField()
    # As text: psycopg takes far longer to write an array.
    template = "%(expressions)s::bigint[]))"
    arg_joiner = " IN (SELECT unnest("

    def __init__(self) -> None:
        super().__init__(F("pk"), ParamExpression(PKS, IntegerField()))


class BuiltObject(Func):
    """A JSON object whose members keep their order; Django's own JSONObject is a jsonb, which sorts them."""

    output_field = JSONField()

    def __init__(self, members: dict[str, Expression | F]) -> None:
        super().__init__(*members.values())
        self.names = tuple(members)

    def as_sql(self, compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Compile the members under their names."""
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        members = (f"'{name}', {sql}" for name, (sql, _) in zip(self.names, compiled, strict=True))
        return f"json_build_object({', '.join(members)})", [param for _, params in compiled for param in params]


class Joined(Func):
    """Texts of which none is NULL, in a row. Django's Concat guards each against NULL: four times as long."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()


class Moment(Func):
    """A moment as DRF prints it: ISO 8601 in UTC, microseconds where there are any, in whatever zone the session is."""

    output_field = TextField()
    template = """to_char(%(expressions)s AT TIME ZONE 'UTC',
        CASE WHEN date_trunc('second', %(expressions)s) = %(expressions)s THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
        ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END)"""


@dataclass(frozen=True)
class JSONReader:
    """Reads what a page of a Listing shows as JSON texts; addresses in it begin with `origin`.

    A field may show less to some viewers, by the parameters VIEWER and IS_STAFF. A ranked page's own statement reads it
    along (row_readers.ItemsInSQL).
    """

    serializer_class: type[serializers.ModelSerializer]
    origin: str
    viewer: AbstractBaseUser | AnonymousUser

    @property
    def name(self) -> Hashable:
        """What its SQL depends on."""
        return self.serializer_class

    @property
    def values(self) -> dict[Param, Any]:
        """Values for what its SQL leaves open."""
        is_staff = getattr(self.viewer, "is_staff", False) and self.viewer.is_active
        return {ORIGIN_PARAM: self.origin, VIEWER_PARAM: self.viewer.pk, IS_STAFF_PARAM: is_staff}

    def __call__(self, rows: ListRows, pks: Sequence[Any]) -> dict[Any, str]:
        """Return the JSON of the rows that are still visible, by primary key. One query."""
        if not pks:
            return {}

        def compose() -> SQL:
            return self._of(rows.visible.filter(IsOnPage()))

        alias = rows.list_query.spec.model._default_manager.db
        values = {PKS: f"{{{','.join(map(str, pks))}}}", **self.values}
        key = rows.list_query.cache_key
        cache_key = None if key is None else (key, self.name)
        return dict(rows_of(alias, compose, values, cache=STATEMENTS, key=cache_key))

    def sql(self, rows: ListRows) -> SQL:
        """Return SQL of primary key and JSON of all rows that are visible."""
        return self._of(rows.visible)

    def _of(self, rows: QuerySet) -> SQL:
        sql, params = rows.values_list("pk", item_json(self.serializer_class)).query.sql_with_params()
        return SQL(sql, tuple(params))


@cache
def item_json(serializer_class: type[serializers.ModelSerializer]) -> Expression:
    """Return the JSON text of an item as an expression over its row.

    What such a serializer shows differs by viewer only as its fields say in SQL: it is asked without a request.
    Raises ImproperlyConfigured where PostgreSQL could not write what the serializer does.
    """
    return Cast(_object(serializer_class(), ""), TextField())


def _object(serializer: serializers.ModelSerializer, path: str) -> BuiltObject:
    """Return the serializer's object; `path` leads to its row, as in "creator__"."""
    if type(serializer).to_representation is not serializers.ModelSerializer.to_representation:
        raise ImproperlyConfigured(f"{type(serializer).__name__} writes more than its fields.")
    shown = [member for member in serializer.fields.values() if not member.write_only]
    return BuiltObject({member.field_name: _member(member, serializer.Meta.model, path) for member in shown})


def _member(shown: serializers.Field, model: type[Model], path: str) -> Expression | F:
    source = path + "__".join(shown.source_attrs)
    if shown.source == "*" and hasattr(shown, "database_json"):
        # Of the whole row: the path to its columns, as in "creator__".
        return shown.database_json(F(path))
    column = _column(shown, model)
    if hasattr(shown, "database_json"):
        return shown.database_json(F(source))
    if isinstance(shown, serializers.ModelSerializer):
        return Case(When(**{f"{source}__isnull": False}, then=_object(shown, f"{source}__")))
    if not isinstance(column, ALIKE.get(type(shown).to_representation, ())) or _is_adjusted(shown):
        raise _refusal(shown, f"a {type(column).__name__} as {type(shown).__name__}")
    return Moment(source) if isinstance(column, DateTimeField) else F(source)


# What writes a value in Python, and the columns for which PostgreSQL writes the same.
ALIKE = {
    serializers.IntegerField.to_representation: IntegerField,
    serializers.BigIntegerField.to_representation: IntegerField,
    serializers.FloatField.to_representation: FloatField,
    serializers.BooleanField.to_representation: BooleanField,
    serializers.CharField.to_representation: (CharField, TextField),
    serializers.ChoiceField.to_representation: CharField,
    serializers.DateTimeField.to_representation: DateTimeField,
    serializers.PrimaryKeyRelatedField.to_representation: ForeignKey,
    serializers.UUIDField.to_representation: UUIDField,
}


def _is_adjusted(shown: serializers.Field) -> bool:
    """Return whether field or settings ask for another form: numbers as text, moments not in ISO 8601 or UTC."""
    is_text = getattr(shown, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING)
    is_formatted = getattr(shown, "format", api_settings.DATETIME_FORMAT) != ISO_8601
    return is_text or is_formatted or hasattr(shown, "timezone") or settings.TIME_ZONE != "UTC"


def _column(shown: serializers.Field, model: type[Model]) -> Field:
    """Return the column that a serializer field shows, behind as many references as its source names."""
    *references, name = shown.source_attrs or ["*"]
    for reference in references:
        column = _own_column(shown, model, reference)
        # Without a row behind the reference DRF writes the default, and without a default leaves out the member.
        if column.null and not (shown.default is None or (shown.default is empty and shown.allow_null)):
            raise _refusal(shown, f"what is behind {reference}, which may be NULL, without default=None")
        model = column.related_model
    return _own_column(shown, model, name)


def _own_column(shown: serializers.Field, model: type[Model], name: str) -> Field:
    columns = {column.name: column for column in model._meta.concrete_fields}
    if name not in columns:
        raise _refusal(shown, f"{name}, which is no column of {model.__name__}")
    return columns[name]


def _refusal(shown: serializers.Field, what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{type(shown.parent).__name__}.{shown.field_name} shows {what}: PostgreSQL is not known to write the same. "
        "Declare its database_json, or teach genonaut.api.database_json that kind."
    )
