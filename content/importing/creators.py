"""Creators named by an import: which account each name belongs to."""

from collections.abc import Iterable
from hashlib import sha256

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify

from users.models import User

USERNAME_LIMIT = User._meta.get_field("username").max_length
NOBODY_YET = 0  # no account has this id


def username_of(name: str) -> str:
    """Return the username of a creator: the name as a slug, lower case, letters of every script kept.

    Names with the same slug ("J. Turner", "j turner") are the same creator. A name of digits alone gets a prefix, since
    `?creator=42` means an id; one without any letter or digit ("?!") is told apart by its hash.
    """
    slug = slugify(name, allow_unicode=True) or f"creator-{sha256(name.encode()).hexdigest()[:12]}"
    if slug.isdecimal():
        slug = f"creator-{slug}"
    return slug[:USERNAME_LIMIT]


class Creators:
    """Finds the accounts of creators' names, whatever the case of their usernames, and creates those that are missing.

    It remembers what it found for as long as it lives: a few queries for names that it has not met, none for others.
    """

    def __init__(self, *, is_dry_run: bool = False) -> None:
        """In a dry run no account is created, and the id of a missing one is NOBODY_YET."""
        self.is_dry_run = is_dry_run
        self.created = 0
        self.known: dict[str, int] = {}

    def ids(self, names: Iterable[str]) -> dict[str, int]:
        """Return the account's id for each name: whose username it is, else whose username is made of it."""
        names = set(names)
        self.find(names - self.known.keys())
        usernames = {name: name if name in self.known else username_of(name) for name in names}
        self.find({username for username in usernames.values() if username not in self.known})
        missing = {username: name for name, username in usernames.items() if username not in self.known}
        if missing:
            self.create(missing)
        return {name: self.known[username] for name, username in usernames.items()}

    def find(self, usernames: set[str]) -> None:
        """Look up accounts and remember them; one query."""
        if not usernames:
            return
        users = User.objects.annotate(lowered=Lower("username"))
        found = users.filter(Q(lowered__in=usernames) | Q(username__in=usernames))
        for pk, username, lowered in found.values_list("pk", "username", "lowered"):
            self.known[username if username in usernames else lowered] = pk

    def create(self, missing: dict[str, str]) -> None:
        """Create accounts that no password opens, username -> name; one that appears meanwhile is taken as it is."""
        if self.is_dry_run:
            self.created += len(missing)
            self.known |= dict.fromkeys(missing, NOBODY_YET)
            return
        users = [User(username=username, name=name, password=make_password(None)) for username, name in missing.items()]
        User.objects.bulk_create(users, ignore_conflicts=True)
        self.created += len(missing)
        self.find(set(missing))
