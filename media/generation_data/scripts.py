"""How readable a text is: the frequency of its characters, by script, without data files.

Read in the wrong byte order, letters become rare Chinese characters, private ones or none at all. What is common in
Chinese, Japanese and Korean is known from the first levels of the national character sets, which are by frequency.
"""

import unicodedata
from collections import Counter
from functools import lru_cache

SAMPLE_CHARACTERS = 4_096
# Beyond this share of impossible characters a text is read wrongly or damaged.
IMPOSSIBLE_SHARE = 0.02
# Each script takes this many points from the sum: text in the wrong byte order jumps between many.
SCRIPT_COST = 1.0

COMMON = 2.0
KANA = 2.2
WORD = 1.1
SIGN = 0.6
LETTER = 1.6
SYMBOL = 1.0
RARE = 0.2
VERY_RARE = -1.0
IMPOSSIBLE = -4.0

# Ranges with their points, the first that holds a character counts.
RANGES = (
    (0x0009, 0x000A, SIGN),
    (0x000D, 0x000D, SIGN),
    (0x0000, 0x001F, IMPOSSIBLE),
    (0x0020, 0x0020, WORD),
    (0x0021, 0x0040, SIGN),
    (0x0041, 0x005A, 0.9),
    (0x0061, 0x007A, WORD),
    (0x005B, 0x007E, SIGN),
    (0x007F, 0x009F, IMPOSSIBLE),
    (0x00A0, 0x00BF, SYMBOL),
    (0x00C0, 0x017F, LETTER),  # Latin with accents
    (0x0370, 0x052F, LETTER),  # Greek, Cyrillic
    (0x0531, 0x06FF, LETTER),  # Armenian, Hebrew, Arabic
    (0x0900, 0x10FF, LETTER),  # India, Thai, Lao, Tibetan, Burmese, Georgian
    (0x1200, 0x139F, LETTER),  # Ethiopian
    (0x1780, 0x18AF, LETTER),  # Khmer, Mongolian
    (0x1E00, 0x1FFF, LETTER),  # Vietnamese, ancient Greek
    (0x2010, 0x2026, LETTER),  # dashes, quotes
    (0x2030, 0x205E, SYMBOL),
    (0x20A0, 0x20BF, SYMBOL),
    (0x2100, 0x27BF, SYMBOL),
    (0x2B50, 0x2B55, SYMBOL),
    (0x3000, 0x3002, KANA),
    (0x3005, 0x301F, COMMON),
    (0x3041, 0x3096, KANA),
    (0x309B, 0x309E, COMMON),
    (0x30A1, 0x30FE, KANA),
    (0x3400, 0x4DBF, VERY_RARE),
    (0x4E00, 0x9FFF, RARE),
    (0xAC00, 0xD7A3, RARE),
    (0xD800, 0xF8FF, IMPOSSIBLE),  # surrogates without their pair, private use
    (0xFE0F, 0xFE0F, SYMBOL),
    (0xFF01, 0xFF60, COMMON),
    (0xFF61, 0xFF9F, 0.7),  # half as wide: one byte each in Shift JIS
    (0x1F000, 0x1FAFF, 3.0),  # a valid pair of surrogates is no accident
)


def _of_rows(encoding: str, leads: range, trails: range) -> frozenset[str]:
    """Return the characters of some rows of a double-byte character set."""
    rows = bytes(byte for lead in leads for trail in trails for byte in (lead, trail))
    return frozenset(rows.decode(encoding, "ignore"))


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Return the frequent characters of simplified Chinese, Japanese, traditional Chinese and Korean."""
    return (
        _of_rows("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))
        | _of_rows("euc_jp", range(0xB0, 0xD0), range(0xA1, 0xFF))
        | _of_rows("big5", range(0xA4, 0xC7), range(0xA1, 0xFF))
        | _of_rows("big5", range(0xA4, 0xC7), range(0x40, 0x7F))
        | _of_rows("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF))
    )


@lru_cache(maxsize=8_192)
def points(character: str) -> float:
    """Return how likely a character is in a text that people wrote."""
    code = ord(character)
    if code >= 0x3400 and character in _common():
        return COMMON
    for first, last, score in RANGES:
        if first <= code <= last:
            return score
    return IMPOSSIBLE if unicodedata.category(character) in ("Cn", "Co", "Cs", "Cc") else VERY_RARE


@lru_cache(maxsize=8_192)
def script(character: str) -> str:
    """Return the script of a letter by the first word of its name; empty for what all scripts share."""
    if not character.isalpha() or character.isascii():
        return ""
    first = unicodedata.name(character, "none").partition(" ")[0]
    return "CJK" if first in ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else first


def readability(text: str) -> float:
    """Return the mean points of a text's characters, from a sample of its beginning, middle and end.

    Negative if more than a few characters are impossible.
    """
    counts = Counter(_sample(text))
    total = counts.total()
    if not total:
        return 0.0
    sums = [(points(character), count) for character, count in counts.items()]
    if sum(count for score, count in sums if score <= IMPOSSIBLE) > total * IMPOSSIBLE_SHARE:
        return IMPOSSIBLE
    scripts = {script(character) for character in counts} - {""}
    return (sum(score * count for score, count in sums) - SCRIPT_COST * max(0, len(scripts) - 1)) / total


def _sample(text: str) -> str:
    """Return at most SAMPLE_CHARACTERS of a text."""
    if len(text) <= SAMPLE_CHARACTERS:
        return text
    third = SAMPLE_CHARACTERS // 3
    middle = len(text) // 2
    return text[:third] + text[middle : middle + third] + text[-third:]
