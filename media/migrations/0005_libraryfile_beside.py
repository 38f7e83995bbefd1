"""What lies beside a file of a library and belongs to it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0004_duplicates")]

    operations = [
        migrations.AddField("libraryfile", "beside", models.BigIntegerField(editable=False, null=True)),
    ]
