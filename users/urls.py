"""Addresses for signing in and out, and of one's own account."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path

from genonaut.http.queries import reads_only
from users.access_views import end_endpoint_token, end_named_token, end_session, sessions, tokens
from users.email_views import ResetConfirmView, change_email, confirm_email, remove_email, reset, withdraw_email
from users.intents import intend
from users.sign_in_views import SignInView, SignUpSentView, SignUpView
from users.username_views import change_username
from users.views import AdminPasswordView, PasswordView, account, close, export

app_name = "users"

urlpatterns = [
    path("accounts/login/", reads_only("next")(SignInView.as_view()), name="login"),
    path("accounts/intent/", intend, name="intend"),
    path("accounts/signup/", reads_only("next")(SignUpView.as_view()), name="sign-up"),
    path("accounts/signup/sent/", reads_only()(SignUpSentView.as_view()), name="sign-up-sent"),
    path("accounts/password/", reset, name="reset"),
    path("accounts/password/<uidb64>/<token>/", reads_only()(ResetConfirmView.as_view()), name="reset-confirm"),
    path("accounts/email/<str:key>/", confirm_email, name="confirm-email"),
    path("accounts/me/email/", change_email, name="email"),
    path("accounts/me/email/withdraw/", withdraw_email, name="withdraw-email"),
    path("accounts/me/email/remove/", remove_email, name="remove-email"),
    path("accounts/me/username/", change_username, name="username"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/me/", account, name="account"),
    path("accounts/me/password/", reads_only()(PasswordView.as_view()), name="password"),
    path("accounts/me/token/end/", end_endpoint_token, name="end-token"),
    path("accounts/me/tokens/", tokens, name="tokens"),
    path("accounts/me/tokens/<int:pk>/end/", end_named_token, name="end-named-token"),
    path("accounts/me/sessions/", sessions, name="sessions"),
    path("accounts/me/sessions/end/", end_session, name="end-sessions"),
    path("accounts/me/sessions/<int:pk>/end/", end_session, name="end-session"),
    path("accounts/me/export/", export, name="export"),
    path("accounts/me/delete/", close, name="close"),
    # Before the admin's own, which lets the password so far be guessed.
    path("admin/password_change/", admin.site.admin_view(AdminPasswordView.as_view())),
]
