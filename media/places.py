"""The places in libraries where a content lies, for those who may know them."""

from django.contrib.auth.models import AnonymousUser

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
