"""What a work was made with, as words of its search index: `steps:20..30` is eleven words, `cfg:5..8` a few beginnings.

The words are written by the database (media/migrations/0002): numbers with as many digits each, texts in lower case.
"""

import re
from math import ceil, floor
from typing import NamedTuple

from django.db import connection

from genonaut.pagination.filters import MAX_ID
from genonaut.whole_numbers import read_whole_number
from media.models import ModelKind
from users.models import User
from users.querysets import is_account_id

# Of so many models whose names hold the words of a search the works are found.
MOST_MODELS = 1_000
# A query that nothing matches: no row has this word.
NOTHING = "'='"
# With all digits that a float has, 4.199999809265137: generators write such numbers.
NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?")
ASPECTS = ("portrait", "square", "landscape")
# That of a LoRA, as prompts write it: lora:add_detail:0.8.
WEIGHT = re.compile(r":-?[0-9.]+$")

# Of public works: which names are exact must tell nothing of works that the viewer does not see.
MODELS = """
    SELECT coalesce(alias_of_id, id) FROM media_generativemodel AS named
    WHERE kind = %(kind)s AND key = (genonaut_tag_keys(ARRAY[%(name)s]))[1] AND (alias_of_id IS NULL OR is_name_public)
    AND (
        EXISTS (SELECT 1 FROM catalog_usedmodel AS used WHERE used.id = coalesce(named.alias_of_id, named.id))
        OR EXISTS (
            SELECT 1 FROM catalog_catalogdelta
            WHERE coalesce(named.alias_of_id, named.id) = ANY(model_ids) AND works > 0))
"""
MODELS_WITH_WORDS = """
    SELECT DISTINCT coalesce(alias_of_id, id) FROM media_generativemodel
    WHERE kind = %(kind)s AND (alias_of_id IS NULL OR is_name_public) AND (key = (genonaut_tag_keys(ARRAY[%(name)s]))[1]
        OR search_words @@ phraseto_tsquery('simple', genonaut_search_roots(
            genonaut_search_joined(genonaut_search_fold(%(name)s)))))
    ORDER BY 1 LIMIT %(limit)s
"""
LIBRARIES = "SELECT id FROM media_library WHERE id::text = %(name)s OR name = %(name)s"


class Digits(NamedTuple):
    """How a number is written as a word: so many digits before and behind the point.

    Whole numbers below `singly` are asked for one by one. Of a beginning PostgreSQL collects all works before it looks
    at what else they must have: a LoRA with a range of steps took a second at 10 million works, and a tenth by words.
    """

    before: int
    behind: int = 0
    singly: int = 0

    @property
    def largest(self) -> int:
        """The largest number, in units of its last digit."""
        return 10 ** (self.before + self.behind) - 1

    def holds(self, value: float) -> bool:
        """Return whether a number has a word: it is found by no filter otherwise."""
        return 0 <= value * 10**self.behind < self.largest + 0.5

    def beginnings(self, low: int, high: int) -> list[str]:
        """Return the beginnings of the words of the numbers from low to high, in units of their last digit.

        At most 18 for each digit: 995 to 1200 are 0995 to 0999, 10, 11 and 1200.
        """
        found, digits = [], self.before + self.behind
        while low <= high:
            left_out = 0
            while left_out < digits and low % 10 ** (left_out + 1) == 0 and low + 10 ** (left_out + 1) - 1 <= high:
                left_out += 1
            text = f"{low:0{digits}d}"[: digits - left_out]
            whole, rest = text[: self.before], text[self.before :]
            found.append(f"{whole}.{rest}" if rest else whole)
            low += 10**left_out
        return found

    def words(self, low: int, high: int) -> list[str]:
        """Return the words of the numbers from low to high that are asked for one by one."""
        return [f"{number:0{self.before}d}" for number in range(low, min(high + 1, self.singly))]

    def word(self, number: str) -> str:
        """Return the digits of a whole word, to tell it from a beginning."""
        return number if len(number) == self.before + self.behind + bool(self.behind) else ""


NUMBERS = {"steps": Digits(4, singly=100), "cfg": Digits(4, 3), "width": Digits(5), "height": Digits(5)}


