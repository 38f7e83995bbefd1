"""The places in libraries where a content lies, for those who may know them; and whether it lies anywhere."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from media.models import LibraryFile, MediaFile
from users.models import User
from users.querysets import is_staff

MAX_PLACES = 20


def places_known_to(viewer: User | AnonymousUser, media_file: MediaFile | None) -> list[LibraryFile]:
    """Return the first MAX_PLACES places of a content: all to staff, to others those in their own libraries.

    One query; none for a viewer who is not signed in.
    """
    if media_file is None or not viewer.is_authenticated:
        return []
    places = media_file.places.select_related("library").order_by("library__name", "path")
    if not is_staff(viewer):
        places = places.filter(library__owner=viewer)
    return list(places[:MAX_PLACES])


def with_file(contents: Iterable[int]) -> set[int]:
    """Return those of some contents whose file is stored, or lies where the last scan found it. One query."""
    places = LibraryFile.objects.filter(media_file=OuterRef("pk"), missing_since=None)
    files = MediaFile.objects.filter(~Q(stored_as="") | Exists(places), pk__in=set(contents))
    return set(files.values_list("pk", flat=True))
