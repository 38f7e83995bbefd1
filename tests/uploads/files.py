"""Files to send."""

from io import BytesIO
from pathlib import Path

from django.core.files.storage import default_storage
from PIL import Image

GENERATED = Path(__file__).resolve().parent.parent / "media" / "generated"


def picture(seed: int = 0, kind: str = "PNG") -> bytes:
    """Return a small picture; another seed, another content."""
    image = Image.effect_mandelbrot((800, 600), (-2 - seed / 100, -1, 1, 1), 20).convert("RGB")
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


def files_below(folder: Path) -> list[Path]:
    """Return all files in a folder and below it."""
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def stored_bytes(name: str) -> bytes:
    """Return a stored file's content."""
    with default_storage.open(name) as file:
        return file.read()
