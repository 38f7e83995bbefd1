"""Addresses of the gallery's pages."""

from django.urls import path, re_path

from content import drawing_views, file_views, owner_views, trash_views, views
from content.drawings import KINDS, VERSION
from content.galleries import LIST, PAGE, WORKS, gallery_paths

app_name = "content"

DRAWING = rf"^pictures/v{VERSION}/(?P<kind>{'|'.join(KINDS)})/(?P<width>[0-9]{{1,4}})/(?P<seed>[0-9]{{1,10}})\.webp$"

# Whatever a username holds has an address, slashes included; NUL is all that PostgreSQL cannot hold.
PERSON = r"users/(?P<username>[^\x00]+)"

urlpatterns = [
    *gallery_paths("", views.gallery, "gallery"),
    path("content/<int:pk>/", views.detail, name="detail"),
    path("content/<int:pk>/similar/", views.similar, name="similar"),
    path("content/<int:pk>/file/", file_views.original, name="file"),
    path("content/<int:pk>/file/stripped/", file_views.stripped, name="stripped"),
    re_path(
        r"^content/(?P<pk>[0-9]{1,18})/thumbnails/(?P<width>[0-9]{1,4})\.webp$",
        file_views.thumbnail_of_work,
        name="thumbnail_of_work",
    ),
    path("content/<int:pk>/workflow.json", file_views.workflow, name="workflow"),
    re_path(
        r"^thumbnails/(?P<sha256>[0-9a-f]{64})/(?P<width>[0-9]{1,4})\.webp$", file_views.thumbnail, name="thumbnail"
    ),
    path("fragments/content/<int:pk>/", views.detail_fragment, name="detail_fragment"),
    path("fragments/content/<int:pk>/similar/", views.similar_fragment, name="similar_fragment"),
    re_path(rf"^fragments/{PERSON}/works/$", views.profile, {"template": WORKS}, name="profile_works"),
    re_path(rf"^fragments/{PERSON}/list/$", views.profile, {"template": LIST}, name="profile_list"),
    path("content/<int:pk>/edit/", owner_views.edit, name="edit"),
    path("content/<int:pk>/privacy/", owner_views.privacy, name="privacy"),
    path("content/<int:pk>/portrait/", owner_views.portrait, name="portrait"),
    path("content/<int:pk>/delete/", owner_views.delete, name="delete"),
    path("content/<int:pk>/trash/", trash_views.move, name="trash_work"),
    path("trash/", trash_views.trash, name="trash"),
    path("trash/restore/", trash_views.restore_works, name="restore"),
    path("trash/delete/", trash_views.delete_works, name="delete_from_trash"),
    path("trash/empty/", trash_views.empty, name="empty_trash"),
    re_path(rf"^{PERSON}/$", views.profile, {"template": PAGE}, name="profile"),
    re_path(DRAWING, drawing_views.drawing, name="drawing"),
]
