"""Addresses of the gallery's pages."""

from django.urls import path, re_path

from content import drawing_views, file_views, owner_views, views
from content.drawings import KINDS, VERSION

app_name = "content"

DRAWING = rf"^pictures/v{VERSION}/(?P<kind>{'|'.join(KINDS)})/(?P<width>[0-9]{{1,4}})/(?P<seed>[0-9]{{1,10}})\.webp$"

urlpatterns = [
    path("", views.gallery, name="gallery"),
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
    path("fragments/works/", views.works, name="works"),
    path("fragments/list/", views.works_list, name="list"),
    path("fragments/content/<int:pk>/", views.detail_fragment, name="detail_fragment"),
    path("fragments/content/<int:pk>/similar/", views.similar_fragment, name="similar_fragment"),
    re_path(r"^fragments/users/(?P<username>[^\x00]+)/works/$", views.profile_works, name="profile_works"),
    re_path(r"^fragments/users/(?P<username>[^\x00]+)/list/$", views.profile_list, name="profile_list"),
    path("content/<int:pk>/edit/", owner_views.edit, name="edit"),
    path("content/<int:pk>/privacy/", owner_views.privacy, name="privacy"),
    path("content/<int:pk>/portrait/", owner_views.portrait, name="portrait"),
    path("content/<int:pk>/delete/", owner_views.delete, name="delete"),
    # Whatever a username holds has an address, slashes included; NUL is all that PostgreSQL cannot hold.
    re_path(r"^users/(?P<username>[^\x00]+)/$", views.profile, name="profile"),
    re_path(DRAWING, drawing_views.drawing, name="drawing"),
]
