"""Rankings declared on a model, and the tables that they bring along.

    class ContentItem(Model):
        rankings = Rankings(
            orders={"newest": ("created_at", "id"), "best": (QUALITY_KEY, "created_at", "id")},
            facets=("source", "content_type", "is_private"),
        )

A declaration adds models to the app, which migrations create: one table of deltas for all orders, one of nodes for
each. It adds the triggers that write the deltas (triggers.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.core.exceptions import ImproperlyConfigured
from django.db.models import (
    BigIntegerField,
    GeneratedField,
    Model,
    SmallIntegerField,
    UniqueConstraint,
)
from django.db.models.signals import class_prepared

from genonaut.ranking.columns import Column, Key, KeyColumn, NodeTable, TriggerTables, facet_column, key_column
from genonaut.ranking.conf import FANOUT, LEAF_ROWS, MAX_DELTAS, STEP_DELTAS
from genonaut.ranking.tables import nullable, table_model
from genonaut.ranking.triggers import triggers


class Rankings(Mapping[str, "Ranking"]):
    """All rankings of one model by name; they share facets, deltas and versions."""

    # A subclass may have sizes of its own (conf.py).
    leaf_rows = LEAF_ROWS
    fanout = FANOUT
    step_deltas = STEP_DELTAS
    most_deltas = MAX_DELTAS

    # Unlike other mappings, each is equal to itself alone.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(
        self, *, orders: Mapping[str, tuple[Key, ...]], facets: tuple[str, ...] = (), unwatched: tuple[str, ...] = ()
    ) -> None:
        """`facets` are columns of few values that lists filter on; a change of `unwatched` columns alone is no change
        of any list."""
        self._orders = orders
        self._facet_names = facets
        self._unwatched = unwatched

    def contribute_to_class(self, model: type[Model], name: str) -> None:
        """Take part in a model as its attribute `name`."""
        setattr(model, name, self)
        class_prepared.connect(self._prepare, sender=model)

    def __getitem__(self, name: str) -> "Ranking":
        return self._rankings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._orders)

    def __len__(self) -> int:
        return len(self._orders)

    @cached_property
    def label(self) -> str:
        """The model's label, the primary key of its state."""
        return self.model._meta.label

    @cached_property
    def table(self) -> str:
        """The ranked table."""
        return self.model._meta.db_table

    @cached_property
    def keys(self) -> list[KeyColumn]:
        """The keys of all orders, each once."""
        return list({column.name: column for ranking in self.values() for column in ranking.key_columns}.values())

    @cached_property
    def facets(self) -> dict[str, Column]:
        """The columns of the facets by the facets' names."""
        return {name: facet_column(self.model, name) for name in self._facet_names}

    @cached_property
    def watched(self) -> list[str]:
        """The columns whose change is a change of the lists, keys and facets aside."""
        return [
            field.column
            for field in self.model._meta.concrete_fields
            if field.name not in self._unwatched and not isinstance(field, GeneratedField)
        ]

    def _prepare(self, sender: type[Model], **_kwargs: object) -> None:
        """Make the models and triggers, now that the model's fields are known."""
        self.model = sender
        self._rankings = {name: Ranking(self, name, keys) for name, keys in self._orders.items()}
        pk = sender._meta.pk.column
        for ranking in self.values():
            if ranking.key_columns[-1].source != f'{{row}}."{pk}"':
                raise ImproperlyConfigured(f"The ranking {sender.__name__}.{ranking.name} must end in the primary key.")
        self._refuse_two_keys_of_one_field()
        self.delta = table_model(
            self.model,
            "RankingDelta",
            "ranking_delta",
            # A change that moved no row has no keys.
            {column.name: nullable(column.field) for column in self.keys},
            {column.name: column.field for column in self.facets.values()},
            {"row_count": SmallIntegerField(), "change_count": BigIntegerField()},
        )
        for ranking in self.values():
            ranking.node = self._node(ranking)
        # After the model's own triggers. A list each: pgtrigger removes from both.
        own = list(getattr(sender._meta, "triggers", []))
        sender._meta.triggers = [*own, *triggers(self.trigger_tables())]
        sender._meta.original_attrs["triggers"] = list(sender._meta.triggers)

    def trigger_tables(self) -> TriggerTables:
        """Return the names that the triggers write."""
        return TriggerTables(
            label=self.label,
            pk=self.model._meta.pk.column,
            delta=self.delta._meta.db_table,
            nodes=tuple(
                NodeTable(ranking.node._meta.db_table, tuple(ranking.key_columns)) for ranking in self.values()
            ),
            keys=tuple(self.keys),
            facets=tuple(self.facets.values()),
            tracked=tuple(self.watched),
        )

    def _refuse_two_keys_of_one_field(self) -> None:
        """Raise ImproperlyConfigured if two keys would have one name: a copy is named after its field."""
        sources: dict[str, str] = {}
        for ranking in self.values():
            names = [column.name for column in ranking.key_columns]
            for column in ranking.key_columns:
                if sources.setdefault(column.name, column.source) != column.source or names.count(column.name) > 1:
                    raise ImproperlyConfigured(
                        f"The ranking {self.model.__name__}.{ranking.name} has another {column.name}: a field is a key"
                        " once in an order, and in all orders in the same form."
                    )

    def _node(self, ranking: "Ranking") -> type[Model]:
        columns = {column.name: column.field for column in (*ranking.key_columns, *self.facets.values())}
        position = UniqueConstraint(
            fields=["level", *columns],
            name=f"{self.model._meta.model_name}_{ranking.name}_node_place",
            nulls_distinct=False,
        )
        return table_model(
            self.model,
            f"{ranking.name.title()}RankingNode",
            f"{ranking.name}_ranking_node",
            {"level": SmallIntegerField(), **columns},
            {"row_count": BigIntegerField(), "change_count": BigIntegerField()},
            constraints=[position],
        )


@dataclass(eq=False)
class Ranking:
    """One order of a model's rows, in which each row has a rank, counted from 0 and from the smallest key."""

    owner: Rankings
    name: str
    order: tuple[Key, ...]

    node: type[Model] | None = None  # of the table of nodes

    def __str__(self) -> str:
        return f"{self.owner.label}.{self.name}"

    @cached_property
    def built_as(self) -> str:
        """The primary key of its state: an order with other keys or facets has another, and no state until built."""
        columns = (*self.key_columns, *self.owner.facets.values())
        return f"{self}:{sha256(' '.join(column.source for column in columns).encode()).hexdigest()[:8]}"

    @cached_property
    def key_columns(self) -> list[KeyColumn]:
        """The keys' columns."""
        return [key_column(self.owner.model, key) for key in self.order]
