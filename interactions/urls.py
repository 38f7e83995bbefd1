"""Addresses of likes, bookmarks, views, comments, ratings, shares and downloads. Before content's own: see `detail`."""

from django.urls import path

from interactions import comment_views, download_views, duplicate_views, rating_views, share_views, views
from interactions.models import Kind

app_name = "interactions"

urlpatterns = [
    # The gallery's page of a work, at the gallery's address: content knows nothing of views.
    path("content/<int:pk>/", views.detail),
    # Likewise its files.
    path("content/<int:pk>/file/", download_views.original),
    path("content/<int:pk>/file/stripped/", download_views.stripped),
    path("content/<int:pk>/views/", views.add_view, name="views"),
    path("content/<int:pk>/like/", views.mark, {"kind": Kind.LIKE}, name="like"),
    path("content/<int:pk>/bookmark/", views.mark, {"kind": Kind.BOOKMARK}, name="bookmark"),
    path("fragments/content/<int:pk>/like/", views.mark_fragment, {"kind": Kind.LIKE}, name="like_fragment"),
    path(
        "fragments/content/<int:pk>/bookmark/", views.mark_fragment, {"kind": Kind.BOOKMARK}, name="bookmark_fragment"
    ),
    path("content/<int:pk>/comments/", comment_views.item_comments, name="comments"),
    path("fragments/content/<int:pk>/comments/", comment_views.comments_fragment, name="comments_fragment"),
    path("content/<int:pk>/rate/", rating_views.rate, name="rate"),
    path("fragments/content/<int:pk>/rate/", rating_views.rate_fragment, name="rate_fragment"),
    path("content/<int:pk>/share/", share_views.share, name="share"),
    path("embed/<int:pk>/", share_views.embed, name="embed"),
    path("comments/<int:pk>/", comment_views.comment, name="comment"),
    path("comments/<int:pk>/edit/", comment_views.edit, name="edit_comment"),
    path("comments/<int:pk>/delete/", comment_views.delete, name="delete_comment"),
    path("duplicates/", duplicate_views.duplicates, name="duplicates"),
    path("duplicates/merge/", duplicate_views.merge_duplicates, name="merge"),
    path("duplicates/dismiss/", duplicate_views.dismiss_duplicates, name="dismiss"),
    path("fragments/marks/", views.marks, name="marks"),
]
