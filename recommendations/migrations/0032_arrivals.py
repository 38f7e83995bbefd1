"""Works that became public, noted by a trigger, so that the worker places them (recommendations/arrivals.py)."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

TRIGGER = """
CREATE FUNCTION recommendations_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recommendations_arrival (content_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER recommendations_published AFTER UPDATE OF is_private ON content_contentitem
FOR EACH ROW WHEN (OLD.is_private AND NOT NEW.is_private) EXECUTE FUNCTION recommendations_published();
"""
REMOVE = """
DROP TRIGGER recommendations_published ON content_contentitem;
DROP FUNCTION recommendations_published();
"""


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0031_validate_users_of_pairs"), ("content", "0030_trash")]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("content_id", models.BigIntegerField()),
                ("is_placed", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(models.F("is_placed"), models.F("id"), name="arrival_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("content_id"), condition=models.Q(("is_placed", True)), name="arrival_placed_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(TRIGGER, REMOVE),
    ]