class NumberRange(NamedTuple):
    """Numbers from low to high, both included; None where there is no bound."""

    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.low:g}"
        low, high = ("" if bound is None else f"{bound:g}" for bound in self)
        return f"{low}..{high}"

    def query(self, name: str) -> str:
        """Return the tsquery of the works whose number of this name lies in the range."""
        digits = NUMBERS[name]
        unit = 10**digits.behind
        # A number is rounded as its word is; what the ends of a range are off by is far below a unit.
        digits_kept = None if self.low == self.high and digits.behind else 4
        low = 0 if self.low is None else ceil(round(self.low * unit, digits_kept))
        high = digits.largest if self.high is None else min(floor(round(self.high * unit, digits_kept)), digits.largest)
        beginnings = digits.words(low, high) + digits.beginnings(max(low, digits.singly), high)
        return " | ".join(f"'={name}:{part}'{'' if digits.word(part) else ':*'}" for part in beginnings) or NOTHING


def read_range(text: str) -> NumberRange:
    """Return the range that a text says: `20`, `20..30`, `20..` or `..30`. Raises ValueError with a message."""
    low, dots, high = text.strip().partition("..")
    bounds = [low, high] if dots else [low, low]
    if not any(bounds) or not all(bound == "" or NUMBER.fullmatch(bound) for bound in bounds):
        raise ValueError("Must be a number or a range, as in 20 or 20..30.")
    least, most = (float(bound) if bound else None for bound in bounds)
    if least is not None and most is not None and least > most:
        raise ValueError("The range ends before it begins.")
    return NumberRange(least, most)


def said(*words: str) -> str:
    """Return the tsquery of the works that have all of some words, as `sampler:Euler a`. One query."""
    return _value("SELECT media_words_query(%(words)s)::text", {"words": list(words)})


def models_named(kind: ModelKind, name: str) -> list[int]:
    """Return the id of a model or LoRA of public works by name, else those of all whose names hold its words. One or
    two queries."""
    params = {"kind": kind.value, "name": name, "limit": MOST_MODELS}
    return _ids(MODELS, params) or _ids(MODELS_WITH_WORDS, params)


def made_with(ids: list[int]) -> str:
    """Return the tsquery of the works that were made with one of some models. No query."""
    return " | ".join(f"'=model:{pk}'" for pk in ids) or NOTHING


def in_library(name: str) -> str:
    """Return the tsquery of the works of a library, by its name or id. One query."""
    return " | ".join(f"'=library:{pk}'" for pk in _ids(LIBRARIES, {"name": name})) or NOTHING


def tagged(tag: str) -> str:
    """Return the tsquery of the works that have a tag. One query."""
    return _value("SELECT genonaut_tags_query(ARRAY[%(tag)s])::text", {"tag": tag})


def made_by(name: str) -> str:
    """Return the tsquery of the works of the account of a username or id. One query."""
    users = User.objects.filter(pk=min(int(name), MAX_ID)) if is_account_id(name) else User.objects.named(name)
    return " | ".join(f"'@{pk}'" for pk in users.filter(is_active=True).values_list("pk", flat=True)) or NOTHING


def _seed(text: str) -> str:
    return f"'=seed:{read_whole_number(text)}'"


def _flag(word: str, text: str) -> str:
    if text.lower() not in ("true", "yes", "false", "no"):
        raise ValueError("Must be true or false.")
    return f"'={word}'" if text.lower() in ("true", "yes") else f"!'={word}'"


def _aspect(text: str) -> str:
    if text.lower() not in ASPECTS:
        raise ValueError(f"Must be one of {', '.join(ASPECTS)}.")
    return f"'=aspect:{text.lower()}'"


# What a search says by name, `sampler:euler`: the names of the list's filters.
FIELDS = {
    "tag": tagged,
    "creator": made_by,
    "model": lambda text: made_with(models_named(ModelKind.MODEL, text)),
    "lora": lambda text: made_with(models_named(ModelKind.LORA, WEIGHT.sub("", text))),
    **{name: lambda text, name=name: said(f"{name}:{text}") for name in ("sampler", "scheduler", "generator")},
    **{name: lambda text, name=name: read_range(text).query(name) for name in ("steps", "cfg")},
    **{
        f"min_{name}": lambda text, name=name: NumberRange(read_range(text).low, None).query(name)
        for name in ("width", "height")
    },
    "seed": _seed,
    "aspect": _aspect,
    "library": in_library,
    "has_workflow": lambda text: _flag("workflow", text),
    "has_file": lambda text: _flag("file", text),
}


def field_query(name: str, text: str) -> str:
    """Return the tsquery of the works of which a search says this. Raises ValueError for a value that is none."""
    return FIELDS[name](text)


def _ids(statement: str, params: dict[str, object]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [pk for (pk,) in cursor.fetchall()]


def _value(statement: str, params: dict[str, object]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone()[0]
