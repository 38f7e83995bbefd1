"""Addresses of a person's own lists."""

from django.urls import path

from content.galleries import gallery_paths
from people import views

app_name = "people"

urlpatterns = [
    *gallery_paths("me/works/", views.own_works, "works"),
    *gallery_paths("me/likes/", views.own_list, "likes", shelf=views.LIKES),
    *gallery_paths("me/bookmarks/", views.own_list, "bookmarks", shelf=views.BOOKMARKS),
    *gallery_paths("me/history/", views.history, "history"),
    path("me/history/pause/", views.pause_history, name="pause_history"),
    path("me/history/clear/", views.clear_history, name="clear_history"),
    path("me/activity/", views.activity, name="activity"),
]
