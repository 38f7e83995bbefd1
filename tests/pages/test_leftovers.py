"""Nothing of the site's look is left over: every icon, class and partial template is used somewhere."""

import re

from django.conf import settings

from content.galleries import Layout
from content.models import ContentType

TEMPLATES = {path: path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")}
STATIC = settings.BASE_DIR / "static"
# The styles of our own pages; admin and API documentation have theirs.
LOOKS = ("base", "shell", "gallery", "work", "scroll", "scrubber", "lightbox")


def used(pattern: str) -> set[str]:
    """Return what the pattern's group finds in all templates."""
    return {found for text in TEMPLATES.values() for found in re.findall(pattern, text)}


def test_every_icon_is_used_and_every_one_used_is_there() -> None:
    icons = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    assert icons == used(r'<use href="[^#]+#([\w-]+)"') | set(ContentType.values) | set(Layout)


def test_every_class_that_our_pages_style_is_used() -> None:
    styles = "".join((STATIC / f"css/{name}.css").read_text() for name in LOOKS)
    styled = set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)))
    sources = [*TEMPLATES.values(), *(path.read_text() for path in (STATIC / "js").rglob("*.js"))]
    words = {word for text in sources for word in re.findall(r"[a-z][\w-]*", text)}
    # The rail's parts are named by what follows their block.
    rail = {name for name in styled if name.startswith("scrubber__") and name.removeprefix("scrubber__") in words}
    assert styled - words - rail - {"htmx-request"} == set()


def test_every_partial_template_is_included() -> None:
    roots = [settings.BASE_DIR / "templates" / "jinja", settings.BASE_DIR / "templates"]
    partials = {
        str(path.relative_to(next(root for root in roots if root in path.parents)))
        for path in TEMPLATES
        if path.name.startswith("_")
    }
    included = used(r'{% (?:include|extends|jinja|from|import) "((?:[\w-]+/)*_[^"]+)"')
    # What a shelf has below its heading.
    modules = (path.read_text() for app in ("albums", "people") for path in (settings.BASE_DIR / app).glob("*.py"))
    named = {name for text in modules for name in re.findall(r'below_heading="((?:[\w-]+/)*_[^"]+)"', text)}
    assert partials == included | named
