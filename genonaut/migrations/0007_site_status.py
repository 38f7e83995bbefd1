"""The permission to see the operators' page; it has no table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("genonaut", "0006_postponed_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteStatus",
            fields=[],
            options={
                "verbose_name": "status of the site",
                "verbose_name_plural": "status of the site",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("genonaut.deletion",),
        ),
    ]
