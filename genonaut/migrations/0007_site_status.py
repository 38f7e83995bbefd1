"""The permission to see the operators' page; it has no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("genonaut", "0006_postponed_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteStatus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "status of the site",
                "verbose_name_plural": "status of the site",
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
    ]
