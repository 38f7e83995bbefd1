"""Addresses of albums."""

from django.urls import path

from albums import item_views, owner_views, views
from content.galleries import gallery_paths

app_name = "albums"

urlpatterns = [
    path("albums/", views.albums, name="albums"),
    path("albums/new/", owner_views.new, name="new"),
    *gallery_paths("albums/<int:pk>/", views.album, "album"),
    *gallery_paths("albums/shared/<slug:token>/", views.shared, "shared"),
    path("albums/<int:pk>/edit/", owner_views.edit, name="edit"),
    path("albums/<int:pk>/sharing/", owner_views.sharing, name="sharing"),
    path("albums/<int:pk>/delete/", owner_views.delete, name="delete"),
    path("albums/<int:pk>/arrange/", item_views.arrange, name="arrange"),
    path("albums/<int:pk>/items/<int:work>/", item_views.item, name="item"),
    path("content/<int:pk>/albums/", item_views.of_work, name="of_work"),
]
