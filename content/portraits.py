"""The pictures of people: one that they uploaded, or a public work of theirs that they chose, else a drawing."""

from content.drawings import PERSON, SQUARE, drawing_address, portrait_seed
from content.models import ContentItem
from content.thumbnails import thumbnail_of
from media.thumbnails import GRID, thumbnail_size
from users.models import User
from users.pictures import uploaded_address
from users.preferences import PORTRAIT_WIDTHS, chosen_picture


def portrait_address(person: User) -> str:
    """Return the address of a person's picture. One query if they chose a work, which has to be theirs and public."""
    uploaded = uploaded_address(person, PORTRAIT_WIDTHS[-1])
    if uploaded is not None:
        return uploaded
    pk = chosen_picture(person)
    if pk is not None:
        works = ContentItem.objects.filter(pk=pk, creator=person).select_related("media_file")
        work = works.only("hides_prompt", "is_pictured", "is_private", "level", "media_file__sha256").first()
        if work is not None and may_be_portrait(work):
            return thumbnail_of(work, GRID[0])
    return drawn_portrait(person.pk)


def drawn_portrait(user_id: int | None) -> str:
    """Return the address of an account's drawn picture."""
    width, _ = thumbnail_size(*SQUARE, GRID[0])
    return drawing_address(PERSON, portrait_seed(user_id), width)


def may_be_portrait(item: ContentItem) -> bool:
    """Return whether a work has a picture of its own, all may see it, and no page blurs it."""
    return bool(item.is_pictured and item.media_file_id and not item.is_private and item.level == 0)
