"""Pages of what opens an account: its API tokens and its sessions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from rest_framework.authtoken.models import Token

from genonaut.api.authentication import expires_at
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther, to_sign_in
from genonaut.sentences import with_names
from users.accounts import end_token
from users.models import ApiToken
from users.sessions import device_name, end_sessions, live_sessions, note
from users.tokens import TokenForm, make_token


@sensitive_post_parameters()
@never_cache
@login_required
@reads_only()
def tokens(request: HttpRequest) -> HttpResponse:
    """Show one's own API tokens, or make one and show its key, this once."""
    form = TokenForm(request.POST or None, request=request)
    key = _made(request, form) if request.method == "POST" and form.is_valid() else None
    token = Token.objects.filter(user=request.user).first()
    context = {
        "form": form if key is None else TokenForm(request=request),
        "key": key,
        "tokens": ApiToken.objects.filter(user=request.user).order_by("-created_at"),
        "token": token,
        "token_ends": token and expires_at(token),
        "now": timezone.now(),
    }
    return render(request, "users/tokens.html", context)


def _made(request: HttpRequest, form: TokenForm) -> str | None:
    """Return the key of the token that a form asks for; None if another request took its name meanwhile."""
    try:
        with transaction.atomic():
            return make_token(request.user, form.cleaned_data["name"], form.cleaned_data["days"])
    except IntegrityError:
        form.add_error("name", "You have a token of this name.")
        return None


@require_POST
def end_named_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own API tokens."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("users:tokens"))
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    token.delete()
    messages.success(request, with_names("The token “{}” is ended.", token.name))
    return SeeOther(reverse("users:tokens"))


@require_POST
def end_endpoint_token(request: HttpRequest) -> HttpResponse:
    """End the token that one got from the API for username and password."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("users:tokens"))
    end_token(request.user)
    messages.success(request, "Your API token is ended.")
    return SeeOther(reverse("users:tokens"))


@never_cache
@login_required
@require_safe
@reads_only()
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where one is signed in."""
    note(request)
    rows = [
        {"row": row, "device": device_name(row.device), "is_this": row.session_key == request.session.session_key}
        for row in live_sessions(request.user)
    ]
    return render(request, "users/sessions.html", {"sessions": rows})


@require_POST
def end_session(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """End one of one's own sessions, or all but this one."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("users:sessions"))
    ended = end_sessions(request.user, pk=pk, but=request.session.session_key)
    if pk is not None and not ended:
        raise Http404
    text = "The session is ended." if pk is not None else f"Sessions ended: {ended}."
    messages.success(request, text)
    return SeeOther(reverse("users:sessions"))
