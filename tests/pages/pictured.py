"""Works with files of many shapes, and their thumbnails, as the picture pass leaves them."""

from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route

from content.models import ContentItem
from media.models import MediaFile
from media.thumbnails import GRID, keep_thumbnail, thumbnail_path
from tests.factories import ContentItemFactory
from users.models import User

# What no row could hold.
EXTREMES = [(300, 3000), (3000, 300)]
# Portraits, squares and landscapes as generators make them.
SIZES = [(832, 1216), (1024, 1024), (1216, 832), (768, 1344), (1536, 640), (512, 512), (1920, 1080), *EXTREMES]


def make_file(name: str, width: int | None, height: int | None, **fields: object) -> MediaFile:
    """Make a content of this size, which lies nowhere."""
    digest = sha256(name.encode()).digest()
    fields = {"format": "png", "mime": "image/png", "size": 1000, "colour": "#7a5c40", **fields}
    return MediaFile.objects.create(sha256=digest, width=width, height=height, **fields)


def make_thumbnails(file: MediaFile, colour: str = "#7a5c40") -> None:
    """Keep its thumbnails of the grid: of one colour."""
    for width in GRID:
        real = min(width, file.width)
        written = BytesIO()
        Image.new("RGB", (real, max(1, round(real * file.height / file.width))), colour).save(written, "WEBP")
        keep_thumbnail(file.hex, width, written.getvalue())


def make_pictured(creator: User, sizes: Iterable[tuple[int, int]], **fields: object) -> list[ContentItem]:
    """Make a work for each size, in this order of time; works of one size share a content."""
    files: dict[tuple[int, int], MediaFile] = {}
    works = []
    for number, (width, height) in enumerate(sizes):
        if (width, height) not in files:
            files[width, height] = make_file(f"{width}x{height}", width, height)
            make_thumbnails(files[width, height])
        built = ContentItemFactory.build(
            creator=creator, title=f"Work {number}", media_file=files[width, height], is_pictured=True, **fields
        )
        works.append(built)
    return ContentItem.objects.bulk_create(works)


def serve_thumbnails(target: Page | BrowserContext) -> None:
    """Answer requests of thumbnails with their files."""

    def answer(route: Route) -> None:
        sha256_hex, name = route.request.url.rsplit("/", 2)[-2:]
        path: Path = thumbnail_path(sha256_hex, int(name.removesuffix(".webp")))
        route.fulfill(body=path.read_bytes(), content_type="image/webp")

    target.route("**/thumbnails/**", answer)
