"""What the catalog holds, and what it should hold as Python counts it from the works."""

from collections import Counter
from unicodedata import normalize

from django.db import connection

from catalog.counting import compact
from catalog.models import Creator, Tag, UsedModel
from content.models import ContentItem
from media.models import GenerativeModel
from users.models import User

WORKS = ContentItem._meta.db_table
# A creator's id, username, name, whether active, and works.
Row = tuple[int, str, str, bool, int]
# A model's id, kind, name, hash and works.
ModelRow = tuple[int, str, str, str, int]


def execute(sql: str, *params: object) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def key(tag: str) -> str:
    """Return a tag as it is compared."""
    return normalize("NFKC", tag).lower()


def tags() -> dict[str, int]:
    """Return the works of each tag, once all changes are counted."""
    compact()
    return dict(Tag.objects.values_list("name", "works"))


def creators() -> dict[str, int]:
    """Return the works of each creator, by username, once all changes are counted."""
    compact()
    return dict(Creator.objects.values_list("username", "works"))


def creator_rows() -> set[Row]:
    """Return the creators in full, once all changes are counted."""
    compact()
    return set(Creator.objects.values_list("id", "username", "name", "is_active", "works"))


def expected_models() -> set[ModelRow]:
    """Count the public works of each model in Python."""
    public = ContentItem.objects.filter(is_private=False, generation__isnull=False).select_related("generation")
    told = public.filter(hides_prompt=False)
    works = Counter(pk for item in told for pk in {*item.generation.loras, item.generation.model_id} - {None})
    named = GenerativeModel.objects.filter(pk__in=works).values_list("id", "kind", "name", "hash")
    return {(*row, works[row[0]]) for row in named}


def model_rows() -> set[ModelRow]:
    """Return the models in full, once all changes are counted."""
    compact()
    return set(UsedModel.objects.values_list("id", "kind", "name", "hash", "works"))


def expected_tags() -> Counter[str]:
    """Count the public works of each tag in Python."""
    rows = ContentItem.objects.filter(is_private=False).values_list("tags", flat=True)
    return Counter(name for row in rows for name in {key(tag) for tag in row} - {""})


def expected_creators() -> set[Row]:
    """Count the public works of each creator in Python."""
    public = ContentItem.objects.filter(is_private=False, creator__isnull=False)
    works = Counter(public.values_list("creator_id", flat=True))
    accounts = User.objects.filter(pk__in=works).values_list("id", "username", "name", "is_active")
    return {(*account, works[account[0]]) for account in accounts}
