"""The settings of automatic works: one row."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0014_shipped_workflows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="AutomaticWorks",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "is_on",
                    models.BooleanField(
                        default=False,
                        help_text="Variants of liked works are asked for every few minutes.",
                        verbose_name="on",
                    ),
                ),
                (
                    "works_per_day",
                    models.PositiveSmallIntegerField(
                        default=10, validators=[django.core.validators.MaxValueValidator(1000)]
                    ),
                ),
                (
                    "likes_needed",
                    models.PositiveSmallIntegerField(
                        default=3, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        help_text="Likes of so many days count.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                    ),
                ),
                (
                    "variants_per_work",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Of one work, ever.",
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                ("day", models.DateField(editable=False, null=True)),
                ("made_today", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who asks, and has them.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workflow",
                    models.ForeignKey(
                        blank=True,
                        help_text="None: the built-in renderer.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="generation.workflow",
                    ),
                ),
            ],
            options={
                "verbose_name": "automatic works",
                "verbose_name_plural": "automatic works",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="automatic_works_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("days__range", (1, 365)), ("likes_needed__gte", 1)),
                        name="automatic_works_bounded",
                    ),
                ],
            },
        ),
    ]
