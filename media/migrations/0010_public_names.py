"""Which names of models public works have. Those that are there may be found as before."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0009_hidden_prompts"),
    ]

    operations = [
        LimitLockWait(),
        migrations.AddField(
            model_name="generativemodel",
            name="is_name_public",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.RunSQL(
            "ALTER TABLE media_generativemodel ALTER COLUMN is_name_public SET DEFAULT false",
            migrations.RunSQL.noop,
            state_operations=[
                migrations.AlterField(
                    model_name="generativemodel",
                    name="is_name_public",
                    field=models.BooleanField(db_default=False, default=False, editable=False),
                )
            ],
        ),
    ]
