"""What ComfyUI servers have for workflows: one row, which a worker writes."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("generation", "0016_files_left_out")]

    operations = [
        migrations.CreateModel(
            name="ServerChoices",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("choices", models.JSONField()),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(pk=1), name="server_choices_one_row")],
            },
        ),
    ]
