"""How names are compared while they are typed."""

from collections.abc import Sequence

from django.contrib.postgres.search import SearchVectorField
from django.db.models.lookups import Lookup


@SearchVectorField.register_lookup
class Begins(Lookup):
    """`search_words__begins="blue s"`: each word of the text begins a word of the name."""

    lookup_name = "begins"
    prepare_rhs = False

    def as_sql(self, compiler: object, connection: object) -> tuple[str, Sequence[object]]:
        """Return the comparison."""
        vector, params = self.process_lhs(compiler, connection)
        return f"{vector} @@ genonaut_name_query(%s)", [*params, self.rhs]
