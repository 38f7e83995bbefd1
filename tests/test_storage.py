"""Static files as they are served: our modules small, everybody else's as they came."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from genonaut.assets import import_map

SERVED = Path(settings.STATIC_ROOT)
LIMIT = 25_000


def served(name: str) -> Path:
    """Return the file that is served for a module of ours; older ones may lie beside it."""
    return SERVED / staticfiles_storage.stored_name(f"js/{name}.js")


@pytest.mark.parametrize("name", import_map.names())
def test_a_module_is_served_without_its_comments(name: str) -> None:
    text, original = served(name).read_text(), (import_map.FOLDER / f"{name}.js").read_text()
    assert "/**" in original and "/**" not in text
    assert sorted(re.findall(r'from"([^"]+)"', text)) == sorted(re.findall(r'from "([^"]+)"', original))


def test_what_the_gallery_loads_of_ours_is_small() -> None:
    names = [import_map.ENTRY, *import_map.names_needed_at_once()]
    sizes = {name: len(gzip.compress(served(name).read_bytes(), 9)) for name in names}
    assert sum(sizes.values()) < LIMIT, sizes
    assert {"scroll", "marks", "blurs"}.isdisjoint(names)  # they load when they are used


def test_a_package_s_script_is_served_as_it_came() -> None:
    htmx = SERVED / staticfiles_storage.stored_name("django_htmx/htmx-2.min.js")
    assert htmx.read_bytes() == (SERVED / "django_htmx/htmx-2.min.js").read_bytes()
