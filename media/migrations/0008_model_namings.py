"""Which creators name models how, and names that staff fixed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0007_waiting_videos"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="generativemodel",
            name="is_name_fixed",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="name is fixed"),
        ),
        migrations.CreateModel(
            name="ModelNaming",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=400)),
                (
                    "creator",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="namings",
                        to="media.generativemodel",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("creator"), condition=models.Q(("creator__isnull", False)), name="model_naming_creator"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("model"),
                        models.F("key"),
                        models.F("creator"),
                        name="model_naming_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
