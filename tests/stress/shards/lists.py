"""The gallery's lists as readers of a ranking: the same scopes, filters and private rows that its pages have."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import QueryDict

from content.listings import ContentListing
from genonaut.pagination.keyset import Order
from genonaut.pagination.ranked_rows import RankedList, ScanRows
from genonaut.pagination.scan_union import ScanUnion
from genonaut.ranking import Correction, RankQuery, Reader
from tests.stress.shards.aliases import Servers
from tests.stress.shards.reading import ListReader
from users.models import User


@dataclass(frozen=True)
class GalleryList:
    """One list of the gallery, as one viewer sees it."""

    viewer: User | AnonymousUser
    parameters: str = ""

    def __str__(self) -> str:
        viewer = "anonymous" if self.viewer.is_anonymous else "staff" if self.viewer.is_staff else "a member"
        return f"{viewer}, {self.parameters or 'newest'}"

    @cached_property
    def listing(self) -> ContentListing:
        """The list as pages read it."""
        listing = ContentListing(self.viewer, QueryDict(self.parameters))
        assert listing.uses_ranking, self
        return listing

    @property
    def order(self) -> Order:
        """Its order, with a direction."""
        return self.listing.rows.order

    @property
    def visible(self) -> QuerySet:
        """Its rows as one condition, in no order."""
        return self.listing.rows.visible

    @property
    def ranked(self) -> RankedList:
        """The list as a ranking counts it."""
        return self.listing.planner.ranked_pages.ranked

    @cached_property
    def query(self) -> RankQuery:
        """Its rows that a ranking counts, and the viewer's private ones as corrections."""
        ranked, rows = self.ranked, self.ranked.rows
        source = ScanRows(rows.querysets, ranked.order)
        own = ScanUnion(rows.unranked, ranked.order).statement(limit=None, is_sorted=False) if rows.unranked else None
        return RankQuery(
            ranked.ranking,
            rows.facets,
            source,
            [Correction(own, 1)] if own else [],
            lower=ranked.lower,
            upper=ranked.upper,
        )

    @cached_property
    def reader(self) -> Reader:
        """What reads it on one server."""
        return Reader(self.ranked.ranking, lambda: self.query, (self.ranked.name, "servers"))

    def over(self, servers: Servers) -> ListReader:
        """Return what reads it over several servers."""
        # Composed here and once: the text is the same for all of them.
        return ListReader(servers, self.reader, self.query)
