"""The indexes that a load dropped and has yet to build again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("genonaut", "0005_tag_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="PostponedIndex",
            fields=[
                ("name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("table", models.CharField(max_length=63)),
                ("definition", models.TextField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
    ]
