"""Addresses of the people's pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path, re_path

from users import views

app_name = "users"

urlpatterns = [
    path("accounts/login/", LoginView.as_view(template_name="users/login.html"), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    # Whatever a username holds has an address, slashes included; NUL is all that PostgreSQL cannot hold.
    re_path(r"^users/(?P<username>[^\x00]+)/$", views.profile, name="profile"),
]
