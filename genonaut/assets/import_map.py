"""The script modules of static/js: the import map that names them, and its digest for the Content-Security-Policy.

A module imports another as "genonaut/<folder>/<name>"; the map leads to the file of that name, whose own name changes
with its content. The map is the one script that cannot be a file of its own; the policy allows exactly this text, by
digest: a nonce would differ in each answer, and a page that a browser kept (304) would be refused its own script.
"""

import hashlib
import json
import re
from base64 import b64encode
from functools import cache, lru_cache

from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix

from genonaut.http.addresses import KEPT_ROOTS

FOLDER = settings.BASE_DIR / "static" / "js"
# The one that the page itself names; no module imports it.
ENTRY = "main"
IMPORT = re.compile(r'\bfrom "genonaut/([a-z/-]+)"')


def names() -> list[str]:
    """Return the name of each module: its path in the folder, without suffix."""
    return sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.js"))


def modules() -> dict[str, str]:
    """Return the address of each module by the name that others import it by.

    Raises ValueError while the static files are not collected.
    """
    return _modules(get_script_prefix())


@lru_cache(KEPT_ROOTS)
def _modules(_root: str) -> dict[str, str]:
    """Return the same for a site that begins at a root; `static` reads it itself."""
    return {f"genonaut/{name}": static(f"js/{name}.js") for name in names() if name != ENTRY}


def needed_at_once() -> list[str]:
    """Return the addresses of the modules that the entry needs to start, itself apart; others load when they are used.

    Raises ValueError like `modules`.
    """
    return [modules()[f"genonaut/{name}"] for name in names_needed_at_once()]


@cache
def names_needed_at_once() -> list[str]:
    """Return the names of those modules."""
    needed = [ENTRY]
    for name in needed:
        needed += [other for other in IMPORT.findall((FOLDER / f"{name}.js").read_text()) if other not in needed]
    return needed[1:]


def import_map() -> str:
    """Return the text of the import map. Raises ValueError like `modules`."""
    return _import_map(get_script_prefix())


@lru_cache(KEPT_ROOTS)
def _import_map(root: str) -> str:
    return json.dumps({"imports": _modules(root)}, separators=(",", ":"))


def import_map_source() -> str:
    """Return how the policy names the map; without collected files, which no page with script does without, nothing."""
    try:
        return _source(import_map())
    except ValueError:
        return ""


@lru_cache(KEPT_ROOTS)
def _source(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
