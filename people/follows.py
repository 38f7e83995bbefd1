"""Following people: setting and ending it, and what a profile says of it."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from genonaut.counted import count_up_to, things_text
from notices.writing import notify_followed
from people.models import Follow
from users.intents import Intent
from users.models import User

# Followers are counted up to here; beyond it "9,999+" says enough.
COUNT_LIMIT = 9_999
# Works of so many people make a feed, those who were followed last: rows of a page are compared with each of them.
MOST_IN_FEED = 500
# No account has this id.
NO_CREATOR = 0


class UnknownPersonError(LookupError):
    """No account of this id is there for the user to follow."""


class Following(NamedTuple):
    """What a profile says of its followers, and whether the viewer is one. `may_follow`: it is not the viewer's own."""

    person: User
    count: int
    is_following: bool
    may_follow: bool

    @property
    def text(self) -> str:
        """The number of followers in words; it does not say more than was counted."""
        return things_text(self.count, "follower", most=COUNT_LIMIT)

    @property
    def variant(self) -> str:
        """What pages that show this differ in."""
        return f"{self.count} {self.is_following} {self.may_follow}"


def set_follow(user: User, person_id: int, *, is_on: bool) -> bool:
    """Follow a person, who is told, or no longer; done twice it is done once. Return whether anything changed.

    Raises **UnknownPersonError** if there is no such active account, or it is the user's own.
    """
    person = None if person_id == user.pk else User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise UnknownPersonError(person_id)
    if not is_on:
        deleted, _ = Follow.objects.filter(user=user, person_id=person_id).delete()
        return bool(deleted)
    try:
        with transaction.atomic():
            is_new = Follow.objects.get_or_create(user=user, person=person)[1]
            if is_new:
                notify_followed(person, user)
            return is_new
    except IntegrityError as error:  # one of the two went before this transaction ended
        raise UnknownPersonError(person_id) from error


def follow(user: User, intent: Intent) -> str:
    """Follow a person, after signing in; return what is said of it. Raises UnknownPersonError."""
    set_follow(user, intent.pk, is_on=True)
    return "You follow them now."


def following_of(viewer: User | AnonymousUser, person: User) -> Following:
    """Return what a person's profile says. One query, another if signed in."""
    count = count_up_to(Follow.objects.filter(person=person, user__is_active=True), COUNT_LIMIT)
    is_other = viewer.pk != person.pk
    is_following = is_other and viewer.is_authenticated and Follow.objects.filter(user=viewer, person=person).exists()
    return Following(person, count, is_following, may_follow=is_other and person.is_active)


def fixed_feed(user: User) -> dict[str, str]:
    """Return the filter values that a user's feed is made of. One query."""
    return {"followed": ",".join(map(str, followed_by(user) or [NO_CREATOR]))}


def followed_by(user: User) -> list[int]:
    """Return the ids of those whom a user follows, the newest MOST_IN_FEED, smallest first. One query."""
    newest = Follow.objects.filter(user=user, person__is_active=True).order_by("-created_at", "-id")
    return sorted(newest.values_list("person_id", flat=True)[:MOST_IN_FEED])
