"""What keeps a database from being moved, looked for before anything is changed."""

from collections.abc import Iterator

from genonaut.moving.schema import is_restored
from genonaut.moving.servers import Server

# Ours, not PostgreSQL's own.
OURS = "relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
RIGHTS = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
WITHOUT_KEY = f"""
SELECT oid::regclass::text FROM pg_class
WHERE relkind IN ('r', 'p') AND relpersistence = 'p' AND {OURS} AND (relreplident <> 'd' OR NOT EXISTS (
    SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary))
ORDER BY 1
"""  # noqa: S608 - of what stands above
# The applying process fires no others; these it would fire a second time.
TRIGGERS = """
SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('A', 'R') ORDER BY 1
"""
# A role's own default comes before the server's: its sessions could not be held back.
ROLES = """
SELECT DISTINCT setrole::regrole::text FROM pg_db_role_setting
WHERE setrole <> 0 AND array_to_string(setconfig, ' ') LIKE '%default_transaction_read_only=%'
"""
EXTENSIONS = "SELECT extname::text FROM pg_extension"
AVAILABLE = "SELECT name::text FROM pg_available_extensions"
TABLES = f"SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'S', 'v', 'm') AND {OURS}"  # noqa: S608
LOCALE = (
    "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
)
FREE_SLOTS = "SELECT current_setting('max_replication_slots')::int - count(*) FROM pg_replication_slots"


def obstacles(source: Server, target: Server) -> list[str]:
    """Return all that has to be mended before a database can be moved to an empty one."""
    return [*_of_server(source), *_of_server(target), *_of_source(source), *_of_target(source, target)]


def _of_server(server: Server) -> Iterator[str]:
    if not server.value(RIGHTS):
        yield f"The {server.label} database: the role is no superuser, whom a publication of all tables needs."
    if server.value("SHOW wal_level") != "logical":
        yield f"The {server.label} server: set wal_level = logical and restart it (both servers, for the way back)."
    if server.value(FREE_SLOTS) < 4:
        yield f"The {server.label} server: max_replication_slots leaves fewer than 4."
    if server.value("SELECT pg_is_in_recovery()"):
        yield f"The {server.label} server is a replica."


def _of_source(source: Server) -> Iterator[str]:
    for (name,) in source.rows(WITHOUT_KEY):
        yield f"{name} has no primary key, or a replica identity of its own: changed rows could not be found again."
    for (name,) in source.rows(TRIGGERS):
        yield f"{name} is enabled for replicated rows: ALTER TABLE ... ENABLE TRIGGER makes it an ordinary one."
    for (name,) in source.rows(ROLES):
        yield f"The role {name} has a default_transaction_read_only of its own: ALTER ROLE ... RESET it."
    if source.value("SELECT count(*) FROM pg_largeobject_metadata"):
        yield "There are large objects, which are not replicated."
    if source.value("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"):
        yield "There are prepared transactions: commit them or roll them back."
    if source.value("SELECT count(*) FROM pg_event_trigger WHERE evtenabled <> 'D'"):
        yield "There are event triggers: disable them while the database is moved."


def _of_target(source: Server, target: Server) -> Iterator[str]:
    if target.value(TABLES) and not is_restored(source, target):
        yield "The target database is not empty: drop it and make it again from template0."
    if source.rows(LOCALE) != target.rows(LOCALE):
        yield f"Encoding or locale differ, and with them the order of texts: {source.rows(LOCALE)[0]} is wanted."
    missing = {name for (name,) in source.rows(EXTENSIONS)} - {name for (name,) in target.rows(AVAILABLE)}
    if missing:
        yield f"The target server lacks extensions: {', '.join(sorted(missing))}."
