"""Addresses of selections, of the tasks that come of them, and of comparing two works."""

from django.urls import path

from culling import views

app_name = "culling"

urlpatterns = [
    path("selection/", views.selection, name="selection"),
    path("selection/act/", views.act, name="act"),
    path("selection/bar/", views.bar, name="bar"),
    path("selection/act/<int:pk>/undo/", views.undo_act, name="undo_act"),
    path("compare/", views.compare_works, name="compare"),
    path("selection/tasks/", views.task_list, name="tasks"),
    path("selection/tasks/<int:pk>/", views.task, name="task"),
    path("selection/tasks/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("selection/tasks/<int:pk>/undo/", views.undo, name="undo"),
]
