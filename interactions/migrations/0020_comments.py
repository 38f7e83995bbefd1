"""Threads of comments: what an answer answers, and when a comment was edited or removed."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [("interactions", "0010_count")]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="interaction",
            name="edited_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="interaction",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="interactions.interaction",
            ),
        ),
        migrations.AddField(
            model_name="interaction",
            name="removed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        AddConstraintNotValid(
            model_name="interaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "comment"),
                    models.Q(("edited_at__isnull", True), ("parent__isnull", True), ("removed_at__isnull", True)),
                    _connector="OR",
                ),
                name="interaction_answers_are_comments",
            ),
        ),
    ]
