"""The lists of content: the gallery's, and the automatic items' alone."""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import ClassVar, Self

from django.db.models import Q, QuerySet
from django.http import QueryDict

from catalog.totals import works_by, works_made_with, works_tagged
from content.filters import ContentFilter, PersonFilter
from content.indexes import QUALITY_KEY, TRASH_KEY
from content.models import AutoContentItem, ContentItem, ContentType, Source
from genonaut.pagination.filters import NoFilters
from genonaut.pagination.indexes import fixed_by
from genonaut.pagination.listing import Listing, Scope, Viewer
from genonaut.pagination.scan_union import ScanUnion
from genonaut.pagination.totals import Total, total_of
from genonaut.ranking import SQL
from users.levels import Level, shown_level, stranger_like
from users.models import User
from users.querysets import is_staff

# What lists show of likes that are pending: of public works, and of private ones that the viewer sees.
PENDING_LIKES = """(SELECT count(*) || '.' || coalesce(sum(id), 0) FROM content_countdelta
    WHERE likes <> 0 AND (owner_id IS NULL OR {hidden}))"""
# The scope of a list that is narrowed to a level which it does not show.
NO_WORKS = Scope.counted(Q(is_private=False, level=max(Level) + 1), ContentItem, is_faceted=True)
POPULARITY_CHANGES = "(SELECT coalesce(max(changes), 0)::text FROM content_countstate)"


def pending_likes_sql(viewer: Viewer) -> SQL:
    """Return SQL of a text that changes with the likes of works that the viewer sees which are not counted yet."""
    hidden = "true" if is_staff(viewer) else f"owner_id = {viewer.pk:d}" if viewer.is_authenticated else "false"
    return SQL(PENDING_LIKES).format(hidden=hidden)


class ContentListing(Listing):
    """The gallery: public items, and the viewer's own private ones among them; staff see all."""

    name = "content"
    model = ContentItem
    # Its rows are the works themselves.
    reference = ""
    sorts = {
        "created_at": ("created_at", "id"),
        "quality_score": (QUALITY_KEY, "created_at", "id"),
        "likes": ("likes", "created_at", "id"),
        "popular": ("popularity", "created_at", "id"),
    }
    tiered = {"match": "q"}
    rankings = {"created_at": "newest", "quality_score": "best"}
    shows = (User,)
    filters = ContentFilter
    facets = {"content_type": ContentType.values, "source": Source.values, "level": Level.values}
    fixing = {"stacks": "leads_stack"}
    bounds = {"created_after": "created_at", "created_before": "created_at", "min_quality": "quality_score"}
    # Whether the filters in force, fixed ones among them, find the same works in the gallery.
    is_in_gallery: ClassVar[bool] = True

    @classmethod
    def choice_of(cls, viewer: Viewer) -> Hashable:
        """Return the highest level of works that the viewer is shown."""
        return shown_level(viewer).value

    @classmethod
    def stranger(cls, viewer: Viewer) -> Viewer:
        """Return an anonymous viewer who is shown works up to the same level: there may be none of lower ones."""
        return stranger_like(viewer)

    @classmethod
    def shown_sql(cls, viewer: Viewer) -> SQL:
        """Return SQL of a text that changes with the likes that are not counted in their works yet."""
        return pending_likes_sql(viewer)

    @classmethod
    def order_sql(cls, sort: str) -> SQL | None:
        """Return SQL of a text that changes with popularity."""
        return SQL(POPULARITY_CHANGES) if sort == "popular" else None

    def scopes(self) -> list[Scope]:
        """Return what lists show to the viewer, by level: rankings count all but the viewer's own."""
        scopes = [self._scope(condition) for condition in ContentItem.objects.shown_scopes(self.viewer)]
        # A level that the list leaves out, or is not narrowed to, is not scanned for.
        wanted = self.active_filters.get("level")
        if wanted is not None:
            scopes = [
                scope for scope in scopes if fixed_by(scope.condition, ContentItem).get("level", wanted) == wanted
            ]
        return scopes or [NO_WORKS]

    @staticmethod
    def _scope(condition: Q) -> Scope:
        is_own = "creator" in fixed_by(condition, ContentItem)
        return Scope(condition) if is_own else Scope.counted(condition, ContentItem, is_faceted=True)

    def tiers(self) -> list[Q]:
        """Return the conditions of best matches, the better first."""
        return self.filterset.searched.tiers

    def known_total(self) -> int | None:
        """Return how many works a list of one tag, creator, model, LoRA or stack has. Two to five queries for a member.

        Public works are counted by the catalog; the viewer's own that it does not count here, as far as that takes a
        moment.
        """
        if self.active_filters.keys() == {"stack"}:
            stacked = total_of(ScanUnion(self.rows.scans, self.rows.order))
            return stacked.count if stacked.is_exact else None
        public = self._known_public()
        if public is None or not self.viewer.is_authenticated:
            return public
        own = [self.rows.filtered.filter(condition) for condition in self.rows.unranked]
        hidden = total_of(ScanUnion(own, self.rows.order, is_collected="creator" not in self.active_filters))
        return public + hidden.count if hidden.is_exact else None

    @cached_property
    def works_total(self) -> Total | None:
        """Return how many works the stacks of a list have together; None of lists that show no stacks, and if to count
        them would take long. One to four queries."""
        if "stacks" not in self.active_filters:
            return None
        query = QueryDict(self.query_without("stacks")[1:], mutable=True)
        query.pop("as_of", None)
        fixed = {name: value for name, value in self.fixed.items() if name != "stacks"}
        options = {"fixed": fixed, "carried": self.carried, "allow_ranking": self.list_query.allow_ranking}
        works = type(self)(self.viewer, query, **options)
        return works.planner.total()

    def asked(self, query: str) -> Self:
        """Return the same list as another query string narrows and sorts it."""
        options = {"fixed": self.fixed, "carried": self.carried, "allow_ranking": self.list_query.allow_ranking}
        return type(self)(self.viewer, QueryDict(query.removeprefix("?")), **options)

    def _known_public(self) -> int | None:
        filters, level = self.active_filters, shown_level(self.viewer)
        if is_staff(self.viewer) or len(filters) != 1:
            return None
        if "tag" in filters:
            return works_tagged(filters["tag"][0], level) if len(filters["tag"]) == 1 else None
        if "creator" in filters:
            creator = self.filterset.creator_id
            return 0 if creator is None else works_by(creator, level)
        if filters.keys() & {"model", "lora"}:
            ids = self.filterset.model_ids
            return works_made_with(ids[0], level) if len(ids) == 1 else None
        return None

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a card shows."""
        return queryset.for_cards(counts_stacks="stacks" in self.active_filters)


class PersonListing(ContentListing):
    """One account's works, as the gallery shows them; the view fixes whose."""

    filters = PersonFilter


