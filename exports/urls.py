"""Addresses of exports."""

from django.urls import path

from exports import views

app_name = "exports"

urlpatterns = [
    path("export/", views.exports, name="exports"),
    path("export/<uuid:pk>/<int:number>.zip", views.part, name="part"),
    path("export/<uuid:pk>/delete/", views.remove, name="remove"),
]
