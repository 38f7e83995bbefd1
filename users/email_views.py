"""Pages of letters: a forgotten password, and e-mail addresses that are confirmed and changed."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther
from users.email_addresses import LinkEndedError, await_address, confirm, pending_of, remove_address, withdraw
from users.intents import keep_for_letter
from users.letters import check_letter, post, post_of_address, post_of_password
from users.models import PendingEmail, User
from users.own_password import PasswordCheckedForm


class AddressForm(forms.Form):
    """Asks for the address of an account whose password is forgotten."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return User.objects.normalize_email(self.cleaned_data["email"])


class NewAddressForm(PasswordCheckedForm, AddressForm):
    """Asks for another e-mail address, and for the password; both are limited."""

    field_order = ("email", "password")


@never_cache
@reads_only()
def reset(request: HttpRequest) -> HttpResponse:
    """Send a link that sets a new password, if an account has the address; the page says the same in any case."""
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not settings.SENDS_MAIL or not form.is_valid():
        return render(request, "users/reset.html", {"form": form, "sends_mail": settings.SENDS_MAIL})
    email = form.cleaned_data["email"]
    check_letter(request, email)
    post(request, "reset", email)
    return keep_for_letter(request, render(request, "users/reset_sent.html", {"email": email}))


class ResetConfirmView(PasswordResetConfirmView):
    """Sets a new password by a link; the account's sessions and tokens end."""

    template_name = "users/reset_confirm.html"
    success_url = reverse_lazy("users:login")

    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Set it and end what the one before opened, and say so on the next page."""
        response = super().form_valid(form)
        post_of_password(self.request, self.user, self.user.email)
        messages.success(self.request, "Your new password is set. Sign in with it.")
        return response


@never_cache
@reads_only()
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """Give an account the address that a letter went to: by a form, since programs that read mail follow its links."""
    try:
        if request.method != "POST":
            return render(request, "users/email_confirm.html", {"pending": pending_of(key)})
        account, before = confirm(key)
    except LinkEndedError:
        return render(request, "users/email_confirm.html", {"pending": None}, status=404)
    post_of_address(request, account, before)
    messages.success(request, "Your e-mail address is confirmed.")
    is_own = request.user.is_authenticated and request.user == account
    return SeeOther(reverse("users:account" if is_own else "users:login"))


@sensitive_post_parameters()
@never_cache
@login_required
@reads_only()
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address and the password. If letters can be sent, a link in one makes it the account's."""
    form = NewAddressForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and _change(request, form):
        return SeeOther(reverse("users:account"))
    pending = PendingEmail.objects.filter(user=request.user).first()
    context: dict[str, Any] = {"form": form, "pending": pending, "sends_mail": settings.SENDS_MAIL}
    context["is_removable"] = request.user.email and settings.EMAIL_VERIFICATION != "mandatory"
    return render(request, "users/email.html", context)


@login_required
@require_POST
def withdraw_email(request: HttpRequest) -> HttpResponse:
    """Forget the address that one's own account is to have; its link ends."""
    withdraw(request.user)
    messages.success(request, "The link to another address is ended.")
    return SeeOther(reverse("users:email"))


@sensitive_post_parameters()
@never_cache
@login_required
@reads_only()
def remove_email(request: HttpRequest) -> HttpResponse:
    """Ask for the password; once it is right take one's own address away, which a letter tells.

    Raises Http404 where each account needs an address.
    """
    if settings.EMAIL_VERIFICATION == "mandatory":
        raise Http404("Accounts of this site need an e-mail address.")
    form = PasswordCheckedForm(request.POST or None, request=request)
    if request.method != "POST" or not form.is_valid():
        return render(request, "users/email_remove.html", {"form": form})
    with transaction.atomic():
        post_of_address(request, request.user, remove_address(request.user))
    messages.success(request, "Your account has no e-mail address any more.")
    return SeeOther(reverse("users:account"))


def _change(request: HttpRequest, form: NewAddressForm) -> bool:
    email = form.cleaned_data["email"]
    if not settings.SENDS_MAIL:
        return _store(request, form, email)
    check_letter(request, email)
    with transaction.atomic():
        await_address(request.user, email)
        post(request, "confirm", email, user_id=request.user.pk)
    messages.success(request, f"A letter is on its way to {email}: the address is yours once you follow its link.")
    return True


def _store(request: HttpRequest, form: NewAddressForm, email: str) -> bool:
    try:
        with transaction.atomic():
            User.objects.filter(pk=request.user.pk).update(email=email)
    except IntegrityError:
        form.add_error("email", "This address cannot be used.")
        return False
    messages.success(request, "Your e-mail address is changed.")
    return True
