"""Notices of answers go to all who wrote in a thread, which their kind says. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0002_read_notices"),
    ]

    operations = [
        migrations.AlterField(
            model_name="muted",
            name="kind",
            field=models.CharField(
                choices=[
                    ("comment", "Comments on my works"),
                    ("answer", "Answers in threads that I wrote in"),
                    ("follow", "New followers"),
                    ("job", "Jobs of mine that ended"),
                ],
                max_length=7,
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("comment", "Comments on my works"),
                    ("answer", "Answers in threads that I wrote in"),
                    ("follow", "New followers"),
                    ("job", "Jobs of mine that ended"),
                ],
                max_length=7,
            ),
        ),
    ]
