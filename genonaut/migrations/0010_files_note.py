"""What the site remembers of the note that it leaves beside the works' files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("genonaut", "0009_replicas"),
    ]

    operations = [
        migrations.CreateModel(
            name="FilesNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(blank=True, max_length=32)),
                ("looked_at", models.DateTimeField(null=True)),
                ("strangers", models.IntegerField(default=0)),
                ("stranger", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "default_permissions": (),
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="files_note_one_row")],
            },
        ),
    ]
