"""Functions that take texts apart for the search, the same for rows and queries: docs/decisions/0013 has the rules.

They need no extension and no file. Nothing depends on the database's locale but how PostgreSQL's parser sees letters
beyond ASCII, and that is the same for rows and queries.
"""

from functools import reduce

from django.db import migrations

# Letters whose lower case the locale "C" does not know, and those that no decomposition leads to an ASCII letter. What
# decomposes (É, Й) has lost its marks before.
LETTERS = {
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩς": "αβγδεζηθικλμνξοπρστυφχψωσ",
    "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ": "абвгдежзиклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ",
    "øØłŁđĐðÐħĦıŧŦŋŊÆŒẞÞ‘’ʼ": "oOlLdDdDhHitTnNæœßþ'''",
}
DIGRAPHS = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "th"}
# Accents, soft hyphens, joiners and selectors.
MARKS = r"[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]"
# Of scripts that put no spaces between words, each letter is a word: any part of a run is found as a phrase.
UNSPACED = (
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Signs beyond ASCII. The locale "C" takes them for letters.
SIGNS = (
    r"[\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u02b9-\u02df\u2000-\u206f\u20a0-\u20cf"
    r"\u2190-\u2bff\u3000-\u3004\u3008-\u303f\u30a0\u30fb\ufe10-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\U0001f000-\U0001faff]"
)
# A word that is also found by its parts (1girl, SDXL1, juggernautXL, don't, fantasy:1.2), and where it is parted.
PARTED = r"[a-z][A-Z0-9]|[A-Z][A-Z][a-z]|[A-Z][0-9]|[0-9][A-Za-z]|''|:-?[0-9.]+[)>\]}]"
BORDERS = r"([a-z])(?=[A-Z0-9])|([A-Z])(?=[A-Z][a-z]|[0-9])|([0-9])(?=[A-Za-z])"
WEIGHTS = r":-?[0-9.]+(?=[)>\]}])"
# Plurals that the stemmer does not know. Each replacement sees the text between spaces, in lower case.
PLURALS_IN_VES = {
    **{"wolves": "wolf", "elves": "elf", "knives": "knife", "wives": "wife", "leaves": "leaf", "thieves": "thief"},
    **{"halves": "half", "calves": "calf", "scarves": "scarf", "dwarves": "dwarf", "loaves": "loaf"},
    **{"hooves": "hoof"},
}
PLURALS = {
    **{"men ": "man ", "children": "child", "feet ": "foot ", "teeth": "tooth"},
}
# Words that the stemmer would take for others (anime for animal, evening for even): they get a letter that it does not
# expect. Whatever else contains them changes alike in rows and queries.
CONFUSED = {
    **{"anime": "animek", "animal": "animalk", "organi": "organik", "positiv": "positivk", "universi": "universik"},
    **{"universal": "universkal", "experiment": "experimkent", "evening": "eveningk", "paste": "pastek"},
    **{"several": "severkal", "important": "importkant", "international": "interkational", "digital": "digitkal"},
    **{"mineral": "minerkal", "stocking": "stockingk", "legging": "leggingk", "shorts": "shortks"},
}
# PostgreSQL passes over words of more bytes.
LONGEST_WORD = 2046


def replaced(text: str, pairs: dict[str, str]) -> str:
    """Return SQL that replaces texts one after the other: each costs a tenth of a regular expression's match."""
    return reduce(lambda sql, pair: f"replace({sql}, '{pair[0]}', '{pair[1]}')", pairs.items(), text)


LETTERS_FROM, LETTERS_TO = ("".join(part).replace("'", "''") for part in zip(*LETTERS.items(), strict=True))

CONFIGURATION = """
CREATE TEXT SEARCH DICTIONARY genonaut_stem (TEMPLATE = snowball, LANGUAGE = english);
-- What is made of stop words alone leaves a gap of positions, and nothing else.
CREATE TEXT SEARCH DICTIONARY genonaut_gap (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION genonaut_words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION genonaut_words ALTER MAPPING FOR asciiword, word WITH genonaut_stem;
-- No hyphen is left in a word but in 'a-a', which stands between texts: no phrase reaches from one into the next.
ALTER TEXT SEARCH CONFIGURATION genonaut_words ALTER MAPPING FOR hword_asciipart WITH genonaut_gap;
ALTER TEXT SEARCH CONFIGURATION genonaut_words DROP MAPPING FOR asciihword;
"""
NO_CONFIGURATION = """
DROP TEXT SEARCH CONFIGURATION genonaut_words;
DROP TEXT SEARCH DICTIONARY genonaut_gap;
DROP TEXT SEARCH DICTIONARY genonaut_stem;
"""

FUNCTIONS = rf"""
CREATE FUNCTION genonaut_search_fold(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Folds what is not ASCII: widths, accents, capitals; a space around each letter of a script without spaces.
BEGIN
    IF octet_length(content) = length(content) THEN
        RETURN content;
    END IF;
    content := normalize(regexp_replace(normalize(content, NFKD), '{MARKS}', '', 'g'), NFC);
    content := {replaced(f"translate(content, '{LETTERS_FROM}', '{LETTERS_TO}')", DIGRAPHS)};
    content := regexp_replace(content, '({UNSPACED})', ' \1 ', 'g');
    RETURN regexp_replace(content, '{SIGNS}', ' ', 'g');
END
$$;

CREATE FUNCTION genonaut_search_joined(folded text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Drops weights, (red:1.2), and apostrophes.
SELECT regexp_replace(replace(folded, '''', ''), '{WEIGHTS}', '', 'g')
$$;

CREATE FUNCTION genonaut_search_parted(folded text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Parts words where lower case turns to capitals, or letters to digits.
SELECT regexp_replace(folded, '{BORDERS}', '\1\2\3 ', 'g')
$$;

CREATE FUNCTION genonaut_search_roots(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Leaves words in lower case, a space before and after each, and helps the stemmer with some. E'\x01' stays.
BEGIN
    content := ' ' || regexp_replace(lower(content COLLATE "C"), '[^a-z0-9 \x01\u0080-\U0010ffff]+', ' ', 'g') || ' ';
    IF octet_length(content) > {LONGEST_WORD} THEN
        SELECT ' ' || string_agg(
            CASE WHEN octet_length(word) > {LONGEST_WORD} THEN regexp_replace(word, '(.{{200}})', '\1 ', 'g') ELSE word END,
            ' ') || ' '
        INTO content FROM string_to_table(content, ' ') AS word;
    END IF;
    IF strpos(content, 'ves ') > 0 THEN
        content := {replaced("content", PLURALS_IN_VES)};
    END IF;
    RETURN {replaced("content", PLURALS | CONFUSED)};
END
$$;

CREATE FUNCTION genonaut_search_text(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns a row's text as words, and after it the parts of those that are also found by their parts.
BEGIN
    IF octet_length(content) <> length(content) THEN
        content := genonaut_search_fold(content);
    END IF;
    IF content ~ '{PARTED}' THEN
        content := genonaut_search_joined(content) || coalesce((
            SELECT string_agg(E' \x01 ' || genonaut_search_parted(word), '')
            FROM string_to_table(content, ' ') AS word
            WHERE word ~ '{PARTED}'), '');
    END IF;
    RETURN genonaut_search_roots(content);
END
$$;

CREATE FUNCTION genonaut_search_phrases(content text, OUT joined tsquery, OUT parted tsquery)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- Returns what finds a word or phrase as it is typed: as a whole, and by its parts.
BEGIN
    content := genonaut_search_fold(content);
    joined := phraseto_tsquery('genonaut_words', genonaut_search_roots(genonaut_search_joined(content)));
    parted := phraseto_tsquery('genonaut_words', genonaut_search_roots(genonaut_search_parted(content)));
END
$$;
"""  # noqa: S608 - of what stands above
NO_FUNCTIONS = """
DROP FUNCTION genonaut_search_phrases(text);
DROP FUNCTION genonaut_search_text(text);
DROP FUNCTION genonaut_search_roots(text);
DROP FUNCTION genonaut_search_parted(text);
DROP FUNCTION genonaut_search_joined(text);
DROP FUNCTION genonaut_search_fold(text);
"""


class Migration(migrations.Migration):
    dependencies = [("genonaut", "0003_deletions_and_tries")]

    operations = [
        migrations.RunSQL(CONFIGURATION, NO_CONFIGURATION),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
