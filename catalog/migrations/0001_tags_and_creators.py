"""Tags and creators with how many public works each has: their tables and rankings. Generated, but for this line."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import catalog.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("genonaut", "0005_tag_keys"), ("ranking", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CatalogDelta",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
                ),
                ("creator_id", models.BigIntegerField(null=True)),
                ("works", models.SmallIntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CreatorRankingDelta",
            fields=[
                ("key_works", models.IntegerField(null=True)),
                ("key_username", models.CharField(max_length=150, null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("facet_is_active", models.BooleanField()),
                ("row_count", models.SmallIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_creator_ranking_delta",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CreatorUsernameRankingNode",
            fields=[
                ("key_username", models.CharField(max_length=150)),
                ("key_id", models.BigIntegerField()),
                ("facet_is_active", models.BooleanField()),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_creator_username_ranking_node",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CreatorWorksRankingNode",
            fields=[
                ("key_works", models.IntegerField()),
                ("key_id", models.BigIntegerField()),
                ("facet_is_active", models.BooleanField()),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_creator_works_ranking_node",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(editable=False)),
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
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="TagNameRankingNode",
            fields=[
                ("key_name", models.TextField()),
                ("key_id", models.BigIntegerField()),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_tag_name_ranking_node",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TagRankingDelta",
            fields=[
                ("key_works", models.IntegerField(null=True)),
                ("key_name", models.TextField(null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("row_count", models.SmallIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_tag_ranking_delta",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TagWorksRankingNode",
            fields=[
                ("key_works", models.IntegerField()),
                ("key_id", models.BigIntegerField()),
                ("level", models.SmallIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "catalog_tag_works_ranking_node",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Creator",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("username", models.CharField(editable=False, max_length=150)),
                ("name", models.CharField(blank=True, editable=False, max_length=200)),
                ("is_active", models.BooleanField(editable=False)),
                ("works", models.IntegerField(editable=False, verbose_name="public works")),
                (
                    "search_words",
                    models.GeneratedField(
                        db_persist=True,
                        expression=catalog.models.NameWords(
                            django.db.models.functions.text.Concat(
                                models.F("username"),
                                models.Value(" "),
                                models.F("name"),
                                output_field=models.TextField(),
                            )
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
            options={
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(models.F("works"), models.F("id"), include=("is_active",), name="creator_works"),
                    models.Index(models.F("username"), models.F("id"), include=("is_active",), name="creator_username"),
                    django.contrib.postgres.indexes.GinIndex(fields=["search_words"], name="creator_search_words"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creator",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_creator_ranking_delta" (key_works, key_id, key_username, facet_is_active, row_count, change_count) SELECT item."works", item."id", item."username", item."is_active", 1, 1 FROM new_rows AS item; RETURN NULL;',
                    hash="2b25deaa38325f0dfaea14f6127bd5457253e59c",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_ranking_insert_d4ed5",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_creator",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creator",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_creator_ranking_delta" (key_works, key_id, key_username, facet_is_active, row_count, change_count) SELECT item."works", item."id", item."username", item."is_active", -1, 1 FROM old_rows AS item; RETURN NULL;',
                    hash="72b6555f91b6b46d791f54d42341dd09ad4097a5",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_ranking_delete_5dd09",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_creator",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creator",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "catalog_creator_ranking_delta" (key_works, key_id, key_username, facet_is_active, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_works, old_key_id, old_key_username, old_facet_is_active, new_key_works, new_key_id, new_key_username, new_facet_is_active) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."works", past."id", past."username", past."is_active") IS DISTINCT FROM ROW(present."works", present."id", present."username", present."is_active"), past."works", past."id", past."username", past."is_active", present."works", present."id", present."username", present."is_active"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."works", past."id", past."username", past."is_active") IS DISTINCT FROM ROW(present."works", present."id", present."username", present."is_active") OR ROW(past."id", past."username", past."name", past."is_active", past."works") IS DISTINCT FROM ROW(present."id", present."username", present."name", present."is_active", present."works")\n        )\n        SELECT old_key_works, old_key_id, old_key_username, old_facet_is_active, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_works, new_key_id, new_key_username, new_facet_is_active, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::integer, NULL::bigint, NULL::varchar(150), new_facet_is_active, 0, count(*) FROM changed WHERE NOT is_moved\n        GROUP BY new_facet_is_active; RETURN NULL;',
                    hash="03804de9236afa733e8db599147afd5fc088fc25",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_7b87a",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_creator",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creator",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='DELETE FROM "catalog_creator_ranking_delta"; DELETE FROM "catalog_creator_works_ranking_node"; DELETE FROM "catalog_creator_username_ranking_node"; INSERT INTO ranking_rankingstate AS state (model, generation, built_at)\n        VALUES (\'catalog.Creator\', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp())\n        ON CONFLICT (model) DO UPDATE\n        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at; RETURN NULL;',
                    hash="bfebff56e5c8619b44902e0acffb04e0d2452c00",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_ranking_truncate_02e7b",
                    table="catalog_creator",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="creatorusernamerankingnode",
            constraint=models.UniqueConstraint(
                fields=("level", "key_username", "key_id", "facet_is_active"),
                name="creator_username_node_place",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="creatorworksrankingnode",
            constraint=models.UniqueConstraint(
                fields=("level", "key_works", "key_id", "facet_is_active"),
                name="creator_works_node_place",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(models.F("works"), models.F("id"), name="tag_works"),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(models.F("name"), models.F("id"), name="tag_name"),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search_words"], name="tag_search_words"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(models.F("name"), name="tag_name_unique"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tag",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_tag_ranking_delta" (key_works, key_id, key_name, row_count, change_count) SELECT item."works", item."id", item."name", 1, 1 FROM new_rows AS item; RETURN NULL;',
                    hash="cd0a2d2d1d93dba0297eed833d1be307ec698969",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_ranking_insert_6b2e2",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_tag",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tag",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "catalog_tag_ranking_delta" (key_works, key_id, key_name, row_count, change_count) SELECT item."works", item."id", item."name", -1, 1 FROM old_rows AS item; RETURN NULL;',
                    hash="32dc7d866322d136f303ea6ad9ad8aa9e893f7a2",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_ranking_delete_fcc1f",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_tag",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tag",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='\n        INSERT INTO "catalog_tag_ranking_delta" (key_works, key_id, key_name, row_count, change_count)\n        WITH changed (old_row, new_row, is_moved, old_key_works, old_key_id, old_key_name, new_key_works, new_key_id, new_key_name) AS MATERIALIZED (\n            SELECT past."id", present."id", ROW(past."works", past."id", past."name") IS DISTINCT FROM ROW(present."works", present."id", present."name"), past."works", past."id", past."name", present."works", present."id", present."name"\n            FROM old_rows AS past FULL JOIN new_rows AS present ON present."id" = past."id"\n            WHERE ROW(past."works", past."id", past."name") IS DISTINCT FROM ROW(present."works", present."id", present."name") OR ROW(past."id", past."name", past."works") IS DISTINCT FROM ROW(present."id", present."name", present."works")\n        )\n        SELECT old_key_works, old_key_id, old_key_name, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL\n        UNION ALL\n        SELECT new_key_works, new_key_id, new_key_name, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL\n        UNION ALL\n        SELECT NULL::integer, NULL::bigint, NULL::text, 0, count(*) FROM changed WHERE NOT is_moved\n        HAVING count(*) > 0; RETURN NULL;',
                    hash="a3e9b45690ea07b44434c18b88025d1d1b1e7f07",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_ranking_update_c9b6c",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_tag",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tag",
            trigger=pgtrigger.compiler.Trigger(
                name="ranking_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='DELETE FROM "catalog_tag_ranking_delta"; DELETE FROM "catalog_tag_works_ranking_node"; DELETE FROM "catalog_tag_name_ranking_node"; INSERT INTO ranking_rankingstate AS state (model, generation, built_at)\n        VALUES (\'catalog.Tag\', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp())\n        ON CONFLICT (model) DO UPDATE\n        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at; RETURN NULL;',
                    hash="a31344fef5326d0f9fba7c6edb7e9d0837382361",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_ranking_truncate_0ad73",
                    table="catalog_tag",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="tagnamerankingnode",
            constraint=models.UniqueConstraint(
                fields=("level", "key_name", "key_id"), name="tag_name_node_place", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="tagworksrankingnode",
            constraint=models.UniqueConstraint(
                fields=("level", "key_works", "key_id"), name="tag_works_node_place", nulls_distinct=False
            ),
        ),
    ]
