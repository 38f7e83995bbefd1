"""What reading from replicas needs: the start of the primary, clients' last changes, and the switch `changes`."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from genonaut.flags import Flag, initial


def create_switch(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("waffle", "Switch").objects.get_or_create(name=Flag.CHANGES, defaults=initial(Flag.CHANGES))


class Migration(migrations.Migration):
    dependencies = [
        ("genonaut", "0007_site_status"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrimaryStart",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("started_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="primary_start_is_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteMark",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("position", models.BigIntegerField()),
                ("noted_at", models.DateTimeField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(create_switch, migrations.RunPython.noop),
    ]
