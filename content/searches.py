"""What searches (content/search_terms.py) say to the database.

Rows and searches are taken apart by the same functions of the database (genonaut/migrations/0004). A word is looked for
in an item's title, prompt and tags, and among the names of creators, models and LoRAs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Q
from django.db.models.lookups import Lookup

from content.parameters import MOST_MODELS, field_query
from content.search_terms import Term, parse
from genonaut.pagination.row_by_row import WithoutIndex

LONGEST = 10_000  # characters: a whole prompt
# Names are looked up for a search of so many words, and a word stands for the works of so many creators.
MOST_NAMED_WORDS = 50
MOST_CREATORS = 1_000
# Of more creators or models with a word in their names those of most works are meant, chosen among so many at most.
MOST_CANDIDATES = 10_000

# The creators or models of a name, those of most works first: the same at every request.
NAMED = """
        CASE WHEN %s THEN ARRAY(
            SELECT named.id FROM (SELECT DISTINCT id FROM ({named} LIMIT %s) AS candidates) AS named
            LEFT JOIN {counted} AS counted ON counted.id = named.id
            ORDER BY coalesce(counted.works, 0) DESC, named.id
            LIMIT %s)
        ELSE '{{}}' END"""
CREATORS = NAMED.format(
    named="""
                SELECT id FROM users_user
                WHERE is_active AND search_words @@ phraseto_tsquery('simple', genonaut_search_roots(
                    genonaut_search_joined(genonaut_search_fold(term))))""",
    counted="catalog_creator",
)
MODELS = NAMED.format(
    named="""
                SELECT coalesce(alias_of_id, id) AS id FROM media_generativemodel
                WHERE (alias_of_id IS NULL OR is_name_public) AND search_words @@ (
                    phraseto_tsquery('simple', genonaut_search_roots(
                        genonaut_search_joined(genonaut_search_fold(term))))
                    || phraseto_tsquery('simple', genonaut_search_roots(
                        genonaut_search_parted(genonaut_search_fold(term)))))""",
    counted="catalog_usedmodel",
)
READ = f"""
    SELECT phrases.joined::text, phrases.parted::text, genonaut_tags_query(ARRAY[term])::text,{CREATORS},{MODELS}
    FROM unnest(%s::text[]) WITH ORDINALITY AS terms (term, number), genonaut_search_phrases(term) AS phrases
    ORDER BY number
"""  # noqa: S608 - of what stands above

LEXEME = re.compile(r"'((?:[^']|'')+)'")
DISTANCE = re.compile(r" <(?:-|\d+)> ")


@dataclass(frozen=True)
class Search:
    """What a search says to PostgreSQL; `query` is empty if nothing in it can be searched for.

    `titled` and `named` find the best of what it finds and nothing else: works that show it in their titles, and those
    that show it in titles and tags or by their creators. Empty for a text that was pasted, and the query itself for a
    search of filters and exclusions alone.
    """

    query: str
    unsearched: tuple[str, ...]  # its words that consist of signs alone
    titled: str = ""
    named: str = ""
    is_of_signs: bool = False  # it has no word, and finds the works that have such tags

    @property
    def condition(self) -> Q:
        """The condition that an item is found."""
        return finding(self.query)

    @property
    def tiers(self) -> list[Q]:
        """The conditions of best matches, the better first: those that some of what it finds meets, and some not."""
        return [finding(tier) for tier in dict.fromkeys([self.titled, self.named]) if tier not in ("", self.query)]


class Matches(WithoutIndex, Lookup):
    """A row's vector matches a tsquery, which `query_sql` makes of the value."""

    prepare_rhs = False
    query_sql: str

    def as_sql(self, compiler: object, connection: object) -> tuple[str, Sequence[object]]:
        """Return the comparison: by the operator, which the index answers, or by the operator's own function."""
        vector, params = self.process_lhs(compiler, connection)
        sql = f"ts_match_vq({vector}, {self.query_sql})" if self.is_by_row else f"{vector} @@ {self.query_sql}"
        return sql, [*params, self.value]

    @property
    def value(self) -> object:
        """The parameter of `query_sql`."""
        return list(self.rhs)


@SearchVectorField.register_lookup
class Finds(Matches):
    """`search_words__finds="'night' & 'harbour'"`: the row's vector matches a tsquery in PostgreSQL's own notation."""

    lookup_name = "finds"
    query_sql = "%s::tsquery"

    @property
    def value(self) -> object:
        """The tsquery."""
        return self.rhs


@SearchVectorField.register_lookup
class Said(Matches):
    """`search_words__said=["sampler:Euler a"]`: the row has these words of its file and generator, whatever their
    case."""

    lookup_name = "said"
    query_sql = "media_words_query(%s::text[])"


@SearchVectorField.register_lookup
class Tagged(Matches):
    """`search_words__tagged=["Night", "harbour"]`: the row has these tags, whatever their case."""

    lookup_name = "tagged"
    query_sql = "genonaut_tags_query(%s::text[])"


