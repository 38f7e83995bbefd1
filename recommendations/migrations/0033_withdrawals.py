"""Users whose deeds were taken back or changed, noted by triggers, so that their recommendations are made again."""

from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

TRIGGERS = """
CREATE FUNCTION recommendations_deeds_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recommendations_withdrawal (user_id)
    SELECT DISTINCT user_id FROM old_rows WHERE user_id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER recommendations_deeds_deleted AFTER DELETE ON interactions_interaction REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION recommendations_deeds_deleted();
CREATE FUNCTION recommendations_deeds_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recommendations_withdrawal (user_id)
    SELECT DISTINCT was.user_id FROM old_rows AS was JOIN new_rows AS is_now ON is_now.id = was.id
    WHERE was.user_id IS NOT NULL
        AND (was.user_id, was.content_id, was.kind, was.rating)
            IS DISTINCT FROM (is_now.user_id, is_now.content_id, is_now.kind, is_now.rating);
    RETURN NULL;
END
$$;
CREATE TRIGGER recommendations_deeds_changed AFTER UPDATE ON interactions_interaction
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION recommendations_deeds_changed();
"""
REMOVE = "".join(
    f"DROP TRIGGER {name} ON interactions_interaction; DROP FUNCTION {name}();\n"
    for name in ("recommendations_deeds_deleted", "recommendations_deeds_changed")
)


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0032_arrivals"), ("interactions", "0041_request_once")]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("user_id", models.BigIntegerField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(models.F("user_id"), name="withdrawal_user")],
            },
        ),
        migrations.RunSQL(TRIGGERS, REMOVE),
    ]
