"""What this build of the site is: a digest of all that decides how an answer looks, so that caches notice a deploy."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".py", ".html", ".css", ".js", ".svg", ".txt"}
LEFT_OUT = {".venv", "var", "tests", "docs", "node_modules"}


@cache
def build() -> str:
    """Return the digest; reads the sources, once for each process."""
    folders = (path for path in ROOT.iterdir() if path.is_dir() and path.name not in LEFT_OUT)
    return _digest(path for path in folders if not path.name.startswith("."))


@cache
def static_build() -> str:
    """Return the digest of static/ alone, by which collected files are compared; reads it once for each process."""
    return _digest([ROOT / "static"])


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in sorted(folders):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in KINDS):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
