"""Models that are declared by a test, with tables and triggers of their own."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import DecimalField, Field, FloatField, Model
from django.test.utils import isolate_apps
from pgtrigger import Trigger

from genonaut.ranking import Key, Rankings, RankQuery, TableRows, rebuild

PRICE = {"price": DecimalField(max_digits=6, decimal_places=2), "score": FloatField(null=True)}


def declare(
    orders: dict[str, tuple[Key, ...]],
    *,
    fields: dict[str, Field] | None = None,
    facets: Sequence[str] = (),
    own: Sequence[Trigger] = (),
    rankings_first: bool = False,
    name: str = "Sample",
) -> type[Model]:
    """Return a model `ranking.Sample`, or of another name, with these rankings, that no other test knows of."""
    fields = PRICE if fields is None else fields
    options = {
        "app_label": "ranking",
        "db_table": f"ranking_{name.lower()}",
        **({"triggers": list(own)} if own else {}),
    }
    parts = {"Meta": type("Meta", (), options), "rankings": Rankings(orders=orders, facets=tuple(facets))}
    names = sorted(parts, key="rankings".__eq__, reverse=rankings_first)
    attributes = {name: parts[name] for name in names}
    attributes |= {name: field.clone() for name, field in fields.items()}
    with isolate_apps("genonaut.ranking"):
        return type(name, (Model,), {"__module__": __name__, **attributes})


def create(model: type[Model]) -> None:
    """Create a model's tables and triggers, and build its rankings."""
    with connection.schema_editor() as editor:
        for table in (model, model.rankings.delta, *(ranking.node for ranking in model.rankings.values())):
            editor.create_model(table)
    install_triggers(model)
    rebuild(model.rankings)


def install_triggers(model: type[Model]) -> None:
    """Create a model's triggers, or replace them."""
    for trigger in model._meta.triggers:
        trigger.install(model)


def chosen(model: type[Model], name: str) -> RankQuery:
    """Return all rows of an order as a query."""
    ranking = model.rankings[name]
    return RankQuery(ranking, {}, TableRows(ranking, {}))
