"""The connections of the pool."""

from psycopg import Connection

# Each keeps the texts and the plans of so many statements, and counts how often so many others ran. A page's statement
# is 10 kB of text here, and some 300 kB of plan in PostgreSQL.
MOST_PREPARED = 20


class PooledConnection(Connection):
    """A connection that keeps few prepared statements: what psycopg would keep by itself is for one, not for a pool."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.prepared_max = MOST_PREPARED