def read(text: str) -> Search:
    """Return what a search says to the database. One query, and one or two for each `name:value`; none for a search
    without words."""
    alternatives = parse(text)
    if not any(alternatives):
        return Search("", tuple(text.split()))
    fields = dict(_queries_of_fields(alternatives))
    # What is no value of its field is a word like others.
    alternatives = [
        [term if term.is_word or term.key in fields else term.as_word() for term in terms] for terms in alternatives
    ]
    words = list(dict.fromkeys(term.text for terms in alternatives for term in terms if term.is_word))
    is_short = len(words) <= MOST_NAMED_WORDS
    readings = _readings(words, fields, is_short=is_short)
    found = {key: reading.anywhere for key, reading in readings.items()}
    unsearched = tuple(word for word in words if not found["", word])
    query = any_of_all(alternatives, found, found)
    if not query and words:
        # Tags of signs alone, as :3 and ^_^, have no words.
        tags = {("", word): readings["", word].tag for word in words}
        query = any_of_all(alternatives, tags, tags)
        return Search(query, unsearched, is_of_signs=True)
    if not is_short:
        return Search(query, unsearched)
    titled = any_of_all(alternatives, {key: reading.titled for key, reading in readings.items()}, found)
    named = any_of_all(alternatives, {key: reading.named for key, reading in readings.items()}, found)
    if any(DISTANCE.search(found["", word]) for word in words):
        # In titles and tags the words of a phrase have no places.
        titled, named = (tier if tier == query else all_of(tier, query) for tier in (titled, named))
    return Search(query, unsearched, titled, named)


class FieldReading(NamedTuple):
    """What finds the works that were made with something, or show `field:value` as text; best matches do as all others
    do."""

    anywhere: str

    @property
    def titled(self) -> str:
        """The same."""
        return self.anywhere

    @property
    def named(self) -> str:
        """The same."""
        return self.anywhere


class Reading(NamedTuple):
    """How the database reads a word or phrase: as tsqueries, and the ids of creators and models of that name."""

    joined: str
    parted: str
    tag: str
    creators: list[int]
    models: list[int]

    @property
    def anywhere(self) -> str:
        """What finds it wherever a work shows it; empty if it has no word."""
        return any_of([self.joined, self.parted, *self._ids])

    @property
    def as_phrase(self) -> str:
        """What finds it as text; empty if it is a single word."""
        return any_of(query for query in (self.joined, self.parted) if DISTANCE.search(query))

    @property
    def titled(self) -> str:
        """What finds it in titles."""
        return any_of([in_title(self.joined), in_title(self.parted)])

    @property
    def named(self) -> str:
        """What finds it in titles, as a tag, a creator and a model; empty if it has no word."""
        return self.anywhere and any_of([in_title(self.joined), in_title(self.parted), self.tag, *self._ids])

    @property
    def _ids(self) -> list[str]:
        return [*(f"'@{pk}'" for pk in self.creators), *(f"'=model:{pk}'" for pk in self.models)]


def _queries_of_fields(alternatives: Iterable[Iterable[Term]]) -> Iterator[tuple[tuple[str, str], str]]:
    for term in {term for terms in alternatives for term in terms if not term.is_word}:
        with suppress(ValueError):
            yield term.key, field_query(term.field, term.text)


def _readings(
    words: list[str], fields: Mapping[tuple[str, str], str], *, is_short: bool
) -> dict[tuple[str, str], Reading | FieldReading]:
    """Return how words and fields are read, by key. One query.

    A prompt may show `seed:42` as well: a field is also the phrase of its name and value. Of signs alone, as `tag:♥`,
    the phrase would be the name.
    """
    spelled = {(field, text): Term(text, field=field).as_word().text for field, text in fields}
    read_texts = _readings_of_words(list(dict.fromkeys([*words, *spelled.values()])), is_short=is_short)
    readings: dict[tuple[str, str], Reading | FieldReading] = {("", word): read_texts["", word] for word in words}
    for key, query in fields.items():
        readings[key] = FieldReading(any_of([query, read_texts["", spelled[key]].as_phrase]))
    return readings


def _readings_of_words(words: list[str], *, is_short: bool) -> dict[tuple[str, str], Reading]:
    with connection.cursor() as cursor:
        creators, models = ([is_short, MOST_CANDIDATES, most] for most in (MOST_CREATORS, MOST_MODELS))
        cursor.execute(READ, [*creators, *models, words])
        return {("", word): Reading(*row) for word, row in zip(words, cursor.fetchall(), strict=True)}


def finding(query: str) -> Q:
    """Return the condition that a tsquery matches; an empty one matches nothing."""
    return Q(search_words__finds=query) if query else Q(pk__in=[])


def in_title(query: str) -> str:
    """Return the tsquery of the same words in a title, where they have no places (content/migrations/0016)."""
    return DISTANCE.sub(" & ", LEXEME.sub(r"'^\1'", query))


def all_of(*queries: str) -> str:
    """Return the tsquery that some match all; empty if one of them is."""
    return " & ".join(f"({query})" for query in queries) if all(queries) else ""


def any_of(queries: Iterable[str]) -> str:
    """Return the tsquery that one of some, each once, matches; empty ones match nothing."""
    return " | ".join(f"({query})" for query in dict.fromkeys(queries) if query)


Queries = Mapping[tuple[str, str], str]


def any_of_all(alternatives: Iterable[Iterable[Term]], wanted: Queries, excluded: Queries) -> str:
    """Return the tsquery that all terms of one alternative hold; a term without a condition is passed over."""
    queries = []
    for terms in alternatives:
        known = [term for term in terms if excluded[term.key]]
        if all(term.is_excluded or wanted[term.key] for term in known):
            parts = [f"!({excluded[term.key]})" if term.is_excluded else f"({wanted[term.key]})" for term in known]
            queries.append(" & ".join(parts))
    return " | ".join(query for query in queries if query)
