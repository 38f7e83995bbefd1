"""Phrases about content: who may see which items, and what a card or a page needs loaded."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Left

from content.searches import read
from users.levels import hidden_levels, shown_levels
from users.models import User
from users.querysets import ScopedQuerySet, any_of, is_staff

# Characters of a text that its card shows, and has room for.
OPENING_LENGTH = 240
# Works of a stack that are counted for its card.
MOST_STACKED = 100
# What a card shows of a work, and of what it refers to.
CARD_FIELDS = (
    "title",
    "content_type",
    "source",
    "quality_score",
    "is_private",
    "trashed_at",
    "level",
    "hides_prompt",
    "seed",
    "source_id",
    "is_pictured",
    "stack",
    "created_at",
)
CARD_RELATIONS = {
    "media_file": (
        "sha256",
        "format",
        "mime",
        "size",
        "width",
        "height",
        "duration",
        "thumbhash",
        "colour",
        "pictured_at",
        "picture_error",
    ),
    "creator": ("username", "name", "is_active"),
    "library": ("name",),
}


def opening_of(item: str = "") -> Case:
    """Return how a work begins that a path leads to, as `content__`; of texts alone: `data` of others is an address."""
    begins = Left(f"{item}data", OPENING_LENGTH)
    return Case(When(**{f"{item}content_type": "text"}, then=begins), default=Value(""), output_field=TextField())


class LikeCount(Func):
    """How many like a work at this moment: its column and the deltas that are not moved into it yet.

    `path` leads to the work's row, as in "content__". Each work is one look into an index that has pending likes alone.
    """

    template = "(%(expressions)s AND delta.likes <> 0), 0))::int"
    arg_joiner = " + coalesce((SELECT sum(delta.likes) FROM content_countdelta AS delta WHERE delta.content_id = "
    output_field = IntegerField()

    def __init__(self, path: str = "") -> None:
        super().__init__(F(f"{path}likes"), F(f"{path}pk"))


class StackSize(Func):
    """How many works are in the stack of a work, up to MOST_STACKED; 1 of a work that is alone.

    `path` leads to the work's row, as in "content__". Each work is one look into an index.
    """

    template = f"""(CASE WHEN %(expressions)s IS NULL THEN 1 ELSE (SELECT count(*)::int FROM (
        SELECT FROM content_contentitem AS stacked WHERE stacked.stack = %(expressions)s LIMIT {MOST_STACKED}
    ) AS counted) END)"""  # noqa: S608 - a number
    output_field = IntegerField()

    def __init__(self, path: str = "") -> None:
        super().__init__(F(f"{path}stack"))


# The size of a stack in lists that show none: to count them would take a fifth of a page's time or more.
NOT_COUNTED = Value(None, output_field=IntegerField())


class ContentItemQuerySet(ScopedQuerySet):
    """Content items, narrowed and loaded for a purpose."""

    def scopes(self, viewer: User | AnonymousUser) -> list[Q]:
        """Return the public items, then the viewer's own private ones, for staff all private ones.

        Works in the trash are private: staff alone see them (`in_trash_of` keeps an owner's).
        """
        public = Q(is_private=False)
        if is_staff(viewer):
            return [public, Q(is_private=True)]
        own = Q(is_private=True, trashed_at=None, creator=viewer)
        return [public, own] if viewer.is_authenticated else [public]

    def shown_scopes(self, viewer: User | AnonymousUser) -> list[Q]:
        """Return the disjoint conditions of what lists show: `scopes` without others' works above the viewer's level.

        Each fixes the level of public works, which their indexes begin with. An owner's works are shown at any level.
        """
        shown = [{"level": level.value} for level in shown_levels(viewer)]
        public = [Q(is_private=False, **level) for level in shown]
        if not viewer.is_authenticated:
            return public
        above = [{"level": level.value} for level in hidden_levels(viewer)]
        public += [Q(is_private=False, creator=viewer, **level) for level in above]
        own = {"is_private": True, "trashed_at": None, "creator": viewer}
        if is_staff(viewer):
            return public + [Q(is_private=True, **level) for level in shown] + [Q(**own, **level) for level in above]
        return [*public, Q(**own)]

    def shown_to(self, viewer: User | AnonymousUser) -> Self:
        """Keep the works that lists show to a viewer, among those that the viewer sees."""
        return self.filter(any_of(self.shown_scopes(viewer)))

    def owned_by(self, owner: User) -> Self:
        """Keep a creator's works, public and private, but for those in the trash."""
        return self.filter(creator=owner, trashed_at=None)

    def in_trash_of(self, owner: User) -> Self:
        """Keep the works that a creator moved to the trash."""
        return self.filter(creator=owner, is_private=True, trashed_at__isnull=False)

    def with_pictures_for(self, viewer: User | AnonymousUser) -> Self:
        """Keep the items whose thumbnails the viewer gets by the item: those seen, and their own trash."""
        return self._or_in_trash_of(viewer, self.visible_to(viewer))

    def with_thumbnails_for(self, viewer: User | AnonymousUser) -> Self:
        """Keep the items whose thumbnails the viewer gets by hash: those seen with prompts, and their own trash."""
        return self._or_in_trash_of(viewer, self.with_prompts_for(viewer))

    def _or_in_trash_of(self, viewer: User | AnonymousUser, shown: Self) -> Self:
        return shown | self.in_trash_of(viewer) if viewer.is_authenticated and not is_staff(viewer) else shown

    def with_prompts_for(self, viewer: User | AnonymousUser) -> Self:
        """Keep the items that the viewer sees with their prompts: `ContentItem.shows_prompt_to` as a condition."""
        visible = self.visible_to(viewer)
        if is_staff(viewer):
            return visible
        shown = Q(hides_prompt=False)
        return visible.filter(shown | Q(creator=viewer) if viewer.is_authenticated else shown)

    def refers_to_visible(self, viewer: User | AnonymousUser) -> Q:
        """Return the condition, for a model with a `content` reference, that the item it refers to is visible.

        A scalar subquery: PostgreSQL looks each item up by its key as the list is walked. A join would let it read the
        whole table of items for a hash instead.
        """
        return Q() if is_staff(viewer) else self._refers_to(any_of(self.scopes(viewer)))

    def refers_to_shown(self, viewer: User | AnonymousUser) -> Q:
        """Return the condition, likewise, that lists show the item to the viewer."""
        return self._refers_to(any_of(self.shown_scopes(viewer)))

    def _refers_to(self, condition: Q) -> Q:
        item = self.filter(pk=OuterRef("content_id"))
        is_met = ExpressionWrapper(condition, output_field=BooleanField())
        return Q(Subquery(item.values(is_met=is_met), output_field=BooleanField()))

    def matching(self, text: str) -> Self:
        """Keep items that show the words of a search (content/searches.py). One query, which reads the search."""
        return self.filter(read(text).condition)

    def for_cards(self, *, counts_stacks: bool = False) -> Self:
        """Load what a card shows and nothing heavy: no prompt, metadata, tags, generation data or search words.

        Of a text its beginning, as `opening`; how many like each, as `like_count`; the works of its stack, as
        `stack_size`, which is None unless stacks are counted.
        """
        stack_size = StackSize() if counts_stacks else NOT_COUNTED
        told = {"opening": opening_of(), "like_count": LikeCount(), "stack_size": stack_size}
        works = self.select_related(*CARD_RELATIONS).annotate(**told)
        return works.only(
            *CARD_FIELDS, *(f"{name}__{field}" for name, fields in CARD_RELATIONS.items() for field in fields)
        )

    def for_details(self) -> Self:
        """Load everything a page of one item shows, with its creator, library, file and generation data."""
        works = self.select_related("creator", "library", "media_file", "generation__model").defer("search_words")
        return works.annotate(like_count=LikeCount(), stack_size=StackSize())
