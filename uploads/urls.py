"""Addresses of the pages that take files."""

from django.urls import path

from uploads import views

app_name = "uploads"

urlpatterns = [
    path("upload/", views.upload, name="upload"),
    path("upload/zips/<uuid:pk>/", views.unpacked, name="zip"),
    path("upload/details/", views.details, name="details"),
]
