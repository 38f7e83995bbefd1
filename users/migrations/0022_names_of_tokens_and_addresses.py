"""Names that the admin shows; the database stays as it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_validate_levels"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="apitoken",
            options={"default_permissions": (), "verbose_name": "API token"},
        ),
        migrations.AlterModelOptions(
            name="pendingemail",
            options={
                "default_permissions": (),
                "verbose_name": "address to be confirmed",
                "verbose_name_plural": "addresses to be confirmed",
            },
        ),
    ]
