"""Which library a work belongs to: one of its creator's in which its file lies."""

from django.db.models import OuterRef, Q, QuerySet
from django.db.models.lookups import IsNull

from media.models import LibraryFile


def places_with_creator() -> QuerySet[LibraryFile]:
    """Return where a work's content lies in libraries of its creator, or in the site's if it has none; for a subquery.

    Libraries of other accounts are left out: their names may be private.
    """
    is_owner = Q(library__owner=OuterRef("creator"))
    is_site = Q(library__owner=None) & Q(IsNull(OuterRef("creator"), True))
    places = LibraryFile.objects.filter(media_file=OuterRef("media_file"), missing_since=None)
    return places.filter(is_owner | is_site).order_by("pk")
