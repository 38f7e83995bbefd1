"""Storage of what workers write most: jobs that change twice, attempts that beat every second, tokens that come and go."""

from django.db import migrations

from genonaut.database.online_migrations import RemoveIndexOnline

# The dead entries at the head of `job_next` are read by every claim until a vacuum takes them. Of a heartbeat's old row
# its own page makes room for the next if no index holds the column.
STORAGE = """
ALTER TABLE generation_generationjob SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000);
ALTER TABLE generation_attempt SET
    (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE procrastinate_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
"""
RESET = """
ALTER TABLE generation_generationjob RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE generation_attempt RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE procrastinate_jobs RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE procrastinate_events RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("generation", "0012_queue_functions"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        RemoveIndexOnline("attempt", "attempt_heartbeat"),
        migrations.RunSQL(STORAGE, RESET),
    ]
