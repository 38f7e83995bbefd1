"""Addresses of the gallery's pages."""

from django.urls import path

from content import views
from content.pictures import VERSION

app_name = "content"

urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("content/<int:pk>/", views.detail, name="detail"),
    path(f"pictures/v{VERSION}/<int:width>/<int:number>.webp", views.picture, name="picture"),
]
