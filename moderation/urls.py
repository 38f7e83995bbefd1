"""Addresses of reports."""

from django.urls import path

from moderation import views
from moderation.models import Kind

app_name = "moderation"

urlpatterns = [
    path("report/work/<int:pk>/", views.report, {"kind": Kind.WORK}, name="report_work"),
    path("report/comment/<int:pk>/", views.report, {"kind": Kind.COMMENT}, name="report_comment"),
    path("report/account/<int:pk>/", views.report, {"kind": Kind.ACCOUNT}, name="report_account"),
]
