"""Addresses of a person's own lists, of profiles and following. Before the gallery's own: see `profile`."""

from django.urls import path, re_path

from content.galleries import LIST, PAGE, WORKS, gallery_paths
from content.urls import PERSON
from people import views
from people.picture_views import drop_picture, picture, upload_picture
from people.shelves import BOOKMARKS, LIKES
from users.preferences import VERSION

app_name = "people"

urlpatterns = [
    # The gallery's pages of a person, at the gallery's addresses: content knows nothing of followers.
    re_path(rf"^{PERSON}/$", views.profile, {"template": PAGE}),
    re_path(rf"^fragments/{PERSON}/works/$", views.profile, {"template": WORKS}),
    re_path(rf"^fragments/{PERSON}/list/$", views.profile, {"template": LIST}),
    path("follow/<int:pk>/", views.follow, name="follow"),
    path("fragments/follow/<int:pk>/", views.follow_fragment, name="follow_fragment"),
    *gallery_paths("feed/", views.feed, "feed"),
    path("me/following/", views.follows, name="follows"),
    path("me/", views.dashboard, name="dashboard"),
    *gallery_paths("me/works/", views.own_works, "works"),
    *gallery_paths("me/likes/", views.own_list, "likes", shelf=LIKES),
    *gallery_paths("me/bookmarks/", views.own_list, "bookmarks", shelf=BOOKMARKS),
    *gallery_paths("me/history/", views.history, "history"),
    path("me/history/pause/", views.pause_history, name="pause_history"),
    path("me/history/clear/", views.clear, name="clear_history"),
    path("accounts/me/picture/", upload_picture, name="upload_picture"),
    path("accounts/me/picture/end/", drop_picture, name="drop_picture"),
    re_path(
        rf"^portraits/(?P<pk>[0-9]{{1,18}})/(?P<version>{VERSION})-(?P<width>[0-9]{{1,4}})\.webp$",
        picture,
        name="picture",
    ),
    path("me/activity/", views.activity, name="activity"),
    path("me/activity/forget/", views.forget, name="forget"),
]
