"""What people say about a work, for its page and for the fragment of it."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from content.models import ContentItem
from genonaut import flags
from genonaut.pagination.lenient import LeftOut, own_query, read_leniently
from genonaut.pagination.page import Page
from interactions import comments
from interactions.comments import Comment
from interactions.forms import CommentForm
from interactions.listings import AnswerListing, ThreadListing
from interactions.models import Interaction
from interactions.rating import Ratings, ratings_of
from users.models import User

# Threads in the fragment.
FEW = "page_size=10"


@dataclass(frozen=True)
class Talk:
    """One page of the threads of an item."""

    item: ContentItem
    viewer: User | AnonymousUser
    listing: ThreadListing
    left_out: list[LeftOut]
    # What a member writes, with what was wrong with it.
    form: CommentForm

    @cached_property
    def page(self) -> Page:
        """The page of the list."""
        return self.listing.page()

    @cached_property
    def threads(self) -> list[Comment]:
        """The comments on the page, each with its first answers. One query beside the page's."""
        return comments.shown(self.page.items, self.item, self.viewer)

    @cached_property
    def ratings(self) -> Ratings:
        """The ratings of the item. One query, another if signed in."""
        return ratings_of(self.viewer, self.item.pk)

    @cached_property
    def count(self) -> str:
        """How many comments there are, answers included. One query."""
        return comments.count_of(self.item.pk)


def talk_of(item: ContentItem, viewer: User | AnonymousUser, query: QueryDict, form: CommentForm | None = None) -> Talk:
    """Return a page of the threads of an item, which the viewer sees. Raises the listing's errors."""
    fixed = {"content": str(item.pk)}
    own = own_query(ThreadListing, query, ())
    listing, left_out = read_leniently(ThreadListing, viewer, own, fixed=fixed, carried={}, **flags.paging())
    return Talk(item, viewer, listing, left_out, form or CommentForm())


def first_talk(item: ContentItem, viewer: User | AnonymousUser, form: CommentForm | None = None) -> Talk:
    """Return the newest threads of an item."""
    return talk_of(item, viewer, QueryDict(FEW), form)


def answers_to(thread: Interaction, viewer: User | AnonymousUser, query: QueryDict) -> AnswerListing:
    """Return the answers of a thread. Raises InvalidParametersError."""
    fixed = {"parent": str(thread.pk)}
    own = own_query(AnswerListing, query, ())
    listing, _ = read_leniently(AnswerListing, viewer, own, fixed=fixed, carried={}, **flags.paging())
    return listing
