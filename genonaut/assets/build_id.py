"""What this build of the site is: a digest of all that decides how an answer looks, so that caches notice a deploy."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".py", ".html", ".css", ".js", ".svg", ".txt"}
LEFT_OUT = {".venv", "var", "tests", "docs", "node_modules"}


@cache
def build() -> str:
    """Return the digest; reads the sources, once for each process."""
    digest = hashlib.sha256()
    for folder in sorted(path for path in ROOT.iterdir() if path.is_dir() and path.name not in LEFT_OUT):
        if not folder.name.startswith("."):
            for path in sorted(path for path in folder.rglob("*") if path.suffix in KINDS):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
