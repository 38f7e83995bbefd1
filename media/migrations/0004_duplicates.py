"""Which contents an owner said are no duplicates, and which contents of a library are to stay without a work."""

import django.utils.timezone
from django.conf import settings
from django.db import migrations
from django.db.models import (
    CASCADE,
    BigAutoField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Q,
    UniqueConstraint,
)

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("media", "0003_hash_bands"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="LeftOut",
            fields=[
                ("id", BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", DateTimeField(default=django.utils.timezone.now)),
                (
                    "library",
                    ForeignKey(db_index=False, on_delete=CASCADE, related_name="left_out", to="media.library"),
                ),
                ("media_file", ForeignKey(on_delete=CASCADE, related_name="left_out", to="media.mediafile")),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="DismissedPair",
            fields=[
                ("id", BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    ForeignKey(
                        db_index=False,
                        on_delete=CASCADE,
                        related_name="dismissed_pairs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("first", ForeignKey(on_delete=CASCADE, related_name="+", to="media.mediafile")),
                ("second", ForeignKey(on_delete=CASCADE, related_name="+", to="media.mediafile")),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddConstraint("leftout", UniqueConstraint(F("library"), F("media_file"), name="left_out_once")),
        migrations.AddConstraint(
            "dismissedpair", UniqueConstraint(F("owner"), F("first"), F("second"), name="dismissed_pair_once")
        ),
        migrations.AddConstraint(
            "dismissedpair",
            CheckConstraint(condition=Q(first__lte=F("second")), name="dismissed_pair_in_order"),
        ),
    ]
