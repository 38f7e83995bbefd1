"""The state of all rankings. The leaves and deltas of a model live in that model's own app (declaration.py)."""

from django.db.models import BigIntegerField, CharField, DateTimeField, Model


class RankingState(Model):
    """One row for each model whose rankings are built, one for each order that is (states.py), and one for each
    partition that is counted (partitions.py)."""

    # Of an order: Ranking.built_as.
    model = CharField(max_length=200, primary_key=True, help_text="app_label.ModelName")
    # Part of every version: it grows with each rebuild, so that no version ever comes back.
    generation = BigIntegerField()
    built_at = DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.model

    @classmethod
    def upsert_sql(cls, label: str) -> str:
        """Return the statement that marks the rankings of a model as built, and all versions so far as past."""
        # Microseconds since 1970: never an earlier generation, even if the state itself was lost.
        now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        return f"""INSERT INTO {cls._meta.db_table} AS state (model, generation, built_at)
        VALUES ('{label}', {now}, clock_timestamp())
        ON CONFLICT (model) DO UPDATE
        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at"""
