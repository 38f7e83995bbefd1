"""Copies what logical replication leaves out: the positions of sequences, and the rows of unlogged tables."""

from psycopg import sql

from genonaut.moving.servers import Server

SEQUENCES = """
SELECT schemaname::text, sequencename::text FROM pg_sequences
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""
POSITION = "SELECT {}, {}, last_value, is_called FROM {}.{}"
SET_POSITIONS = """
SELECT setval(format('%%I.%%I', schema, name)::regclass, position, is_called)
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bool[]) AS sequence (schema, name, position, is_called)
"""
UNLOGGED = """
SELECT nspname::text, relname::text, (
    SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relpersistence = 'u' ORDER BY 1, 2
"""


def positions(server: Server) -> list[tuple]:
    """Return schema, name, last value and whether it was taken, of each sequence. Two queries."""
    names = server.rows(SEQUENCES)
    if not names:
        return []
    statement = sql.SQL(" UNION ALL ").join(
        sql.SQL(POSITION).format(*map(sql.Literal, name), *map(sql.Identifier, name)) for name in names
    )
    return sorted(server.rows(statement))


def copy_sequences(source: Server, target: Server) -> int:
    """Set all sequences of the target as the source's are; return how many. Three queries."""
    rows = positions(source)
    if rows:
        target.rows(SET_POSITIONS, [list(column) for column in zip(*rows, strict=True)])
    return len(rows)


def copy_unlogged_tables(source: Server, target: Server) -> list[str]:
    """Replace the rows of unlogged tables of the target by the source's; return the tables' names."""
    tables = source.rows(UNLOGGED)
    for schema, name, columns in tables:
        table, listed = sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, columns))
        with (
            target.connection.transaction(),
            target.connection.cursor() as writer,
            source.connection.cursor() as reader,
        ):
            writer.execute(sql.SQL("TRUNCATE {}").format(table))
            with (
                reader.copy(sql.SQL("COPY {} ({}) TO STDOUT").format(table, listed)) as rows,
                writer.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, listed)) as copy,
            ):
                for part in rows:
                    copy.write(part)
    return [name for _, name, _ in tables]
