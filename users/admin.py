"""The admin of accounts, and of the groups and API tokens that belong to them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from rest_framework.authtoken.admin import TokenAdmin as DRFTokenAdmin
from rest_framework.authtoken.models import TokenProxy

from genonaut.pagination.admin import LargeTableAdmin, RelatedRowFilter, RunsChangeList, as_id, change_link
from users.accounts import check_username, end_tokens, may_change
from users.listings import UserListing
from users.models import User
from users.sign_in import AdminSignInForm

admin.site.login_form = AdminSignInForm

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def clean_email(email: str, account: User) -> str:
    """Return the address as it is stored. Raises ValidationError when another account has it."""
    email = User.objects.normalize_email(email)
    if email and User.objects.exclude(pk=account.pk).filter(email=email).exists():
        raise ValidationError("An account with this e-mail address exists.")
    return email


class AccountCreationForm(AdminUserCreationForm):
    """Creates an account."""

    def clean_username(self) -> str:
        """Check the username."""
        check_username(self.cleaned_data["username"], self.instance)
        return self.cleaned_data["username"]

    def clean_email(self) -> str:
        """Check the e-mail address."""
        return clean_email(self.cleaned_data["email"], self.instance)


class AccountForm(UserChangeForm):
    """Changes an account."""

    def clean_username(self) -> str:
        """Check the username."""
        check_username(self.cleaned_data["username"], self.instance)
        return self.cleaned_data["username"]

    def clean_email(self) -> str:
        """Check the e-mail address."""
        return clean_email(self.cleaned_data["email"], self.instance)


class AccountPasswordForm(AdminPasswordChangeForm):
    """Sets an account's password, or takes it away."""

    def save(self, commit: bool = True) -> User:
        """Save it and end the tokens; Django tells nobody of a password that is taken away."""
        account = super().save(commit)
        end_tokens(account)
        return account


@admin.register(User)
class UserAdmin(LargeTableAdmin, DjangoUserAdmin):
    """Accounts."""

    sorts = UserListing.sorts
    indexes = {
        "created_at": ((), ("is_active",), ("is_staff",)),
        "username": ((), ("is_active",), ("is_staff",)),
    }
    partly_deleted = {"items": Q(is_private=True)}

    list_display = ("username", "name", "email", "is_active", "is_staff", "created_at")
    list_only = list_display
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "email", "id")
    search_help_text = 'The start of a username, a whole "username" in quotes, an e-mail address, or an id.'

    form = AccountForm
    add_form = AccountCreationForm
    change_password_form = AccountPasswordForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Profile", {"fields": ("name", "email", "preferences")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "name", "email", "usable_password", "password1", "password2"),
            },
        ),
    )
    record_fields = ("related_rows", "created_at", "last_login")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Return the fields that are only shown: nobody but superusers may give rights."""
        shown = super().get_readonly_fields(request, obj)
        return shown if request.user.is_superuser else (*shown, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether an account may be changed; those of other staff by superusers alone."""
        return (obj is None or may_change(request.user, obj)) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether an account may be deleted; those of other staff by superusers alone."""
        return (obj is None or may_change(request.user, obj)) and super().has_delete_permission(request, obj)

    def search(self, term: str) -> Q:
        """Return the condition of a search. The case of a username counts."""
        if len(term) > 2 and term.startswith('"') and term.endswith('"'):
            return Q(username=term[1:-1])
        found = Q(username__startswith=term)
        if "@" in term:
            found |= Q(email=User.objects.normalize_email(term))
        return found | as_id(term) if term.isdecimal() else found


class TokenChangeList(RunsChangeList):
    """Tokens go by the id of their user, so that no address holds a key."""

    def url_for_result(self, result: TokenProxy) -> str:
        """Return the address of a token's form."""
        return reverse("admin:authtoken_tokenproxy_change", args=[result.user_id])


admin.site.unregister(TokenProxy)


@admin.register(TokenProxy)
class TokenAdmin(LargeTableAdmin, DRFTokenAdmin):
    """API tokens. DRF's own admin loads every user into its form."""

    sorts = {"account": ("user", "key")}
    default_sort = "account"
    indexes = {"account": ((), ("user",))}
    list_display = ("account", "created")
    list_only = ("user__username", "created")
    list_select_related = ("user",)
    list_filter = (("user", RelatedRowFilter),)
    search_fields = ("user",)
    search_help_text = "A whole username."
    autocomplete_fields = ("user",)
    record_fields = ("key", "created")

    @admin.display(description="user", ordering="user")
    def account(self, token: TokenProxy) -> str:
        """Return the user's name."""
        return token.user.username

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ANN401
        """Return the changelist that knows a token's address."""
        return TokenChangeList

    def has_view_permission(self, request: HttpRequest, obj: TokenProxy | None = None) -> bool:
        """Return whether the viewer is a superuser: who holds a token acts as its user."""
        return request.user.is_superuser

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the viewer is a superuser."""
        return request.user.is_superuser

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return Q(user=User.objects.filter(username=term).values_list("pk", flat=True).first())


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Groups: few themselves, with perhaps very many members."""

    def get_deleted_objects(
        self, objs: list[Group] | QuerySet, request: HttpRequest
    ) -> tuple[list[str], dict[str, Any], set[str], list[str]]:
        """Return what a deletion would do; nothing but memberships goes with a group, and they are not loaded."""
        forbidden = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return [change_link(group) for group in objs], {}, forbidden, []
