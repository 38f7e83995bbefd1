"""Where a work's thumbnails are: named by the hash of its content, or by the work if it hides its prompt.

The hash names the original, which may lie elsewhere with all that its generator wrote.
"""

from content.models import ContentItem
from genonaut.http.addresses import below_root
from media.thumbnails import thumbnail_address


def thumbnail_of(item: ContentItem, width: int, root: str | None = None) -> str:
    """Return the address of a thumbnail of a nominal width, the same for all viewers. Its file is loaded."""
    if item.hides_prompt:
        return below_root(f"content/{item.pk}/thumbnails/{width}.webp", root)
    return thumbnail_address(item.media_file.hex, width, root)
