"""Works may be reported for their level, and put at another."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from genonaut.database.online_migrations import LimitLockWait

REASONS = [
    ("spam", "Spam or advertising"),
    ("abuse", "Harassment or hate"),
    ("level", "At the wrong level"),
    ("sexual", "Sexual or violent, and not marked so"),
    ("illegal", "Against the law"),
    ("rights", "Against my rights, or those of others"),
    ("other", "Something else"),
]
OUTCOMES = [
    ("dismissed", "Dismissed"),
    ("hidden", "Work hidden"),
    ("levelled", "Level set"),
    ("removed", "Comment removed"),
    ("deleted", "All works of the account deleted"),
]


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_reports")]

    operations = [
        LimitLockWait(),
        migrations.AlterField("report", "reason", models.CharField(choices=REASONS, max_length=7)),
        migrations.AlterField("report", "outcome", models.CharField(blank=True, choices=OUTCOMES, max_length=9)),
        migrations.RemoveConstraint("report", "report_reason_known"),
        migrations.RemoveConstraint("report", "report_closed_with_outcome"),
        AddConstraintNotValid(
            "report",
            models.CheckConstraint(
                condition=models.Q(("reason__in", [value for value, _ in REASONS])), name="report_reason_known"
            ),
        ),
        AddConstraintNotValid(
            "report",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True), ("closed_by__isnull", True), ("is_open", True), ("outcome", "")
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("is_open", False),
                        ("outcome__in", [value for value, _ in OUTCOMES]),
                    ),
                    _connector="OR",
                ),
                name="report_closed_with_outcome",
            ),
        ),
    ]
