"""The panel of works: how many there are, and new ones by day."""

from django.db.models import Q

from content.models import ContentItem, Source
from genonaut.status.counts import count_texts, ranked_days
from genonaut.status.panels import Contents, Fact


def works_panel() -> Contents:
    """Return counts by the ranking, and of the trash by its index. Four queries. Raises NotReadyError."""
    items = ContentItem.objects
    chart, total = ranked_days("New works by day", ContentItem, items.all(), {})
    _, private = ranked_days("Private", ContentItem, items.filter(is_private=True), {"is_private": [True]})
    _, automatic = ranked_days("Automatic", ContentItem, items.filter(source=Source.AUTO), {"source": [Source.AUTO]})
    (trashed,) = count_texts([items.filter(Q(trashed_at__isnull=False))])
    facts = [
        Fact("Works", f"{total:,}", address="admin:content_contentitem_changelist"),
        Fact("Private", f"{private:,}"),
        Fact("Automatic", f"{automatic:,}"),
        Fact("In the trash", trashed),
    ]
    return Contents(facts, charts=[chart])
