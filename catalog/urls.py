"""Addresses of the pages of tags, creators and models."""

from django.urls import path

from catalog import views

app_name = "catalog"

urlpatterns = [
    path("tags/", views.tags, name="tags"),
    path("creators/", views.creators, name="creators"),
    path("models/", views.models, name="models"),
    path("fragments/names/", views.names, name="names"),
]
