"""Functions that place jobs in the queue: both read the turns at their own moment, behind a lock."""

from django.db import migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION generation_turn(asking_id bigint, wanted_priority smallint) RETURNS bigint
LANGUAGE sql STABLE AS $$
-- Start-time fair queuing: behind the user's own last waiting job, and not before the next job of all.
SELECT greatest(
    (SELECT job.turn FROM generation_generationjob AS job
     WHERE job.status = 'pending' AND NOT job.is_paused AND job.priority = wanted_priority
     ORDER BY job.turn, job.id LIMIT 1),
    (SELECT job.turn + 1 FROM generation_generationjob AS job
     WHERE job.user_id = asking_id AND job.status IN ('pending', 'running')
       AND job.status = 'pending' AND NOT job.is_paused AND job.priority = wanted_priority
     ORDER BY job.turn DESC LIMIT 1),
    0)
$$;

CREATE OR REPLACE FUNCTION generation_admission(
    asking_id bigint, wanted_priority smallint, request_key text, most_open integer
) RETURNS TABLE (is_known boolean, open_jobs bigint, next_turn bigint)
LANGUAGE plpgsql AS $$
-- Lets one request of an account in at a time: what is read afterwards includes all that came before.
BEGIN
    PERFORM FROM users_user WHERE id = asking_id FOR NO KEY UPDATE;
    RETURN QUERY SELECT
        EXISTS (SELECT FROM generation_generationjob AS job
                WHERE job.user_id = asking_id AND job.idempotency_key = request_key),
        (SELECT count(*) FROM (
            SELECT FROM generation_generationjob AS job
            WHERE job.user_id = asking_id AND job.status IN ('pending', 'running') LIMIT most_open) AS open_job),
        generation_turn(asking_id, wanted_priority);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("generation", "0011_validate_worker_rules")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION generation_admission(bigint, smallint, text, integer);"
            " DROP FUNCTION generation_turn(bigint, smallint)",
        )
    ]
