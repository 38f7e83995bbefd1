"""The page that changes one's own username."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UsernameField
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther
from users.accounts import check_username
from users.models import User
from users.own_password import PasswordCheckedForm


class UsernameForm(PasswordCheckedForm):
    """Asks for another username, and for the password; guesses of it are limited."""

    username = UsernameField(max_length=150, validators=[User.username_validator])
    field_order = ("username", "password")

    def clean_username(self) -> str:
        """Check the username. Raises ValidationError."""
        check_username(self.cleaned_data["username"], self.request.user)
        return self.cleaned_data["username"]


@sensitive_post_parameters()
@never_cache
@login_required
@reads_only()
def change_username(request: HttpRequest) -> HttpResponse:
    """Ask for another username and the password, and change it."""
    form = UsernameForm(request.POST or None, request=request, initial={"username": request.user.username})
    if request.method != "POST" or not form.is_valid() or not _rename(request.user, form):
        return render(request, "users/username.html", {"form": form})
    messages.success(request, "Your username is changed.")
    return SeeOther(reverse("users:account"))


def _rename(account: User, form: UsernameForm) -> bool:
    # Not the request's own account: the page shows the name so far if it is taken meanwhile.
    renamed = User(pk=account.pk, username=form.cleaned_data["username"])
    try:
        with transaction.atomic():
            renamed.save(update_fields=["username"])
    except IntegrityError:
        form.add_error("username", "A user with that username already exists.")
        return False
    return True
