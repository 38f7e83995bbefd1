"""Addresses of the gallery's pages."""

from django.urls import path

from content import views

app_name = "content"

urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("content/<int:pk>/", views.detail, name="detail"),
]
