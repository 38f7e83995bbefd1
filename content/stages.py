"""How the page of a work shows the work itself: a picture, a player, or that there is none."""

from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse

from content.drawings import drawing_colour, drawing_size, drawings_of
from content.models import ContentItem
from content.thumbnails import thumbnail_of
from media.models import MediaFile
from media.thumbnails import GRID, LARGE, WIDTHS

# What a copy without metadata can be made of.
STRIPPABLE = {"png", "apng", "jpeg", "webp", "avif", "gif", "mp4", "webm", "mov"}


class StageKind(StrEnum):
    """What stands on a work's page."""

    PICTURE = "picture"
    MISSING = "missing"  # a record: there is no file
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    UNREADABLE = "unreadable"  # a picture of which no thumbnail could be made


@dataclass(frozen=True)
class Stage:
    """What a work's page shows, for its template; sizes are texts, so that none gets a comma, and empty if unknown."""

    kind: StageKind
    # The file that is shown, or its copy without metadata; empty if the viewer gets neither.
    original: str = ""
    is_original: bool = True
    mime: str = ""
    # The picture, the smaller one if there are several; of a video what stands there until it plays.
    src: str = ""
    srcset: str = ""
    width: str = ""
    height: str = ""
    colour: str = ""
    error: str = ""
    is_strippable: bool = False


def stage_of(item: ContentItem, *, is_original: bool) -> Stage:
    """Return how the work is shown to a viewer who gets the original, or not. No query: its file is loaded with it."""
    media_file = item.media_file
    if media_file is None:
        return _drawn(item) if item.is_synthetic else Stage(StageKind.MISSING)
    kind = _kind_of(item, media_file)
    is_strippable = media_file.format in STRIPPABLE
    original = _address(item, is_original=is_original, is_strippable=is_strippable)
    has_thumbnails = item.is_pictured and not _moves(media_file, kind)
    width = GRID[-1] if kind == StageKind.PICTURE else LARGE
    src = thumbnail_of(item, width) if has_thumbnails else ""
    return Stage(
        kind,
        original=original,
        is_original=is_original,
        mime=media_file.mime,
        src=original if kind == StageKind.PICTURE and not src else src,
        srcset=_srcset(item) if has_thumbnails and kind == StageKind.PICTURE else "",
        width=str(media_file.width or ""),
        height=str(media_file.height or ""),
        colour=media_file.colour,
        error=media_file.picture_error,
        is_strippable=is_strippable,
    )


def _address(item: ContentItem, *, is_original: bool, is_strippable: bool) -> str:
    """Return the address of the file as the viewer gets it; empty if they get none."""
    if not is_original and not is_strippable:
        return ""
    return reverse("content:file" if is_original else "content:stripped", args=[item.pk])


def is_played(media_file: MediaFile) -> bool:
    """Return whether pages show the file itself, and not a thumbnail: a video or an animation."""
    return media_file.mime.startswith("video/") or (media_file.frames or 0) > 1


def large_picture(item: ContentItem) -> tuple[str, str, str] | None:
    """Return address, width and height of a work's large thumbnail or drawing; None if it has none."""
    media_file = item.media_file
    if media_file is None and item.is_synthetic:
        address, *sides = drawings_of(item)[-1]
        return address, *map(str, sides)
    if media_file is None or not item.is_pictured or not media_file.width or not media_file.height:
        return None
    width = min(LARGE, media_file.width)
    height = max(1, round(media_file.height * width / media_file.width))
    return thumbnail_of(item, LARGE), str(width), str(height)


def _drawn(item: ContentItem) -> Stage:
    """Return how a synthetic work is shown: as any picture, its largest drawing being the original."""
    drawings = drawings_of(item)
    width, height = drawing_size(item.content_type, item.seed)
    return Stage(
        StageKind.PICTURE,
        original=drawings[-1][0],
        mime="image/webp",
        src=drawings[GRID.index(GRID[-1])][0],
        srcset=", ".join(f"{address} {wide}w" for address, wide, _ in drawings),
        width=str(width),
        height=str(height),
        colour=drawing_colour(item.seed),
    )


def _kind_of(item: ContentItem, media_file: MediaFile) -> StageKind:
    family = media_file.mime.partition("/")[0]
    if family == "image":
        is_unreadable = media_file.picture_error and not item.is_pictured
        return StageKind.UNREADABLE if is_unreadable else StageKind.PICTURE
    return {"video": StageKind.VIDEO, "audio": StageKind.AUDIO}.get(family, StageKind.TEXT)


def _moves(media_file: MediaFile, kind: StageKind) -> bool:
    """Return whether the picture is animated: a thumbnail is a still."""
    return kind == StageKind.PICTURE and (media_file.frames or 0) > 1


def _srcset(item: ContentItem) -> str:
    """Return the widths to choose from. No thumbnail is wider than its picture."""
    media_file, sources = item.media_file, {}
    for width in WIDTHS:
        sources.setdefault(min(width, media_file.width or width), thumbnail_of(item, width))
    return ", ".join(f"{address} {width}w" for width, address in sources.items())
