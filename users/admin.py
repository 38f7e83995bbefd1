"""The admin of accounts, and of the groups and API tokens that belong to them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from rest_framework.authtoken.admin import TokenAdmin as DRFTokenAdmin
from rest_framework.authtoken.models import TokenProxy

from genonaut import deletions
from genonaut.large_admin import (
    LargeTableAdmin,
    OwnParametersAdmin,
    RelatedRowFilter,
    RowForm,
    RunsChangeList,
    as_id,
    change_link,
)
from genonaut.models import Deletion
from genonaut.pagination.indexes import Prefixes
from genonaut.pagination.keyset import Order
from users.access_admin import ApiTokenAdmin, PendingEmailAdmin, UserSessionAdmin
from users.accounts import check_username, close_account, end_access, may_change
from users.letters import post_of_password
from users.listings import UserListing
from users.models import ApiToken, PendingEmail, User, UserSession
from users.sign_in import AdminSignInForm

admin.site.login_form = AdminSignInForm
admin.site.register(ApiToken, ApiTokenAdmin)
admin.site.register(UserSession, UserSessionAdmin)
admin.site.register(PendingEmail, PendingEmailAdmin)

# Some 100 ms of an index's entries.
MOST_COUNTED = 500_000
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def clean_email(email: str, account: User) -> str:
    """Return the address as it is stored. Raises ValidationError when another account has it."""
    email = User.objects.normalize_email(email)
    if email and User.objects.exclude(pk=account.pk).filter(email=email).exists():
        raise ValidationError("An account with this e-mail address exists.")
    return email


def count_works(account: User) -> str:
    """Return how many works an account has: exact up to MOST_COUNTED, counted in one index. One query."""
    counted = account.items.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return f"{counted:,}" if counted <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


class AccountCreationForm(AdminUserCreationForm):
    """Creates an account."""

    def clean_username(self) -> str:
        """Check the username."""
        check_username(self.cleaned_data["username"], self.instance)
        return self.cleaned_data["username"]

    def clean_email(self) -> str:
        """Check the e-mail address."""
        return clean_email(self.cleaned_data["email"], self.instance)


class AccountForm(RowForm, UserChangeForm):
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

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        """Save it and end what opened the account; Django reports no password that is taken away."""
        account = super().save(commit)
        end_access(account)
        return account


@admin.register(User)
class UserAdmin(LargeTableAdmin, DjangoUserAdmin):
    """Accounts."""

    sorts = UserListing.sorts

    actions = ("delete_all_works",)
    list_display = ("username", "name", "email", "state", "role", "created_at")
    list_only = ("username", "name", "email", "is_active", "is_staff", "created_at")
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

    @admin.display(description="state")
    def state(self, account: User) -> str:
        """Return whether the account can be used."""
        return "Active" if account.is_active else "Deactivated"

    @admin.display(description="role")
    def role(self, account: User) -> str:
        """Return whether the account may enter the admin."""
        return "Staff" if account.is_staff else "Member"

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Return the fields that are only shown: superusers alone may give rights.

        One's own address is changed on `/accounts/me/`, which asks for the password: a stolen session does not suffice.
        """
        shown = super().get_readonly_fields(request, obj)
        own = ("email",) if obj == request.user else ()
        return (*shown, *own) if request.user.is_superuser else (*shown, *own, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether an account may be changed; those of other staff by superusers alone."""
        return (obj is None or may_change(request.user, obj)) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return whether an account may be deleted; those of other staff by superusers alone, one's own on
        `/accounts/me/`, which asks for the password."""
        is_barred = obj is not None and (obj == request.user or not may_change(request.user, obj))
        return not is_barred and super().has_delete_permission(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set an account's password; for one's own go to the page that asks for the one so far."""
        account = self.get_object(request, unquote(id))
        if account == request.user:
            return redirect("admin:password_change")
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if response.status_code == 302:  # it is set
                post_of_password(request, account, account.email, is_by_staff=True)
        return response

    # --- Deleting: an account is closed in one transaction; what belongs to it may take many

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        """Ask whether an account is to be deleted, or close it; work on its deletion once that is committed."""
        request.asked_deletions = []
        response = super().delete_view(request, object_id, extra_context)
        self._begin(request, request.asked_deletions)
        return response

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Close an account for good and ask for its deletion."""
        request.asked_deletions.append(close_account(obj, request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Close the accounts that were ticked, and work on their deletion."""
        self._begin(request, [close_account(account, request) for account in queryset])

    @admin.action(description="Delete all works of the selected users", permissions=("delete",))
    def delete_all_works(self, request: HttpRequest, queryset: QuerySet) -> TemplateResponse | None:
        """Ask whether all works of accounts are to be deleted, or ask for their deletion. The accounts stay."""
        works = User._meta.get_field("items").related_model
        accounts = [account for account in queryset if may_change(request.user, account)]
        if not self._may_delete(works, request) or len(accounts) < len(queryset):
            raise PermissionDenied
        if request.POST.get("post"):
            for account in accounts:
                self.log_change(request, account, "Deleted all works.")
            self._begin(request, [deletions.ask(account, "items") for account in accounts])
            return None
        counted = [(change_link(account), count_works(account)) for account in accounts]
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete all works",
            "opts": self.opts,
            "accounts": counted,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "queryset": queryset,
        }
        return TemplateResponse(request, "admin/users/user/delete_all_works.html", context)

    def _begin(self, request: HttpRequest, asked: list[Deletion]) -> None:
        if asked and not deletions.begin(asked):
            url = reverse("admin:genonaut_deletion_changelist")
            text = 'The rest goes in the background: <a href="{}">deletions</a> show how far it is.'
            messages.info(request, format_html(text, url))

    def search(self, term: str) -> Q:
        """Return the condition of a search. One query: a whole username may be in any case, its beginning may not."""
        if len(term) > 2 and term.startswith('"') and term.endswith('"'):
            return Q(pk=User.objects.pk_named(term[1:-1]))
        found = Q(username__startswith=term)
        if named := User.objects.pk_named(term):
            found |= Q(pk=named)
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
    list_display = ("account", "created")
    list_only = ("user__username", "created")
    list_select_related = ("user",)
    list_filter = (("user", RelatedRowFilter),)
    search_fields = ("user",)
    search_help_text = "A whole username."
    autocomplete_fields = ("user",)
    record_fields = ("key", "created")

    def prefixes(self, order: Order) -> Prefixes:
        """Return none, and the user: DRF declares both as keys of the table, and no index."""
        return ((), ("user",))

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
        return Q(user=User.objects.pk_named(term))


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(OwnParametersAdmin, DjangoGroupAdmin):
    """Groups: few themselves, with perhaps very many members. They give rights: superusers alone change them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the viewer is a superuser."""
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Return whether the viewer is a superuser."""
        return request.user.is_superuser

    has_delete_permission = has_change_permission

    def get_deleted_objects(
        self, objs: list[Group] | QuerySet, request: HttpRequest
    ) -> tuple[list[str], dict[str, Any], set[str], list[str]]:
        """Return what a deletion would do; nothing but memberships goes with a group, and they are not loaded."""
        forbidden = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return [change_link(group) for group in objs], {}, forbidden, []
