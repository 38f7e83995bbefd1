"""Pages for signing in and signing up."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from genonaut.http.redirects import SeeOther
from users.intents import LeadsToIntent, fulfil, keep_for_letter
from users.models import User
from users.sign_in import SignInForm
from users.sign_up import SignUpForm

TAKEN = "A user with that username already exists."


class SignInView(LeadsToIntent, LoginView):
    """Signs in."""

    template_name = "users/login.html"
    authentication_form = SignInForm

    def form_valid(self, form: SignInForm) -> HttpResponse:
        """Sign in, and do what the visitor clicked before."""
        return fulfil(self.request, super().form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - handed on
        """Add what visitors without an account may do."""
        waits = settings.EMAIL_VERIFICATION == "mandatory"
        return super().get_context_data(**kwargs, sign_up=settings.SIGN_UP, must_confirm=waits)


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SignUpView(LeadsToIntent, FormView):
    """Makes an account and signs it in, unless its address is to be confirmed first; says so if sign-up is closed."""

    template_name = "users/sign_up.html"
    form_class = SignUpForm
    next_page = reverse_lazy("content:gallery")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Hand the request to the form."""
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - handed on
        """Add where the form leads, and what is to be said of accounts on this site."""
        said = {"sign_up": settings.SIGN_UP, "next": self.get_redirect_url(), "sends_mail": settings.SENDS_MAIL}
        # The index of staff is short, the table may be long.
        is_first = settings.SIGN_UP and not User.objects.filter(is_staff=True, is_superuser=True).exists()
        return super().get_context_data(**kwargs, **said, is_first=is_first)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - of the route
        """Make an account, if sign-up is open."""
        if not settings.SIGN_UP:
            return self.render_to_response(self.get_context_data(), status=403)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Make the account; another request may take the name at the same time."""
        try:
            account = form.save()
        except IntegrityError:
            form.add_error("username", TAKEN)
            return self.form_invalid(form)
        if not account.is_active:
            return keep_for_letter(self.request, SeeOther(reverse_lazy("users:sign-up-sent")))
        login(self.request, account)
        return fulfil(self.request, SeeOther(self.get_success_url()))


class SignUpSentView(TemplateView):
    """Says that a letter is on its way."""

    template_name = "users/sign_up_sent.html"
