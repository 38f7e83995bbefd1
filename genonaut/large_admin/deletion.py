"""Actions and deletions that never load a table: confirmations say in bounded counts which rows go."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from django.contrib.admin.options import ModelAdmin
from django.db.models import CASCADE, Model, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from genonaut.database.removal import dependents
from genonaut.large_admin.links import change_link
from genonaut.large_admin.paginators import bounded_count
from genonaut.pagination.wording import total_text


class Consequence(NamedTuple):
    """What becomes of the rows that refer to those being deleted. `kept_without` names what the kept ones lose."""

    label: str
    count: str
    kept_without: str


class BoundedDeletionAdmin(ModelAdmin):
    """An admin whose actions apply to one page's rows, and whose confirmations count within a budget."""

    # Whether its rows go with those that they belong to, even if the viewer may not delete them by themselves.
    goes_along: ClassVar[bool] = False

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Do an action with the rows ticked on the page. `select_across` would load the table; no page offers it."""
        request.POST = request.POST.copy()
        request.POST.pop("select_across", None)
        return super().response_action(request, queryset)

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, Consequence], set[str], list[str]]:
        """Return what a deletion would do, in bounded counts: Django's own loads and lists every row that goes."""
        rows = list(objs)
        consequences = {}
        doomed = {self.model}
        for queryset, kept_without in self.dependents_of(rows):
            total = bounded_count(queryset)
            if total.count:
                label = capfirst(queryset.model._meta.verbose_name_plural)
                consequences[label + kept_without] = Consequence(label, total_text(total), kept_without)
                doomed |= set() if kept_without else cascade(queryset.model)
        forbidden = {str(model._meta.verbose_name) for model in doomed if not self._may_delete(model, request)}
        if not all(self.has_delete_permission(request, row) for row in rows):
            forbidden.add(str(self.opts.verbose_name))
        return [change_link(row) for row in rows], consequences, forbidden, []

    def _may_delete(self, model: type[Model], request: HttpRequest) -> bool:
        if not self.admin_site.is_registered(model):
            return True
        model_admin = self.admin_site.get_model_admin(model)
        return getattr(model_admin, "goes_along", False) or model_admin.has_delete_permission(request)

    def dependents_of(self, rows: Sequence[Model]) -> Iterator[tuple[QuerySet, str]]:
        """Yield all rows that refer to these, and what they are kept without; nothing where they are deleted."""
        for queryset, field, goes in dependents(self.model, [row.pk for row in rows]):
            if not queryset.model._meta.auto_created:
                yield queryset, "" if goes else str(field.verbose_name)


def cascade(model: type[Model]) -> set[type[Model]]:
    """Return the model and those whose rows go when its rows do."""
    found = {model}
    for relation in get_candidate_relations_to_delete(model._meta):
        goes = relation.field.remote_field.on_delete is CASCADE and not relation.related_model._meta.auto_created
        if goes and relation.related_model is not model:  # as answers refer to comments
            found |= cascade(relation.related_model)
    return found
