"""Addresses of the page Create and of jobs."""

from django.urls import path

from generation.pages import job_views, views
from generation.pages.job_actions import ACTIONS

app_name = "generation"

JOB, FRAGMENT = "create/jobs/<int:pk>", "fragments/create/jobs/<int:pk>"

urlpatterns = [
    path("create/", views.create, name="create"),
    path("create/jobs/", job_views.my_jobs, name="jobs"),
    path("create/jobs/cancel/", job_views.cancel_waiting, name="cancel_waiting"),
    path("create/jobs/retry/", job_views.retry_failed, name="retry_failed"),
    path("create/jobs/batch/<uuid:batch>/", job_views.batch, name="batch"),
    path("create/jobs/<int:pk>/", job_views.job, name="job"),
    path("create/jobs/<int:pk>/preview/", job_views.preview, name="preview"),
    *(path(f"{JOB}/{name}/", job_views.act, {"action": name}, name=name) for name in ACTIONS),
    path("fragments/create/", views.create_fragment, name="create_fragment"),
    path("fragments/create/fields/", views.fields_fragment, name="fields"),
    path("fragments/create/jobs/", job_views.progress, name="progress"),
    *(
        path(f"{FRAGMENT}/{name}/", job_views.act_fragment, {"action": name}, name=f"{name}_fragment")
        for name in ACTIONS
    ),
]
