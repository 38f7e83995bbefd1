"""The moderation queue: reports, open ones first, and what staff do about them."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from content import moderated
from content.models import ContentItem, Level
from genonaut import deletions
from genonaut.large_admin import LargeTableAdmin, as_id, change_link, log_changes, logged_changes
from moderation import reporting
from moderation.models import Outcome, Report
from users.accounts import may_change
from users.models import User


@admin.register(Report)
class ReportAdmin(LargeTableAdmin):
    """What people say is wrong. Nothing of it is edited: reports are closed by what is done about them."""

    sorts = {"is_open": ("is_open", "created_at", "id")}
    default_sort = "is_open"
    actions = (
        "dismiss",
        "mark_general",
        "mark_sensitive",
        "mark_explicit",
        "hide_works",
        "release_works",
        "remove_comments",
        "delete_all_works",
    )
    list_display = ("__str__", "kind", "thing", "excerpt", "reporter_link", "created_at", "state")
    list_select_related = ("content__creator", "comment__user", "account", "reporter", "closed_by")
    list_only = (
        *("kind", "quoted", "reason", "created_at", "is_open", "outcome", "closed_at"),
        *("content__title", "content__creator__username", "comment__kind", "comment__user__username"),
        *("account__username", "reporter__username", "closed_by__username"),
    )
    list_filter = ("is_open", "kind", "reason")
    search_fields = ("id",)
    search_help_text = "An id."
    readonly_fields = (
        *("kind", "thing", "quoted", "reason", "text", "reporter_link"),
        *("is_open", "outcome", "closed_at", "closer_link"),
    )
    fieldsets = (
        (None, {"fields": ("kind", "thing", "quoted", "reason", "text", "reporter_link")}),
        ("Outcome", {"fields": ("is_open", "outcome", "closed_at", "closer_link")}),
    )
    record_fields = ("created_at",)

    @admin.display(description="reported")
    def thing(self, report: Report) -> str:
        """Return a link to what is reported."""
        return "deleted" if report.target is None else change_link(report.target)

    @admin.display(description="what it said")
    def excerpt(self, report: Report) -> str:
        """Return the beginning of what the report keeps of it."""
        return f"{report.quoted[:79]}…" if len(report.quoted) > 80 else report.quoted

    @admin.display(description="reporter")
    def reporter_link(self, report: Report) -> str:
        """Return a link to the reporter."""
        return change_link(report.reporter) if report.reporter else "–"

    @admin.display(description="closed by")
    def closer_link(self, report: Report) -> str:
        """Return a link to the staff member who closed it."""
        return change_link(report.closed_by) if report.closed_by else "–"

    @admin.display(description="state", ordering="is_open")
    def state(self, report: Report) -> str:
        """Return whether the report is open, else what became of it, when and by whom."""
        if report.is_open or report.closed_at is None:
            return "Open"
        who = report.closed_by.username if report.closed_by else "an account that is gone"
        return f"{report.get_outcome_display()}, {report.closed_at:%Y-%m-%d %H:%M} by {who}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: people report, staff do not."""
        return False

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return as_id(term)

    # --- What is done about them

    @admin.action(description="Dismiss the selected reports", permissions=("change",))
    def dismiss(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Close reports of what is all right."""
        self._tell(request, reporting.close(queryset.order_by(), request.user, Outcome.DISMISSED), "report", "closed")

    @admin.action(description="Mark the reported works as general", permissions=("change",))
    def mark_general(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Put the works at this level, and close all reports of them."""
        self._set_levels(request, queryset, Level.GENERAL)

    @admin.action(description="Mark the reported works as sensitive", permissions=("change",))
    def mark_sensitive(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Put the works at this level, and close all reports of them."""
        self._set_levels(request, queryset, Level.SENSITIVE)

    @admin.action(description="Mark the reported works as explicit", permissions=("change",))
    def mark_explicit(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Put the works at this level, and close all reports of them."""
        self._set_levels(request, queryset, Level.EXPLICIT)

    def _set_levels(self, request: HttpRequest, queryset: QuerySet, level: Level) -> None:
        self._check(request, "content.change_contentitem")
        chosen, done = self._loaded(queryset), f"marked as {level.label.lower()}"
        with self._logged_works(request, chosen, done):
            count = reporting.set_levels(chosen, request.user, level)
        self._tell(request, count, "work", done)

    @admin.action(description="Hide the reported works", permissions=("change",))
    def hide_works(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Make the works private until they are released, and close all reports of them."""
        self._check(request, "content.change_contentitem")
        chosen = self._loaded(queryset)
        with self._logged_works(request, chosen, "hidden"):
            count = reporting.hide_works(chosen, request.user)
        self._tell(request, count, "work", "hidden")

    @admin.action(description="Release the reported works", permissions=("change",))
    def release_works(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let the owners of works that were hidden make them public again. Reports stay as they are."""
        self._check(request, "content.change_contentitem")
        chosen = self._loaded(queryset)
        with self._logged_works(request, chosen, "released"):
            count = reporting.release_works(chosen)
        self._tell(request, count, "work", "released")

    @admin.action(description="Remove the reported comments", permissions=("change",))
    def remove_comments(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Remove the comments, and close all reports of them."""
        self._check(request, "interactions.delete_interaction")
        chosen = self._loaded(queryset)
        comments = {row.comment for row in chosen if row.comment is not None and row.comment.removed_at is None}
        with transaction.atomic():
            log_changes(request, comments, "Removed.")
            count = reporting.remove_comments(chosen, request.user)
        self._tell(request, count, "comment", "removed")

    @admin.action(description="Delete all works of the reported accounts", permissions=("change",))
    def delete_all_works(self, request: HttpRequest, queryset: QuerySet) -> TemplateResponse | None:
        """Ask whether all works of the accounts behind reports go, or ask for their deletion. The accounts stay."""
        self._check(request, "users.delete_user")
        self._check(request, "content.delete_contentitem")
        accounts = reporting.accounts_of(self._loaded(queryset))
        if not all(may_change(request.user, account) for account in accounts):
            raise PermissionDenied
        if request.POST.get("post"):
            self._delete_all_works(request, accounts)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete all works",
            "opts": self.opts,
            "accounts": [change_link(account) for account in accounts],
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "queryset": queryset,
        }
        return TemplateResponse(request, "admin/moderation/report/delete_all_works.html", context)

    def _delete_all_works(self, request: HttpRequest, accounts: list[User]) -> None:
        with transaction.atomic():
            log_changes(request, accounts, "Deleted all works.")
            asked = reporting.delete_all_works(accounts, request.user)
        self._tell(request, len(accounts), "account", "emptied")
        if asked and not deletions.begin(asked):
            url = reverse("admin:genonaut_deletion_changelist")
            text = 'The rest goes in the background: <a href="{}">deletions</a> show how far it is.'
            messages.info(request, format_html(text, url))

    def _loaded(self, queryset: QuerySet) -> list[Report]:
        """Return the chosen reports with what they are about. One query."""
        loaded = queryset.order_by().select_related("content__creator", "comment__user", "account")
        return list(loaded.defer("content__search_words"))

    def _logged_works(self, request: HttpRequest, chosen: Sequence[Report], done: str) -> AbstractContextManager[None]:
        works = ContentItem.objects.only("title").filter(pk__in={row.content_id for row in chosen if row.content_id})
        return logged_changes(request, works, moderated.DECIDED, f"{done.capitalize()}.")

    def _check(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied

    def _tell(self, request: HttpRequest, count: int, noun: str, done: str) -> None:
        messages.success(request, f"{count} {noun}{'' if count == 1 else 's'} {done}.")
