"""Every address of the site: the one place that knows all domains."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, register_converter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from albums.api import AlbumItemViewSet, AlbumViewSet
from catalog.api import CreatorViewSet, ModelViewSet, TagViewSet
from content.api import AutoContentViewSet
from generation.api import GenerationJobViewSet
from generation.workflow_api import WorkflowsView
from genonaut.api.router import AccountConverter, Router
from genonaut.monitoring.clients import count_page_cache
from interactions.api import InteractionViewSet
from notices.api import NoticeViewSet
from people.api import FollowView, FollowViewSet, PictureView
from recommendations.api import RecommendationViewSet
from uploads.api import KnownView, UploadsView, UploadView
from uploads.content_api import ContentViewSet
from users.api import TokenView, UserViewSet

register_converter(AccountConverter, "account")

router = Router()
router.register("content", ContentViewSet, basename="content")
router.register("content-auto", AutoContentViewSet, basename="content-auto")
router.register("tags", TagViewSet, basename="tags")
router.register("creators", CreatorViewSet, basename="creators")
router.register("models", ModelViewSet, basename="models")
router.register("users", UserViewSet, basename="users")
router.register("recommendations", RecommendationViewSet, basename="recommendations")
router.register("interactions", InteractionViewSet, basename="interactions")
router.register("albums", AlbumViewSet, basename="albums")
router.register(r"albums/(?P<album>[0-9]+)/items", AlbumItemViewSet, basename="album-items")
router.register("generation-jobs", GenerationJobViewSet, basename="generation-jobs")

api_urls = [
    path("auth/token/", TokenView.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("uploads/", UploadsView.as_view(), name="uploads"),
    path("uploads/known/", KnownView.as_view(), name="uploads-known"),
    path("uploads/<uuid:pk>/", UploadView.as_view(), name="upload"),
    path("workflows/", WorkflowsView.as_view(), name="workflows"),
    path("notifications/", NoticeViewSet.as_view({"get": "list"}), name="notifications"),
    path("notifications/read/", NoticeViewSet.as_view({"post": "read"}), name="notifications-read"),
    path(
        "notifications/<int:pk>/",
        NoticeViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="notification",
    ),
    path("follows/", FollowViewSet.as_view({"get": "list"}), name="follows"),
    path("users/<account:pk>/picture/", PictureView.as_view(), name="user-picture"),
    path("users/<account:pk>/follow/", FollowView.as_view(), name="user-follow"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("", include(router.urls)),
]

urlpatterns = [
    # First, since every address before it is tried first.
    path("api/v1/", include((api_urls, "api"))),
    # Before content's: it shows a work's page and sends its files as content does, and records who saw or took them.
    path("", include("interactions.urls")),
    path("", include("albums.urls")),
    path("", include("catalog.urls")),
    # Likewise: it shows a profile as content does, with followers.
    path("", include("people.urls")),
    path("", include("recommendations.urls")),
    path("", include("content.urls")),
    path("", include("culling.urls")),
    path("", include("uploads.urls")),
    path("", include("generation.urls")),
    path("", include("exports.urls")),
    path("", include("moderation.urls")),
    path("", include("notices.urls")),
    path("", include("users.urls")),
    path("counts/", include(([path("page-cache/", count_page_cache, name="page-cache")], "monitoring"))),
    path("admin/", admin.site.urls),
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()

handler400 = "genonaut.http.error_pages.bad_request"
handler403 = "genonaut.http.error_pages.permission_denied"
handler404 = "genonaut.http.error_pages.page_not_found"
handler500 = "genonaut.http.error_pages.server_error"
