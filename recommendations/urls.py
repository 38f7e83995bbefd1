"""Addresses of For you, and of what is met together with a work."""

from django.urls import path

from content.galleries import gallery_paths
from recommendations import views

app_name = "recommendations"

urlpatterns = [
    *gallery_paths("for-you/", views.for_you, "for_you"),
    path("fragments/for-you/strip/", views.strip, name="strip"),
    path("for-you/dismissals/clear/", views.forget_dismissals, name="forget"),
    path("content/<int:pk>/dismiss/", views.dismiss_work, name="dismiss"),
    path("content/<int:pk>/together/", views.together, {"template": "recommendations/together.html"}, name="together"),
    path(
        "fragments/content/<int:pk>/together/",
        views.together,
        {"template": "recommendations/met.html"},
        name="together_fragment",
    ),
]
