"""Names that are most like one that was typed: what a list that found nothing offers instead."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from unicodedata import combining, normalize

from catalog.models import COLUMNS, Tag, UsedModel
from media.models import ModelKind
from users.levels import Level

MOST_NAMES = 5
# Names that begin as the one that was typed, among which the nearest are looked for: those of most works.
MOST_COMPARED = 500
BEGINNING = 2  # letters that a nearest name has in common
LEAST_LIKENESS = 0.6
# A word of a search is taken for another only if it is very like it.
LEAST_LIKENESS_OF_WORDS = 0.75
SHORTEST_WORD = 4


def nearest_tags(typed: str, level: Level) -> list[str]:
    """Return the tags, of works up to a level, that are most like a text, the likest first. One query for each
    beginning of its words."""
    beginnings = {word[:BEGINNING] for word in folded(typed).split()}
    return likest(typed, (name for beginning in beginnings for name in _tags_beginning(beginning, level)))


def nearest_models(typed: str, kind: ModelKind, level: Level) -> list[str]:
    """Return the models or LoRAs, of works up to a level, of which the name or a word of it is most like a text. One
    query for each beginning of its words."""
    beginnings = {word[:BEGINNING] for word in folded(typed).split()}
    names = {name for beginning in beginnings for name in _models_beginning(beginning, kind, level)}
    return likest(typed, names, by_words=True)


def nearest_word(typed: str, level: Level) -> str | None:
    """Return the word of tags that is most like one that was typed; None if none is, or if it is one. One query."""
    word = folded(typed)
    if len(word) < SHORTEST_WORD or not word.isalpha():
        return None
    words = [part for name in _tags_beginning(word[:BEGINNING], level) for part in folded(name).split()]
    near = likest(word, words, least=LEAST_LIKENESS_OF_WORDS)
    return near[0] if near and word not in words else None


def likest(typed: str, names: Iterable[str], *, least: float = LEAST_LIKENESS, by_words: bool = False) -> list[str]:
    """Return the names that are most like a text, the likest first; `by_words`, those of which a word is, too."""
    wanted = folded(typed)
    likeness = {
        name: likeness_of(wanted, [name, *(folded(name).split() if by_words else ())]) for name in dict.fromkeys(names)
    }
    nearest = sorted(likeness, key=lambda name: (-likeness[name], name))
    return [name for name in nearest if likeness[name] >= least][:MOST_NAMES]


def likeness_of(wanted: str, names: Sequence[str]) -> float:
    """Return how like the likest of some names a folded text is, from 0 to 1."""
    return max(SequenceMatcher(None, wanted, folded(name)).ratio() for name in names)


def folded(text: str) -> str:
    """Return a text without capitals and accents, signs as spaces."""
    bare = (letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in bare)


def _tags_beginning(text: str, level: Level) -> list[str]:
    """Return the tags of most works with a word that begins so."""
    tags = Tag.objects.filter(search_words__begins=text, level__lte=level).order_by(f"-{COLUMNS[level]}", "-id")
    return list(tags.values_list("name", flat=True)[:MOST_COMPARED])


def _models_beginning(text: str, kind: ModelKind, level: Level) -> list[str]:
    """Return the models or LoRAs of most works with a word that begins so."""
    models = UsedModel.objects.filter(search_words__begins=text, kind=kind, level__lte=level)
    return list(models.order_by(f"-{COLUMNS[level]}", "-id").values_list("name", flat=True)[:MOST_COMPARED])
