"""How works are found: keys that lists sort by, facets that they are counted by, and the indexes behind both."""

from django.contrib.postgres.indexes import GinIndex
from django.db.models import Index, Q, Value
from django.db.models.functions import Coalesce

# Sorts items without a score behind those that score 0, and is never NULL: one index comparison reaches any of them.
QUALITY_KEY = Coalesce("quality_score", Value(-1.0))
# Sorts the trash, which no work is in without its moment; never NULL, as a key must not be.
TRASH_KEY = Coalesce("trashed_at", "created_at")
# What lists filter on and the rankings count by.
FACETS = ["source", "content_type", "is_private", "level"]
# What the indexes of public works, and of an owner's private ones, are partial on.
PUBLIC = {"is_private": False}
OWN = {"is_private": True, "trashed_at": None}
# For staff: those of all owners, and their trash.
PRIVATE = {"is_private": True}

ITEM_INDEXES = [
    # Every item, newest first and best first: the admin's and staff's lists, and what the rankings are counted
    # along (the facets lie in the index, so that the table itself is left alone).
    Index("created_at", "id", include=FACETS, name="content_every_newest"),
    Index(QUALITY_KEY, "created_at", "id", include=["quality_score", *FACETS], name="content_every_best"),
    # The gallery, newest first; read backwards for oldest first. Public lists use partial indexes, and merge
    # one scan for each level that the viewer is shown: none walks past works that it leaves out.
    Index("level", "created_at", "id", condition=Q(is_private=False), name="content_shown_newest"),
    # The gallery by quality, best first; equal scores newest first.
    Index(
        "level",
        QUALITY_KEY,
        "created_at",
        "id",
        condition=Q(is_private=False),
        include=["quality_score"],
        name="content_shown_best",
    ),
    # The gallery by type, by source (content-auto) or by both: a list that leaves one of them open merges one
    # scan of the index for each of its few values (Listing.facets), so that two indexes do the work of six.
    Index(
        "level",
        "content_type",
        "source",
        "created_at",
        "id",
        condition=Q(is_private=False),
        name="content_shown_facets_newest",
    ),
    Index(
        "level",
        "content_type",
        "source",
        QUALITY_KEY,
        "created_at",
        "id",
        condition=Q(is_private=False),
        include=["quality_score"],
        name="content_shown_facets_best",
    ),
    # One creator's public works.
    Index(
        "creator",
        "level",
        "created_at",
        "id",
        condition=Q(is_private=False),
        name="content_shown_creator_newest",
    ),
    Index(
        "creator",
        "level",
        QUALITY_KEY,
        "created_at",
        "id",
        condition=Q(is_private=False),
        include=["quality_score"],
        name="content_shown_creator_best",
    ),
    # The viewer's own private works, merged into every list they see: those in the trash are in none.
    Index(
        "creator",
        "created_at",
        "id",
        condition=Q(is_private=True, trashed_at=None),
        name="content_own_newest",
    ),
    Index(
        "creator",
        QUALITY_KEY,
        "created_at",
        "id",
        condition=Q(is_private=True, trashed_at=None),
        include=["quality_score"],
        name="content_own_best",
    ),
    # /trash/, and what has been in there for too long.
    Index("creator", TRASH_KEY, "id", condition=Q(trashed_at__isnull=False), name="content_trash"),
    Index("trashed_at", condition=Q(trashed_at__isnull=False), name="content_trash_oldest"),
    # All works of one creator, public and private: their deletion, and PostgreSQL's own look for works that
    # refer to an account that goes, which no partial index answers.
    Index("creator", condition=Q(creator__isnull=False), name="content_creator"),
    # The admin's and staff's lists by type and source, where others' private works are merged in.
    Index(
        "level",
        "content_type",
        "source",
        "created_at",
        "id",
        condition=Q(is_private=True),
        name="content_staff_facets_newest",
    ),
    Index(
        "level",
        "content_type",
        "source",
        QUALITY_KEY,
        "created_at",
        "id",
        condition=Q(is_private=True),
        include=["quality_score"],
        name="content_staff_facets_best",
    ),
    # Most liked and popular this week: the gallery, a creator's public works, the viewer's own private ones,
    # and all private ones for staff. Types and sources are filtered: each is a good part of all works.
    *(
        Index(*leading, key, "created_at", "id", condition=condition, name=f"content_{name}")
        for key in ("likes", "popularity")
        for leading, condition, name in (
            (("level",), Q(is_private=False), f"shown_{key}"),
            (("creator", "level"), Q(is_private=False), f"creator_{key}"),
            (("creator",), Q(is_private=True, trashed_at=None), f"own_{key}"),
            (("level",), Q(is_private=True), f"staff_{key}"),
        )
    ),
    # Works whose popularity fades: what is counted again each day.
    Index("id", condition=Q(popularity__gt=0), name="content_fading"),
    # Lists of stacks: the gallery's, by level as above, an owner's own works, public and private, and all private
    # works for staff.
    *(
        Index(
            *leading,
            *keys,
            condition=Q(leads_stack=True, **scope),
            include=included,
            name=f"content_stacks_{name}",
        )
        for leading, keys, scope, included, name in (
            (("level",), ("created_at", "id"), PUBLIC, (), "newest"),
            (("level",), (QUALITY_KEY, "created_at", "id"), PUBLIC, ("quality_score",), "best"),
            (("creator", "level"), ("created_at", "id"), PUBLIC, (), "creator_newest"),
            (
                ("creator", "level"),
                (QUALITY_KEY, "created_at", "id"),
                PUBLIC,
                ("quality_score",),
                "creator_best",
            ),
            (("creator",), ("created_at", "id"), OWN, (), "own_newest"),
            (("creator",), (QUALITY_KEY, "created_at", "id"), OWN, ("quality_score",), "own_best"),
            (("level",), ("created_at", "id"), PRIVATE, (), "staff_newest"),
            (("level",), (QUALITY_KEY, "created_at", "id"), PRIVATE, ("quality_score",), "staff_best"),
        )
    ),
    # The works of a stack, the newest of them, and how many there are.
    Index("stack", "created_at", "id", condition=Q(stack__isnull=False), name="content_stack"),
    # Those that lead it, of which all but one have just come.
    Index("stack", "id", condition=Q(stack__isnull=False, leads_stack=True), name="content_stack_leaders"),
    # The works of a file, of generation data and of a library: privacy of files, and what changes with them.
    Index("media_file", condition=Q(media_file__isnull=False), name="content_media_file"),
    Index("generation", condition=Q(generation__isnull=False), name="content_generation"),
    Index("library", condition=Q(library__isnull=False), name="content_library"),
    # ?q=..., ?tag=... and the admin's search.
    GinIndex(fields=["search_words"], name="content_search_words"),
]
