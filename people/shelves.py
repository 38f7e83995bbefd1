"""A person's own lists of works that can be exported, as pages."""

from content.galleries import Shelf
from content.own_works import OwnWorksListing
from genonaut.pagination.spec import Fixed
from people.listings import BookmarkListing, LikeListing
from users.models import User

OWN_WORKS = Shelf(
    OwnWorksListing,
    "people:works",
    heading="Your works",
    empty=("No works yet", "What you upload or create is kept here, public or private."),
    empty_link=("Add your first works", "uploads:upload"),
    below_heading="people/_own_works.html",
    names_creators=False,
)
LIKES = Shelf(
    LikeListing,
    "people:likes",
    heading="Likes",
    empty=("No likes yet", "Works that you like are kept here; only you see this list."),
    empty_link=("Show the gallery", "content:gallery"),
    below_heading="people/_marked.html",
)
BOOKMARKS = Shelf(
    BookmarkListing,
    "people:bookmarks",
    heading="Bookmarks",
    empty=("No bookmarks yet", "Works that you bookmark are kept here; only you see this list."),
    empty_link=("Show the gallery", "content:gallery"),
    below_heading="people/_marked.html",
)


def made_by(viewer: User) -> Fixed:
    """Return the filters that make a list of works that of the viewer's own."""
    return {"creator": str(viewer.pk)}
