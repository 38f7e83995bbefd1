"""Gives the gallery's switches their rows."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from genonaut.flags import Flag, initial


def create_switches(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for flag in (Flag.PREFETCHING, Flag.INFINITE_SCROLL):
        apps.get_model("waffle", "Switch").objects.get_or_create(name=flag, defaults=initial(flag))


class Migration(migrations.Migration):
    dependencies = [("genonaut", "0001_switches")]

    operations = [migrations.RunPython(create_switches, migrations.RunPython.noop)]