class WorksListing(Listing):
    """Lists whose rows refer to works, as a person's likes do: shown as the gallery is, one card for each row.

    A subclass declares `name`, `model`, `sorts` and `scopes`. Each scope holds `shown_to_viewer`, beside what an index
    of the sort begins with. A filter that the list is made of, as the album of its rows, is a facet without values.
    """

    # The rows' reference to a work.
    reference = "content"
    # Its order and its rows are more than filters of the gallery can say.
    is_in_gallery: ClassVar[bool] = False
    # No index finds rows by what their works are.
    filters = NoFilters
    # What the sorts are called, by sort and order; the first is the default.
    sort_names: ClassVar[Mapping[tuple[str, str], str]] = {
        ("created_at", "desc"): "Newest first",
        ("created_at", "asc"): "Oldest first",
    }

    @classmethod
    def choice_of(cls, viewer: Viewer) -> Hashable:
        """Return the highest level of works that the viewer is shown."""
        return shown_level(viewer).value

    @classmethod
    def shown_sql(cls, viewer: Viewer) -> SQL:
        """Return SQL of a text that changes with the likes that are not counted in their works yet: cards show them."""
        return pending_likes_sql(viewer)

    @cached_property
    def shown_to_viewer(self) -> Q:
        """The condition that lists show the work of a row to the viewer."""
        return ContentItem.objects.refers_to_shown(self.viewer)


class AutoContentListing(ContentListing):
    """The automatic items alone."""

    name = "content-auto"
    model = AutoContentItem
    fixed = {"source": Source.AUTO}


class TrashListing(Listing):
    """The works that the viewer moved to the trash, the latest first."""

    name = "trash"
    model = ContentItem
    sorts = {"trashed_at": (TRASH_KEY, "id")}
    filters = NoFilters

    def scopes(self) -> list[Scope]:
        """Return one scope: the viewer's own trash, of staff as well."""
        return [Scope(Q(creator=self.viewer.pk, is_private=True, trashed_at__isnull=False))]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the page of the trash shows."""
        return queryset.for_cards()
