"""Searches as people type them: words, "phrases", or, -without, model:name, steps:20..30; and prompts as pasted."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from content.parameters import FIELDS

# A longer text is a prompt that was pasted, as a rule: a quotation mark, an "or" or a dash in it means nothing.
LONGEST_WITH_OPERATORS = 200

# A dash and quotation marks of other keyboards.
SIGNS = str.maketrans("“”„‟«»－", '""""""-')
# E"\x01" separates a row's texts.
TERM = re.compile(
    r"(?P<label>seed|steps|cfg(?: scale)?): +(?P<number>[0-9]+(?:\.[0-9]+)?)(?=$|[\s,;，、；])"
    rf'|(?P<lacks>-?)(?P<field>{"|".join(FIELDS)}):(?:"(?P<quoted>[^"\x00\x01]+)"|(?P<value>[^\s\x00\x01,;，、；"]+))'
    r'|(?P<minus>-?)"(?P<phrase>[^"]*)"|(?P<word>[^\s\x01,;，、；"]+)',
    re.IGNORECASE,
)
WORD = re.compile(r"[^\s\x01,;，、；]+")
# One dash before something that has a letter or digit: -night, -(night), -<lora:night:1>, but neither --ar nor -??.
# Nor is it one of NovelAI's weights, -1::night::.
WITHOUT = re.compile(r"-(?!-|[0-9.]+::).*[^\W_]")
# Of these a search excludes some words more, where it has no comma: a prompt has.
MOST_EXCLUDING = 2_000
# Each attempt ends at the next angle bracket: linear in the length of a prompt.
LORA_TAG = re.compile(r"<(?P<kind>lora|lyco):(?P<name>[^<>:]{1,300})(?::[^<>]*)?>", re.IGNORECASE)
# What follows the prompt in the text that A1111 writes.
BEHIND_PROMPT = re.compile(r"(?:^|\s)(?:Negative prompt:|Steps: \d+(?:,|\s*$))")


class Term(NamedTuple):
    """A word or phrase that an item has to show, or must not; with a `field`, what it was made with, as a tsquery."""

    text: str
    is_excluded: bool = False
    field: str = ""

    @property
    def is_word(self) -> bool:
        """Whether it is a word or phrase."""
        return not self.field

    @property
    def key(self) -> tuple[str, str]:
        """What it asks for, whether or not that is excluded."""
        return self.field, self.text

    def as_word(self) -> "Term":
        """Return a field as the text that it is typed as."""
        return Term(f"{self.field}:{self.text}", self.is_excluded)


def parse(text: str) -> list[list[Term]]:
    """Return the alternatives of a search, each a list of terms that all have to hold. No query."""
    prompt = prompt_of(text)
    if prompt or not _has_operators(text):
        return [[Term(word) for word in dict.fromkeys(WORD.findall(prompt or text))]]
    alternatives: list[list[Term]] = [[]]
    for found in TERM.finditer(text.translate(SIGNS)):
        phrase, word = found["phrase"], found["word"]
        if found["label"] is not None:
            alternatives[-1].append(Term(found["number"], field=found["label"].lower().removesuffix(" scale")))
        elif found["field"] is not None:
            text_of_field = found["quoted"] or found["value"]
            alternatives[-1].append(Term(text_of_field, bool(found["lacks"]), found["field"].lower()))
        elif phrase is not None:
            alternatives[-1].append(Term(phrase, is_excluded=bool(found["minus"])))
        elif word.lower() == "or":
            alternatives.append([])
        elif WITHOUT.match(word):
            alternatives[-1].append(Term(word[1:], is_excluded=True))
        else:
            alternatives[-1].append(Term(word))
    terms = [alternative for alternative in alternatives if alternative]
    # Of nothing but "or", the word is meant.
    return terms or [[Term(word) for word in WORD.findall(text)]]


def _has_operators(text: str) -> bool:
    """Return whether a text is typed: short, or a list of words of which some are excluded."""
    if "\n" in text.strip():
        return False
    if len(text) <= LONGEST_WITH_OPERATORS:
        return True
    is_list = len(text) <= MOST_EXCLUDING and "," not in text
    return is_list and any(WITHOUT.match(word) for word in WORD.findall(text.translate(SIGNS)))


def with_value(text: str, term: Term, value: str, *, also_excluded: bool = False) -> str:
    """Return a search with another value of a field, wherever it asks for it; in quotation marks if it needs them."""
    said = re.escape(term.text)
    before = r"(?<!\w)" if also_excluded else r"(?<![\w-])"
    typed = re.compile(rf'{before}{term.field}:(?:"{said}"|{said}(?=$|[\s,;，、；"]))', re.IGNORECASE)
    spelled = f'"{value}"' if WORD.fullmatch(value) is None else value
    return typed.sub(lambda _found: f"{term.field}:{spelled}", text.translate(SIGNS))


def values_of(text: str, field: str) -> list[str]:
    """Return what a search asks of a field, or excludes, each value once."""
    return list(dict.fromkeys(term.text for terms in parse(text) for term in terms if term.field == field))


def with_values(text: str, field: str, values: Mapping[str, str]) -> str:
    """Return a search with other values of a field, those of some old ones."""
    for value in values_of(text, field):
        if value in values:
            text = with_value(text, Term(value, field=field), values[value], also_excluded=True)
    return text


def prompt_of(text: str) -> str:
    """Return the prompt of a text that A1111 writes, without LoRAs that the work may have beside its prompt; empty of
    any other text."""
    end = BEHIND_PROMPT.search(text)
    prompt = text[: end.start()].strip() if end else ""
    return LORA_TAG.sub(" ", prompt).strip() or prompt
