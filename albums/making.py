"""New albums of a member's forms, which a double click sends twice."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from albums.models import Album
from users.models import User

# So long after an album was made a form that says the same is taken for the one that made it.
SENT_AGAIN = timedelta(minutes=1)
SAID = ("title", "notes", "query", "is_public")


@transaction.atomic
def make_once(album: Album) -> tuple[Album, bool]:
    """Save a new album; return it, or the one that its owner made just before by the same form, and whether it was
    saved now. Three queries."""
    # Two requests that come at once are answered one after the other.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=album.owner_id)
    said = {name: getattr(album, name) for name in SAID}
    recent = Album.objects.of_owner(album.owner).filter(**said, created_at__gt=timezone.now() - SENT_AGAIN)
    made = recent.order_by("-created_at", "-pk").first()
    if made is not None:
        return made, False
    album.save(force_insert=True)
    return album, True
