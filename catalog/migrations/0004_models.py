"""Models and LoRAs with how many public works were made with each. Generated, but for this line."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import catalog.models
from genonaut.database.online_migrations import LimitLockWait


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_count"),
    ]

    operations = [
        LimitLockWait(),
        migrations.CreateModel(
            name="UsedModelNameRankingNode",
            fields=[
                ("key_name", models.CharField(max_length=300)),
                ("key_id", models.BigIntegerField()),
                ("facet_kind", models.CharField(max_length=5)),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_usedmodel_name_ranking_node",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="UsedModelRankingDelta",
            fields=[
                ("key_works", models.IntegerField(null=True)),
                ("key_name", models.CharField(max_length=300, null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("facet_kind", models.CharField(max_length=5)),
                ("row_count", models.SmallIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_usedmodel_ranking_delta",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="UsedModelWorksRankingNode",
            fields=[
                ("key_works", models.IntegerField()),
                ("key_id", models.BigIntegerField()),
                ("facet_kind", models.CharField(max_length=5)),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_usedmodel_works_ranking_node",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="catalogdelta",
            name="model_ids",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.CreateModel(
            name="UsedModel",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("model", "Model"), ("lora", "LoRA")], editable=False, max_length=5),
                ),
                ("name", models.CharField(editable=False, max_length=300)),
                ("hash", models.CharField(blank=True, editable=False, max_length=100)),
                ("works", models.IntegerField(editable=False, verbose_name="public works")),
                (
                    "search_words",
                    models.GeneratedField(
                        db_persist=True,
                        expression=catalog.models.NameWords("name"),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "model",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(models.F("works"), models.F("id"), include=("kind",), name="model_works"),
                    models.Index(models.F("name"), models.F("id"), include=("kind",), name="model_name"),
                    models.Index(models.F("kind"), models.F("works"), models.F("id"), name="model_kind_works"),
                    models.Index(models.F("kind"), models.F("name"), models.F("id"), name="model_kind_name"),
                    django.contrib.postgres.indexes.GinIndex(fields=["search_words"], name="model_search_words"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="usedmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_usedmodel_ranking_delta" (key_works, key_id, key_name, facet_kind, row_count, change_count) SELECT item."works", item."id", item."name", item."kind", 1, 1 FROM new_rows AS item; RETURN NULL;',
                    hash="b05dbf110b65f1d43f4df33b46f2a2dfb9f3a54c",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_ranking_insert_9e007",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_usedmodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="usedmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_usedmodel_ranking_delta" (key_works, key_id, key_name, facet_kind, row_count, change_count) SELECT item."works", item."id", item."name", item."kind", -1, 1 FROM old_rows AS item; RETURN NULL;',
                    hash="384bde8f2d12263e6d3a78fe3a9d5ecb4b3719f1",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_ranking_delete_83ec5",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_usedmodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="usedmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "catalog_usedmodel_ranking_delta" (key_works, key_id, key_name, facet_kind, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_works, old_key_id, old_key_name, old_facet_kind, new_key_works, new_key_id, new_key_name, new_facet_kind) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."works", past."id", past."name", past."kind") IS DISTINCT FROM ROW(present."works", present."id", present."name", present."kind"), past."works", past."id", past."name", past."kind", present."works", present."id", present."name", present."kind"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."works", past."id", past."name", past."kind") IS DISTINCT FROM ROW(present."works", present."id", present."name", present."kind") OR ROW(past."id", past."kind", past."name", past."hash", past."works") IS DISTINCT FROM ROW(present."id", present."kind", present."name", present."hash", present."works")\n        )\n        SELECT old_key_works, old_key_id, old_key_name, old_facet_kind, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_works, new_key_id, new_key_name, new_facet_kind, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::integer, NULL::bigint, NULL::varchar(300), new_facet_kind, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_kind; RETURN NULL;',
                    hash="eb040a3ef34dccd04bc3f17bc33bfb4a7d3f0d70",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_a2a18",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_usedmodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="usedmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='DELETE FROM "catalog_usedmodel_ranking_delta"; DELETE FROM "catalog_usedmodel_works_ranking_node"; DELETE FROM "catalog_usedmodel_name_ranking_node"; INSERT INTO ranking_rankingstate AS state (model, generation, built_at)\n        VALUES (\'catalog.UsedModel\', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp())\n        ON CONFLICT (model) DO UPDATE\n        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at; RETURN NULL;',
                    hash="67859fb32e82184f5f58364edd646a026010fae3",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_ranking_truncate_ef728",
                    table="catalog_usedmodel",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="usedmodelnamerankingnode",
            constraint=models.UniqueConstraint(
                fields=("level", "key_name", "key_id", "facet_kind"),
                name="usedmodel_name_node_place",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="usedmodelworksrankingnode",
            constraint=models.UniqueConstraint(
                fields=("level", "key_works", "key_id", "facet_kind"),
                name="usedmodel_works_node_place",
                nulls_distinct=False,
            ),
        ),
    ]
