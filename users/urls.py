"""Addresses for signing in and out."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from genonaut.queries import reads_only
from users.sign_in import SignInForm

app_name = "users"

urlpatterns = [
    path(
        "accounts/login/",
        reads_only("next")(LoginView.as_view(template_name="users/login.html", authentication_form=SignInForm)),
        name="login",
    ),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]
