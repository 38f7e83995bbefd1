"""Searches as people type them: words, "phrases", or, -without.

Rows and searches are taken apart by the same functions of the database (genonaut/migrations/0004). A word is looked for
in an item's title, prompt and tags, and among the names of creators.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Q
from django.db.models.lookups import Lookup

LONGEST = 10_000  # characters: a whole prompt
# A longer text is a prompt that was pasted: a quotation mark, an "or" or a dash in it means nothing.
LONGEST_WITH_OPERATORS = 200
# Names are looked up for a search of so many words, and a word stands for the works of so many creators.
MOST_NAMED_WORDS = 50
MOST_CREATORS = 1_000

QUOTES = str.maketrans("“”„‟«»", '""""""')
# E"\x01" separates a row's texts.
TERM = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"|(?P<word>[^\s\x01,;，、；"]+)')
WORD = re.compile(r"[^\s\x01,;，、；]+")

READ = """
    SELECT phrases.joined::text, phrases.parted::text,
        CASE WHEN %s THEN ARRAY(
            SELECT id FROM users_user
            WHERE is_active AND search_words @@ phraseto_tsquery('simple', genonaut_search_roots(
                genonaut_search_joined(genonaut_search_fold(term))))
            LIMIT %s)
        ELSE '{}' END
    FROM unnest(%s::text[]) WITH ORDINALITY AS terms (term, number), genonaut_search_phrases(term) AS phrases
    ORDER BY number
"""


class Term(NamedTuple):
    """A word or phrase that an item has to show, or must not."""

    text: str
    is_excluded: bool = False


@dataclass(frozen=True)
class Search:
    """What a search says to PostgreSQL; `query` is empty if nothing in it can be searched for."""

    query: str
    unsearched: tuple[str, ...]  # its words that consist of signs alone

    @property
    def condition(self) -> Q:
        """The condition that an item is found."""
        return Q(search_words__finds=self.query) if self.query else Q(pk__in=[])


@SearchVectorField.register_lookup
class Finds(Lookup):
    """`search_words__finds="'night' & 'harbour'"`: the row's vector matches a tsquery in PostgreSQL's own notation."""

    lookup_name = "finds"
    prepare_rhs = False

    def as_sql(self, compiler: object, connection: object) -> tuple[str, Sequence[object]]:
        """Return the comparison."""
        vector, params = self.process_lhs(compiler, connection)
        return f"{vector} @@ %s::tsquery", [*params, self.rhs]


@SearchVectorField.register_lookup
class Tagged(Lookup):
    """`search_words__tagged=["Night", "harbour"]`: the row has these tags, whatever their case."""

    lookup_name = "tagged"
    prepare_rhs = False

    def as_sql(self, compiler: object, connection: object) -> tuple[str, Sequence[object]]:
        """Return the comparison."""
        vector, params = self.process_lhs(compiler, connection)
        return f"{vector} @@ genonaut_tags_query(%s::text[])", [*params, list(self.rhs)]


def parse(text: str) -> list[list[Term]]:
    """Return the alternatives of a search, each a list of terms that all have to hold. No query."""
    if len(text) > LONGEST_WITH_OPERATORS or "\n" in text.strip():
        return [[Term(word) for word in dict.fromkeys(WORD.findall(text))]]
    alternatives: list[list[Term]] = [[]]
    for found in TERM.finditer(text.translate(QUOTES)):
        phrase, word = found["phrase"], found["word"]
        if phrase is not None:
            alternatives[-1].append(Term(phrase, is_excluded=bool(found["minus"])))
        elif word.lower() == "or":
            alternatives.append([])
        elif re.match(r"-[^\W_]", word):
            alternatives[-1].append(Term(word[1:], is_excluded=True))
        else:
            alternatives[-1].append(Term(word))
    terms = [alternative for alternative in alternatives if alternative]
    # Of nothing but "or", the word is meant.
    return terms or [[Term(word) for word in WORD.findall(text)]]


def read(text: str) -> Search:
    """Return what a search says to the database. One query; none for a search without words."""
    alternatives = parse(text)
    words = list(dict.fromkeys(term.text for terms in alternatives for term in terms))
    if not words:
        return Search("", tuple(text.split()))
    with connection.cursor() as cursor:
        cursor.execute(READ, [len(words) <= MOST_NAMED_WORDS, MOST_CREATORS, words])
        conditions = {
            word: any_of([joined, parted, *(f"'@{pk}'" for pk in creators)])
            for word, (joined, parted, creators) in zip(words, cursor.fetchall(), strict=True)
        }
    unsearched = tuple(word for word, condition in conditions.items() if not condition)
    queries = [all_of(terms, conditions) for terms in alternatives]
    return Search(" | ".join(query for query in queries if query), unsearched)


def any_of(queries: Iterable[str]) -> str:
    """Return the tsquery that one of some, each once, matches; empty ones match nothing."""
    return " | ".join(f"({query})" for query in dict.fromkeys(queries) if query)


def all_of(terms: Iterable[Term], conditions: dict[str, str]) -> str:
    """Return the tsquery that all terms hold; those without a condition are passed over."""
    return " & ".join(
        f"{'!' if term.is_excluded else ''}({conditions[term.text]})" for term in terms if conditions[term.text]
    )
