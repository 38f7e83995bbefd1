"""The panel of what people do with works: likes and comments by day."""

from genonaut.status.counts import ranked_days
from genonaut.status.panels import Contents, Fact
from interactions.models import Interaction, Kind


def interactions_panel() -> Contents:
    """Return counts by the ranking. Three queries. Raises NotReadyError."""
    every = Interaction.objects
    _, total = ranked_days("All", Interaction, every.all(), {})
    (likes, liked), (comments, commented) = (
        ranked_days(name, Interaction, every.filter(kind=kind), {"kind": [kind]})
        for name, kind in (("Likes by day", Kind.LIKE), ("Comments by day", Kind.COMMENT))
    )
    facts = [
        Fact("Interactions", f"{total:,}", address="admin:interactions_interaction_changelist"),
        Fact("Likes", f"{liked:,}"),
        Fact("Comments", f"{commented:,}"),
    ]
    return Contents(facts, charts=[likes, comments])
