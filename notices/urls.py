"""Addresses of notices."""

from django.urls import path

from notices import views

app_name = "notices"

urlpatterns = [
    path("notifications/", views.notices, name="notices"),
    path("notifications/<int:pk>/", views.notice, name="notice"),
    path("notifications/<int:pk>/read/", views.read, name="read"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/choices/", views.choices, name="choices"),
    path("fragments/notifications/badge/", views.badge, name="badge"),
]
