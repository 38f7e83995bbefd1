"""Pictures of people that they uploaded: made square in a process that may die alone, kept beside the account."""

from hashlib import sha256
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest

from genonaut.http.large_bodies import FILE_PART
from media.making import make_squares
from media.pictures.limits import PictureError
from people.models import Picture
from users.accounts import prefer
from users.models import User
from users.preferences import PICTURE, PORTRAIT_WIDTHS, VERSION_LENGTH

BUSY = "Too many pictures are being made at the moment. Try again in a few seconds."


class RefusedPictureError(ValueError):
    """A file gives no picture; the text is a sentence for people."""


def sent_file(request: HttpRequest) -> UploadedFile:
    """Return the one file of a form. Raises RefusedPictureError."""
    files = request.FILES.getlist(FILE_PART)
    if len(files) != 1:
        raise RefusedPictureError("Choose one picture.")
    return files[0]


def set_picture(account: User, file: UploadedFile) -> None:
    """Make a file the picture of an account, in place of the one before. Five queries.

    Raises RefusedPictureError, and BusyError if too many pictures are being made.
    """
    try:
        made = make_squares(Path(file.file.name), PORTRAIT_WIDTHS)
    except PictureError as error:
        raise RefusedPictureError(f"The file {error}.") from error
    small, large = (made[width] for width in PORTRAIT_WIDTHS)
    version = sha256(large).hexdigest()[:VERSION_LENGTH]
    with transaction.atomic():
        Picture.objects.update_or_create(user=account, defaults={"version": version, "small": small, "large": large})
        prefer(account, **{PICTURE: version})


def end_picture(account: User) -> None:
    """Have the picture of an account drawn again; an uploaded one is deleted. Four queries."""
    with transaction.atomic():
        Picture.objects.filter(user=account).delete()
        prefer(account, **{PICTURE: None})


def picture_bytes(user_id: int, version: str, width: int) -> bytes | None:
    """Return the picture of an account as it is now; None if it has another, or none. One query."""
    name = dict(zip(PORTRAIT_WIDTHS, ("small", "large"), strict=True)).get(width)
    if name is None:
        return None
    shown = Picture.objects.filter(user=user_id, version=version, user__is_active=True)
    found = shown.values_list(name, f"user__preferences__{PICTURE}").first()
    return bytes(found[0]) if found and found[1] == version else None
