"""Addresses for signing in and out, and of one's own account."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from genonaut.http.queries import reads_only
from users.sign_in import SignInForm
from users.views import AdminPasswordView, PasswordView, account, close, end_token

app_name = "users"

urlpatterns = [
    path(
        "accounts/login/",
        reads_only("next")(LoginView.as_view(template_name="users/login.html", authentication_form=SignInForm)),
        name="login",
    ),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/me/", account, name="account"),
    path("accounts/me/password/", reads_only()(PasswordView.as_view()), name="password"),
    path("accounts/me/token/end/", end_token, name="end-token"),
    path("accounts/me/delete/", close, name="close"),
    # Before the admin's own, which lets the password so far be guessed.
    path("admin/password_change/", admin.site.admin_view(AdminPasswordView.as_view())),
]
