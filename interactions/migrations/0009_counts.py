"""The triggers that append what interactions change in the counts of works. Those that there are count 0010."""

from django.db import migrations

from genonaut.database.online_migrations import LimitLockWait

# `sign` and the rows of a statement. Rows that change no count, as of an old view, leave nothing.
DELTAS = """
    SELECT done.content_id, {sign} * (done.kind = 'like')::int AS likes, {sign} * (done.kind = 'rate')::int AS ratings,
        {sign} * coalesce(done.rating, 0)::int AS stars,
        {sign} * interactions_weight(done.kind, done.created_at) AS weight
    FROM {rows} AS done
"""
APPEND = """
    INSERT INTO content_countdelta (content_id, owner_id, likes, rating_count, rating_sum, weight)
    SELECT item.id, CASE WHEN item.is_private THEN coalesce(item.creator_id, 0) END,
        summed.likes, summed.ratings, summed.stars, summed.weight
    FROM (
        SELECT content_id, sum(likes) AS likes, sum(ratings) AS ratings, sum(stars) AS stars, sum(weight) AS weight
        FROM ({deltas}) AS delta GROUP BY content_id
        HAVING sum(likes) <> 0 OR sum(ratings) <> 0 OR sum(stars) <> 0 OR sum(weight) <> 0
    ) AS summed
    JOIN content_contentitem AS item ON item.id = summed.content_id;
"""
FUNCTION = """
CREATE FUNCTION interactions_count_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {append}
    RETURN NULL;
END
$$;
CREATE TRIGGER interactions_count_{name} AFTER {event} ON interactions_interaction REFERENCING {tables}
FOR EACH STATEMENT EXECUTE FUNCTION interactions_count_{name}();
"""
WEIGHT = """
CREATE FUNCTION interactions_weight(kind text, done_at timestamptz) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Of the last 7 days: docs/popularity.md.
    SELECT CASE WHEN done_at <= now() - interval '7 days' THEN 0
        WHEN kind = 'view' THEN 1 WHEN kind IN ('like', 'bookmark') THEN 5 ELSE 3 END
$$;
"""
NEW = DELTAS.format(sign=1, rows="new_rows")
OLD = DELTAS.format(sign=-1, rows="old_rows")
TRIGGERS = {
    "insert": ("INSERT", "NEW TABLE AS new_rows", NEW),
    "delete": ("DELETE", "OLD TABLE AS old_rows", OLD),
    "update": ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows", f"{OLD} UNION ALL {NEW}"),
}
TRUNCATE = """
CREATE FUNCTION interactions_uncount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM content_countdelta;
    UPDATE content_contentitem SET likes = 0, rating_count = 0, rating_sum = 0, popularity = 0
    WHERE likes <> 0 OR rating_count <> 0 OR popularity <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER interactions_uncount AFTER TRUNCATE ON interactions_interaction
FOR EACH STATEMENT EXECUTE FUNCTION interactions_uncount();
"""
GONE = """
CREATE FUNCTION interactions_forget() RETURNS trigger LANGUAGE plpgsql AS $$
-- A load may give the id again. What is being moved finds no work, and is not waited for.
BEGIN
    DELETE FROM content_countdelta WHERE id IN (
        SELECT delta.id FROM content_countdelta AS delta WHERE delta.content_id IN (SELECT id FROM old_rows)
        FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END
$$;
CREATE TRIGGER interactions_forget AFTER DELETE ON content_contentitem REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION interactions_forget();
"""
FORWARD = "".join(
    [
        WEIGHT,
        *(
            FUNCTION.format(name=name, event=event, tables=tables, append=APPEND.format(deltas=deltas))
            for name, (event, tables, deltas) in TRIGGERS.items()
        ),
        TRUNCATE,
        GONE,
    ]
)
NAMES = [*(f"interactions_count_{name}" for name in TRIGGERS), "interactions_uncount"]
BACKWARD = "".join(
    [
        *(f"DROP TRIGGER {name} ON interactions_interaction; DROP FUNCTION {name}();\n" for name in NAMES),
        "DROP TRIGGER interactions_forget ON content_contentitem; DROP FUNCTION interactions_forget();\n",
        "DROP FUNCTION interactions_weight(text, timestamptz);",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("interactions", "0008_large_statements"), ("content", "0025_count_indexes")]

    operations = [LimitLockWait(), migrations.RunSQL(FORWARD, BACKWARD)]
