"""Which rankings are built. The blocks and deltas of a model live in that model's own app (declaration.py)."""

from django.db.models import BigIntegerField, CharField, DateTimeField, Model


class RankingState(Model):
    """One row for each model with rankings that are built, and one for each order that is (states.py)."""

    # Or of an order: Ranking.built_as.
    model = CharField(max_length=200, primary_key=True, help_text="app_label.ModelName")
    # Part of every version: it grows whenever blocks are made anew, so that no version ever comes back.
    generation = BigIntegerField()
    built_at = DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.model
