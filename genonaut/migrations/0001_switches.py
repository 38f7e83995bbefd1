"""Gives each switch its row, so that the admin lists it and says what it does. A switch without one is on."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from genonaut.flags import Flag, initial


def create_switches(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for flag in Flag:
        apps.get_model("waffle", "Switch").objects.get_or_create(name=flag, defaults=initial(flag))


class Migration(migrations.Migration):
    initial = True

    dependencies = [("waffle", "0004_update_everyone_nullbooleanfield")]

    operations = [migrations.RunPython(create_switches, migrations.RunPython.noop)]
