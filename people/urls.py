"""Addresses of a person's own lists."""

from content.galleries import gallery_paths
from people import views

app_name = "people"

urlpatterns = [
    *gallery_paths("me/likes/", views.own_list, "likes", shelf=views.LIKES),
    *gallery_paths("me/bookmarks/", views.own_list, "bookmarks", shelf=views.BOOKMARKS),
]
