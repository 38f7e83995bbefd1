"""Pages of one's own account: its settings, its password, and its end. Plain forms."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import get_script_prefix, reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from genonaut.http.limits import TooManyTriesError, check, check_sign_in
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther
from users.account_data import PLACE, AccountData
from users.accounts import delete_account
from users.letters import post_of_password
from users.own_password import PasswordCheckedForm
from users.settings_forms import SettingsForm

# Another copy is under way in this process: another try is worth while then.
WAIT_SECONDS = 60


class PasswordForm(PasswordChangeForm):
    """Changes a user's own password if they know the current one; guesses of it are limited as signing in is."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Check the password so far. Raises ValidationError, and TooManyTriesError, which is answered with 429."""
        check_sign_in(self.request, self.user.get_username())
        return super().clean_old_password()


class PasswordView(PasswordChangeView):
    """Changes one's own password; the account's other sessions and its token end."""

    form_class = PasswordForm
    template_name = "users/password.html"
    success_url = reverse_lazy("users:account")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Hand the request to the form."""
        return {**super().get_form_kwargs(), "request": self.request}

    @transaction.atomic
    def form_valid(self, form: PasswordForm) -> HttpResponse:
        """Change it and end what it opened before, and say so on the next page."""
        response = super().form_valid(form)
        post_of_password(self.request, form.user, form.user.email)
        messages.success(self.request, "Your password is changed. Other sessions and the API token are ended.")
        return response


class AdminPasswordView(PasswordView):
    """The same in the admin's frame."""

    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("admin:password_change_done")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - handed on
        """Add what the admin's frame shows."""
        return super().get_context_data(**kwargs, **admin.site.each_context(self.request))


@never_cache
@login_required
@reads_only()
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own settings and what else one can do with the account, or save the settings."""
    form = SettingsForm(request.POST or None, account=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your settings are saved.")
        return SeeOther(reverse("users:account"))
    return render(request, "users/account.html", {"form": form})


@never_cache
@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Send one's own data as a zip. By a form, since it may be much. Raises TooManyTriesError."""
    if not PLACE.acquire(blocking=False):
        raise TooManyTriesError(WAIT_SECONDS)
    try:
        # Not before: a try that is refused while another copy is under way does not count.
        check("export", request.user.pk)
        data = AccountData(request.user, request.build_absolute_uri(get_script_prefix()))
    except BaseException:
        PLACE.release()
        raise
    name = f"genonaut-{timezone.now():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(data, content_type="application/zip", headers=headers)


@sensitive_post_parameters()
@never_cache
@login_required
@reads_only()
def close(request: HttpRequest) -> HttpResponse:
    """Ask for the password; once it is right close one's own account for good."""
    form = PasswordCheckedForm(request.POST or None, request=request)
    if request.method != "POST" or not form.is_valid():
        return render(request, "users/close.html", {"form": form})
    delete_account(request.user, request)
    logout(request)
    messages.success(request, "Your account is deleted.")
    return SeeOther(reverse("content:gallery"))
