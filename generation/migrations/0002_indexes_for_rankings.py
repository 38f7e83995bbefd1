"""Indexes of jobs by status and type, beside a live table; they replace those by status alone."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("generation", "0001_initial")]

    operations = [
        AddIndexOnline(
            "generationjob",
            models.Index(models.F("created_at"), models.F("id"), include=("status", "job_type"), name="job_all_newest"),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(
                models.F("status"),
                models.F("job_type"),
                models.F("created_at"),
                models.F("id"),
                name="job_facets_newest",
            ),
        ),
        AddIndexOnline(
            "generationjob",
            models.Index(
                models.F("user"),
                models.F("status"),
                models.F("job_type"),
                models.F("created_at"),
                models.F("id"),
                name="job_user_facets_newest",
            ),
        ),
        RemoveIndexOnline("generationjob", "job_newest"),
        RemoveIndexOnline("generationjob", "job_status_newest"),
        RemoveIndexOnline("generationjob", "job_user_status_newest"),
    ]
