"""Whether new works of a library hide their prompts."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0008_model_namings"),
    ]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="library",
            name="hides_prompts",
            field=models.BooleanField(db_default=False, default=False, verbose_name="prompts hidden"),
        ),
    ]
