"""What visitors wanted to do with a work before they signed in (users/intents.py)."""

from typing import Any

from django.http import QueryDict

from genonaut.http.limits import TooManyTriesError
from genonaut.pagination.errors import InvalidParametersError
from interactions import comments, rating
from interactions.comments import UnknownCommentError
from interactions.forms import CommentForm
from interactions.likes import UnknownItemError, set_mark
from interactions.models import Kind
from users.intents import DEEDS, Deed, Intent, NotDoneError
from users.models import User

GONE = "Your comment is not there: what you wrote about is gone or private by now."


def register() -> None:
    """Let these be done once a visitor signed in."""
    DEEDS["like"] = Deed(like)
    DEEDS["bookmark"] = Deed(bookmark)
    DEEDS["rate"] = Deed(rate, said_stars)
    DEEDS["comment"] = Deed(comment, said_comment)


def like(user: User, intent: Intent) -> str:
    """Like a work. Raises UnknownItemError."""
    set_mark(user, intent.pk, Kind.LIKE, is_on=True)
    return "You like this work now."


def bookmark(user: User, intent: Intent) -> str:
    """Bookmark a work. Raises UnknownItemError."""
    set_mark(user, intent.pk, Kind.BOOKMARK, is_on=True)
    return "The work is bookmarked now."


def rate(user: User, intent: Intent) -> str:
    """Rate a work. Raises UnknownItemError."""
    stars = intent.said["rating"]
    rating.rate(user, intent.pk, stars)
    return f"You gave this work {stars} star{'' if stars == 1 else 's'}."


def comment(user: User, intent: Intent) -> str:
    """Write a comment, once for an intent. Raises NotDoneError."""
    said = intent.said
    try:
        comments.check_comment_rate(user)
        comments.add(user, intent.pk, said["text"], parent_id=said.get("parent"), key=intent.key)
    except TooManyTriesError as error:
        raise NotDoneError(f"Your comment is not there. {error}") from error
    except (UnknownItemError, UnknownCommentError) as error:
        raise NotDoneError(GONE) from error
    return "Your comment is there."


def said_stars(form: QueryDict) -> dict[str, Any]:
    """Return the stars of a form; none are taken back from a visitor. Raises InvalidParametersError."""
    stars = rating.stars_of(form)
    if stars == rating.NONE:
        raise InvalidParametersError({"rating": ["Must be 1 to 5."]})
    return {"rating": stars}


def said_comment(form: QueryDict) -> dict[str, Any]:
    """Return the text of a form, and which comment it answers. Raises InvalidParametersError."""
    checked = CommentForm(form)
    if not checked.is_valid():
        raise InvalidParametersError({name: [str(one) for one in errors] for name, errors in checked.errors.items()})
    return kept_of(checked)


def kept_of(form: CommentForm) -> dict[str, Any]:
    """Return what an intent keeps of a valid form."""
    parent = form.cleaned_data["parent"]
    return {"text": form.cleaned_data["text"], **({} if parent is None else {"parent": parent})}
