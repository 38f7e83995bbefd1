"""Links that show an album to all who have them, and no private work; the deletion of an album, and of its owner."""

import secrets

from django.db.models import Q

from albums.models import TOKEN_LENGTH, Album
from genonaut import deletions
from users.models import User


def share(album: Album) -> str:
    """Give an album a new link, which ends the one before, and return its token."""
    album.share_token = secrets.token_urlsafe(TOKEN_LENGTH * 3 // 4)
    Album.objects.filter(pk=album.pk).update(share_token=album.share_token)
    return album.share_token


def end_sharing(album: Album) -> None:
    """End an album's link."""
    album.share_token = None
    Album.objects.filter(pk=album.pk).update(share_token=None)


def delete_album(album: Album) -> None:
    """Delete an album; its works stay. One of many works is gone for all but staff at once, and goes in
    batches.
    """
    deletions.delete(album, is_public=False, share_token=None)
    deletions.upkeep_wanted.set()


def hide_albums(owner: User) -> None:
    """Take the albums of an account that is closed out of lists, and end their links. One query."""
    shown = Q(is_public=True) | Q(share_token__isnull=False)
    Album.objects.filter(shown, owner=owner).update(is_public=False, share_token=None)
