"""Accounts: the people (and imported creators) behind everything else."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import (
    CASCADE,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    EmailField,
    ForeignKey,
    Index,
    JSONField,
    Model,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    UniqueConstraint,
)
from django.db.models.functions import Lower
from django.utils import timezone

from genonaut.http.addresses import address_of
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from users.levels import BLUR_CHOICES, Level
from users.preferences import THEMES, keeps_private, preference
from users.querysets import AccountManager

# What lists filter on and the rankings count by.
FACETS = ["is_active", "is_staff"]


class User(AbstractUser):
    """An account: public are its username, name and works; the e-mail and preferences are its owner's alone."""

    first_name = None
    last_name = None
    date_joined = None

    name = CharField(max_length=200, blank=True, help_text="The name shown to others; the username where it is empty.")
    email = EmailField("e-mail address", blank=True)
    preferences = JSONField(default=dict, blank=True)
    # The highest level of works that lists show to the account, and the lowest that it sees blurred.
    shown_level = PositiveSmallIntegerField(choices=Level, default=Level.GENERAL, db_default=Level.GENERAL)
    blurred_level = PositiveSmallIntegerField(choices=BLUR_CHOICES, default=Level.SENSITIVE, db_default=Level.SENSITIVE)
    created_at = DateTimeField(default=timezone.now, editable=False)
    # The words of both names, written by a trigger (migration 0007).
    search_words = SearchVectorField(null=True, editable=False, serialize=False)

    objects = AccountManager()

    rankings = Rankings(
        orders={"newest": ("created_at", "id"), "username": ("username", "id")},
        facets=tuple(FACETS),
        # The e-mail address is a column of the admin's list.
        unwatched=(
            *("password", "last_login", "is_superuser", "preferences", "search_words"),
            *("shown_level", "blurred_level"),
        ),
    )

    class Meta:
        indexes = [
            # Public list of users, newest first; read backwards for oldest first.
            Index("created_at", "id", condition=Q(is_active=True), name="user_active_newest"),
            # Public list of users by username, and the start of a username typed into a search box.
            Index("username", "id", condition=Q(is_active=True), name="user_active_username"),
            # The few that are inactive or staff, in staff's list and the admin's filters.
            Index("created_at", "id", condition=Q(is_active=False), name="user_inactive_newest"),
            Index("username", "id", condition=Q(is_active=False), name="user_inactive_username"),
            Index("created_at", "id", condition=Q(is_staff=True), name="user_staff_newest"),
            Index("username", "id", condition=Q(is_staff=True), name="user_staff_username"),
            # The admin's list of all, and what the rankings are counted along (the facets lie in the index, so that the
            # table itself is left alone).
            Index("created_at", "id", include=FACETS, name="user_all_newest"),
            Index("username", "id", include=FACETS, name="user_all_username"),
            # The creators whom a word of a search names.
            GinIndex(fields=["search_words"], name="user_search_words"),
        ]
        constraints = [
            UniqueConstraint(Lower("username"), name="user_username_unique_in_any_case"),
            UniqueConstraint("email", condition=~Q(email=""), name="user_email_unique"),
            CheckConstraint(condition=Q(email=Lower("email")), name="user_email_in_lower_case"),
            # `?creator=42` means an id, `?creator=turner` a username; a username of digits would be both.
            CheckConstraint(condition=~Q(username__regex=r"^[0-9]*$"), name="user_username_not_digits"),
            CheckConstraint(condition=in_calendar("created_at"), name="user_time_in_calendar"),
            CheckConstraint(condition=Q(shown_level__in=Level.values), name="user_shown_level_known"),
            CheckConstraint(
                condition=Q(blurred_level__in=[value for value, _name in BLUR_CHOICES]), name="user_blurred_level_known"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def display_name(self) -> str:
        """The name to show: the given name, else the username."""
        return self.name or self.username

    @property
    def theme(self) -> str:
        """The colours that the owner prefers; empty if they leave it to the device."""
        theme = preference(self, "theme")
        return "" if theme == THEMES[0] else theme

    @property
    def keeps_private(self) -> bool:
        """Whether the owner's new works are private unless they say otherwise."""
        return keeps_private(self)

    def get_absolute_url(self) -> str:
        """Return the address of the public profile."""
        return address_of("content:profile", self.username)

    def get_full_name(self) -> str:
        """Return the name to show; Django's admin asks for it."""
        return self.display_name

    def get_short_name(self) -> str:
        """Return the name to show; Django's admin asks for it."""
        return self.display_name

    def clean(self) -> None:
        """Put the e-mail into the form the database keeps: lower case."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)


class PendingEmail(Model):
    """An address that becomes an account's once the link in a letter to it is followed.

    It is kept whether or not another account has the address: pages say the same of both.
    """

    user = OneToOneField(User, CASCADE, related_name="pending_email", primary_key=True)
    email = EmailField()
    # A new account that cannot be used before.
    activates = BooleanField(default=False)
    created_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        verbose_name, verbose_name_plural = "address to be confirmed", "addresses to be confirmed"
        indexes = [
            # The accounts that wait for an address.
            Index("email", name="pending_email_address"),
            # Those that have waited too long.
            Index("created_at", name="pending_email_oldest"),
        ]

    def __str__(self) -> str:
        return self.email


class ApiToken(Model):
    """A key that opens an account to a program. The key itself is shown once and not kept."""

    user = ForeignKey(User, CASCADE, related_name="api_tokens")
    name = CharField(max_length=100)
    # SHA-256 of the key, in hex.
    digest = CharField(max_length=64, unique=True)
    created_at = DateTimeField(default=timezone.now)
    expires_at = DateTimeField()
    # To the hour.
    used_at = DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        verbose_name = "API token"
        constraints = [
            UniqueConstraint("user", "name", name="api_token_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class UserSession(Model):
    """A session of Django's that is signed in, and where: Django's own rows do not say whose they are."""

    user = ForeignKey(User, CASCADE, related_name="sessions")
    session_key = CharField(max_length=40, unique=True)
    # As the browser calls itself (User-Agent).
    device = CharField(max_length=300, blank=True)
    started_at = DateTimeField(default=timezone.now)
    # To the hour.
    seen_at = DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [
            # Those that ended by themselves.
            Index("seen_at", name="user_session_oldest"),
        ]

    def __str__(self) -> str:
        return self.device
