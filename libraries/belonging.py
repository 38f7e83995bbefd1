"""Which library a work belongs to: the one that its file came by, or another of its creator's once the file lies there
alone."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.lookups import IsNull

from content.models import ContentItem
from media.models import LibraryFile, MediaFile


def places_with_creator() -> QuerySet[LibraryFile]:
    """Return where a work's content lies in libraries of its creator, or in the site's if it has none; for a subquery.

    Libraries of other accounts are left out: their names may be private.
    """
    is_owner = Q(library__owner=OuterRef("creator"))
    is_site = Q(library__owner=None) & Q(IsNull(OuterRef("creator"), True))
    places = LibraryFile.objects.filter(media_file=OuterRef("media_file"), missing_since=None)
    return places.filter(is_owner | is_site).order_by("pk")


def follow_files(contents: Iterable[int | None]) -> int:
    """Let works follow their files to another library of their creator, if these lie in their own no more.

    Return how many of them are public in a private library by now. One query as a rule, five if files have moved.
    """
    own_places = LibraryFile.objects.filter(library=OuterRef("library"), media_file=OuterRef("media_file"))
    # An upload that was never of a library stays so.
    works = ContentItem.objects.filter(
        Q(library__isnull=False) | Q(media_file__stored_as=""), media_file__in=set(contents)
    )
    works = works.filter(~Exists(own_places.filter(missing_since=None)), Exists(places_with_creator()))
    moved = dict(works.values_list("pk", "media_file"))
    if not moved:
        return 0
    with transaction.atomic():
        # In the order in which files that arrive are locked.
        files = MediaFile.objects.filter(pk__in=moved.values()).order_by("sha256")
        list(files.select_for_update(no_key=True).values_list("pk"))
        # In the library that they left nothing is missing any more.
        left = ContentItem.objects.filter(pk__in=moved, library=OuterRef("library"), media_file=OuterRef("media_file"))
        missing = LibraryFile.objects.filter(media_file__in=moved.values(), missing_since__isnull=False)
        missing.filter(Exists(left)).delete()
        works.filter(pk__in=moved).update(library=places_with_creator().values("library")[:1])
    return ContentItem.objects.filter(pk__in=moved, is_private=False, library__is_private=True).count()
